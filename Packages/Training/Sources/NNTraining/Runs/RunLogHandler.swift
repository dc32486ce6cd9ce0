import Foundation
import Logging
import Synchronization

/// Writes a log to `log.txt` in the folder of a run, for a `Logger` of a program that trains.
///
/// ```swift
/// let logger = Logger(label: "training") { _ in RunLogHandler(run) }
/// trainer.callbacks.append(TrainingLogger(logger))
/// ```
///
/// A line begins with the time by ISO 8601, with milliseconds and the zone, and the level. Lines are added to those of
/// earlier processes, and each is in the file as soon as it is written. One that cannot be written, as on a full disk,
/// is lost, and nothing else.
public struct RunLogHandler: LogHandler {
    /// The least level that is written; `info` by default.
    public var logLevel = Logger.Level.info
    /// Values that end each line, as `key=value`.
    public var metadata = Logger.Metadata()
    /// Gives further values for each line; nil, the default, for none.
    public var metadataProvider: Logger.MetadataProvider?
    private let file: LogFile

    /// The log of a run; its file is made with the first line.
    public init(_ run: RunDirectory) { file = LogFile(run.file("log.txt")) }

    /// One of the values that end each line.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes a line, or several for a message of several.
    public func log(event: LogEvent) {
        let all = metadata.merging(metadataProvider?.get() ?? [:]) { $1 }.merging(event.metadata ?? [:]) { $1 }
        let values = all.sorted { $0.key < $1.key }.map { "  \($0.key)=\($0.value)" }.joined()
        let text = event.message.description + values + (event.error.map { "  error=\($0)" } ?? "")
        let start = "\(Timestamp.text())  \(event.level.rawValue)  "
        let lines = text.split(separator: "\n", omittingEmptySubsequences: true)
        file.append(lines.map { start + $0 + "\n" }.joined())
    }
}

/// A file that lines are added to.
private final class LogFile: Sendable {
    private struct State {
        var descriptor: Int32 = -1
        /// Whether the last line lacks its end.
        var isTorn = false
    }

    private let url: URL
    private let state = Mutex(State())

    init(_ url: URL) { self.url = url }

    deinit {
        let descriptor = state.withLock(\.descriptor)
        if descriptor >= 0 { close(descriptor) }
    }

    func append(_ text: String) {
        state.withLock { state in
            if state.descriptor < 0 {
                state.descriptor = open(url.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
            }
            guard state.descriptor >= 0 else { return }
            let bytes = Array(((state.isTorn ? "\n" : "") + text).utf8)
            // One write for all, so that the lines of two processes do not mix.
            var count = write(state.descriptor, bytes, bytes.count)
            while count < 0, errno == EINTR { count = write(state.descriptor, bytes, bytes.count) }
            if count > 0 { state.isTorn = bytes[count - 1] != UInt8(ascii: "\n") }
        }
    }
}
