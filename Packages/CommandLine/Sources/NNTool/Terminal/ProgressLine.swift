/// A bar with figures beside it, on one line of a terminal.
struct ProgressLine {
    /// What stands before the bar.
    var title: String
    /// 0...1
    var fraction: Double
    /// What stands after the bar, the most important first; what does not fit is left out.
    var figures: [String]

    private static let shortestBar = 10
    private static let longestBar = 40

    /// The line, in at most `width` columns.
    func text(width: Int) -> String {
        var figures = figures
        while true {
            let tail = figures.map { "  " + $0 }.joined()
            let space = width - title.count - tail.count - " []".count
            if space >= Self.shortestBar {
                return "\(title) [\(bar(length: min(space, Self.longestBar)))]\(tail)"
            }
            guard !figures.isEmpty else { return String(title.prefix(width)) }
            figures.removeLast()
        }
    }

    private func bar(length: Int) -> String {
        let filled = Int(Double(length) * min(max(fraction, 0), 1))
        let head = filled < length ? ">" : ""
        return String(repeating: "=", count: filled) + head
            + String(repeating: " ", count: length - filled - head.count)
    }
}
