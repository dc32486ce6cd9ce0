@_spi(Text) import NNLayers
import Synchronization

/// A progress bar with figures beside it, on one line of a terminal.
struct ProgressLine {
    /// The text before the bar.
    var title: String
    /// How much is done, from 0 to 1.
    var fraction: Double
    /// The texts after the bar, the most important first; those that do not fit are left out.
    var figures: [String]

    private static let shortestBar = 10
    private static let longestBar = 40

    /// - Parameter fraction: How much is done, from 0 to 1.
    init(title: String, fraction: Double, figures: [String]) {
        self.title = title
        self.fraction = fraction
        self.figures = figures
    }

    /// Counts samples, batches or the like.
    init(title: String, done: Int, total: Int) {
        self.init(
            title: title, fraction: Double(done) / Double(max(total, 1)),
            figures: ["\(done.grouped)/\(total.grouped)"])
    }

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

/// Shows the progress of threads that read samples: one line, redrawn at most ten times a second.
final class ScanProgress: Sendable {
    private let console: Console
    private let title: String
    private let lastUpdate = Mutex<ContinuousClock.Instant?>(nil)
    private static let interval = Duration.milliseconds(100)

    init(_ title: String, console: Console) {
        self.title = title
        self.console = console
    }

    /// Redraws the line if it is time; can be called from any thread.
    func show(_ part: String, done: Int, total: Int) {
        let now = ContinuousClock.now
        // A thread that would have to wait has nothing newer to show.
        lastUpdate.withLockIfAvailable { last in
            if let last, now - last < Self.interval { return }
            last = now
            console.show(ProgressLine(title: "\(title) \(part)", done: done, total: total))
        }
    }
}
