@_spi(Text) import NNLayers
import Synchronization

/// Shows how far threads have come that read samples: one line, drawn a few times a second.
final class ScanProgress: Sendable {
    private let console: Console
    private let title: String
    private let lastUpdate = Mutex<ContinuousClock.Instant?>(nil)
    private static let interval = Duration.milliseconds(100)

    init(_ title: String, console: Console) {
        self.title = title
        self.console = console
    }

    /// Safe from any thread.
    func show(_ part: String, done: Int, total: Int) {
        let now = ContinuousClock.now
        // A thread that would have to wait for another has nothing newer to show.
        lastUpdate.withLockIfAvailable { last in
            if let last, now - last < Self.interval { return }
            last = now
            console.show(
                ProgressLine(
                    title: "\(title) \(part)", fraction: Double(done) / Double(max(total, 1)),
                    figures: ["\(done.grouped)/\(total.grouped)"]))
        }
    }
}
