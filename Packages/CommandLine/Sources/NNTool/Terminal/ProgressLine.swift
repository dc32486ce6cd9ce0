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
    /// The most important figures in shorter forms, the longest first, for lines that have no room for them.
    var shorterFigures: [[String]]

    private static let shortestBar = 6
    private static let longestBar = 40

    /// - Parameters:
    ///   - fraction: How much is done, from 0 to 1.
    ///   - shorterFigures: The first of the figures in shorter forms; none by default.
    init(title: String, fraction: Double, figures: [String], shorterFigures: [[String]] = []) {
        self.title = title
        self.fraction = fraction
        self.figures = figures
        self.shorterFigures = shorterFigures
    }

    /// Counts samples, batches or the like.
    init(title: String, done: Int, total: Int) {
        self.init(
            title: title, fraction: Double(done) / Double(max(total, 1)),
            figures: ["\(done.grouped)/\(total.grouped)"])
    }

    /// The line, in at most `width` columns.
    func text(width: Int) -> String {
        let room = width - title.count - " []".count
        let figures = ([figures] + shorterFigures).fitting(room - Self.shortestBar)
        let tail = figures.map { "  " + $0 }.joined()
        let space = room - tail.count
        if space < Self.shortestBar { return String(title.prefix(width)) }
        return "\(title) [\(bar(length: min(space, Self.longestBar)))]\(tail)"
    }

    private func bar(length: Int) -> String {
        let filled = Int(Double(length) * min(max(fraction, 0), 1))
        let head = filled < length ? ">" : ""
        return String(repeating: "=", count: filled) + head
            + String(repeating: " ", count: length - filled - head.count)
    }
}

extension [[String]] {
    /// The first of several forms of a list of figures that fits into some columns, with two spaces before each figure.
    ///
    /// The figures of the first form beyond those of the others are left out before shorter forms are tried, and where none
    /// fits, as many of the last as there is room for.
    func fitting(_ room: Int) -> [String] {
        func fits(_ figures: ArraySlice<String>) -> Bool { figures.reduce(0) { $0 + 2 + $1.count } <= room }
        for (index, form) in enumerated() {
            let next = index + 1 < count ? self[index + 1].count : 0
            for length in stride(from: form.count, through: Swift.min(next, form.count), by: -1)
            where fits(form.prefix(length)) {
                return Array<String>(form.prefix(length))
            }
        }
        return []
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
