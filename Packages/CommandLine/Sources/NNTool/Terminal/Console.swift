import Foundation
import Logging
@_spi(Internal) import NNCore
@_spi(Internal) import NNDatasets
@_spi(Text) import NNLayers
@_spi(Internal) import NNTraining
import Synchronization

/// The tool's output: results go to standard output, progress and notices to standard error.
///
/// Nothing is buffered: each call is one write, so that lines appear at once in a pipe too.
final class Console: Sendable {
    /// Whether standard error is a terminal, on which a line can be redrawn.
    let isInteractive: Bool
    /// Whether nothing is written at all.
    private let isQuiet: Bool
    private let hasStatus = Atomic(false)
    private let log = Mutex(MessageLog())
    /// Called instead of exiting when a result cannot be written.
    private let failureHandler = Mutex<(@Sendable () -> Void)?>(nil)

    /// - Parameter isQuiet: Whether nothing is written at all, as by all processes of a job but one.
    init(isQuiet: Bool = false) {
        self.isQuiet = isQuiet
        isInteractive =
            !isQuiet && isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    }

    /// Runs `body`, and calls `handler` instead of exiting if results cannot be written meanwhile, since their reader
    /// is gone or the disk is full.
    func outlivingItsReader<Result>(
        then handler: @escaping @Sendable () -> Void, _ body: () throws -> Result
    ) rethrows -> Result {
        signal(SIGPIPE, SIG_IGN)
        failureHandler.withLock { $0 = handler }
        defer { failureHandler.withLock { $0 = nil } }
        return try body()
    }

    /// Writes a result and a newline to standard output.
    func print(_ text: String = "") {
        clearStatus()
        write(text + "\n", to: STDOUT_FILENO)
    }

    /// Writes a value to standard output as JSON with snake_case keys.
    func print(json value: some Encodable) throws {
        print(String(decoding: try JSONEncoder.ofResults.encode(value), as: UTF8.self))
    }

    /// Writes a message and a newline to standard error, and errors, warnings and notices to the log, too.
    func report(_ text: String) {
        tell(text)
        note(text)
    }

    /// Writes a message and a newline to standard error alone.
    func tell(_ text: String) {
        clearStatus()
        write(text + "\n", to: STDERR_FILENO)
    }

    /// Writes errors, warnings and notices to the log alone.
    func note(_ text: String) { log.withLock { $0.add(text) } }

    /// Writes errors, warnings and notices to a log from now on, and those before that are in none yet.
    func keep(in logger: Logger) { log.withLock { $0.begin(logger) } }

    /// Shows progress at the bottom of an interactive terminal, in place of what was shown before.
    ///
    /// This is one write that ends by clearing the rest of the line, so that nothing flickers.
    func show(_ line: ProgressLine) {
        guard isInteractive else { return }
        // The last column stays free: some terminals wrap after it.
        write("\r\(line.text(width: width - 1))\u{1B}[K", to: STDERR_FILENO)
        hasStatus.store(true, ordering: .relaxed)
    }

    /// Removes the line that ``show(_:)`` drew.
    func clearStatus() {
        if hasStatus.exchange(false, ordering: .relaxed) { write("\r\u{1B}[K", to: STDERR_FILENO) }
    }

    /// The current number of columns of the terminal.
    private var width: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    private func write(_ text: String, to descriptor: Int32) {
        if isQuiet { return }
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                bytes = bytes.dropFirst(count)
            } else if errno == EAGAIN {
                // A full non-blocking pipe: its reader is slow.
                var state = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&state, 1, -1)
            } else if errno != EINTR {
                return giveUp(writingTo: descriptor)
            }
        }
    }

    /// A result that cannot be written is an error; a message that cannot is dropped.
    private func giveUp(writingTo descriptor: Int32) {
        guard descriptor == STDOUT_FILENO else { return }
        let reason = SystemError().description
        if let handler = failureHandler.withLock({ $0 }) { return handler() }
        write("error: standard output: \(reason)\n", to: STDERR_FILENO)
        exit(1)
    }
}

/// The errors, warnings and notices of a console, which are kept until there is a log for them.
private struct MessageLog {
    private var logger: Logger?
    private var waiting: [(level: Logger.Level, text: String)] = []

    /// So many messages are kept: a run folder is made after the data was checked.
    private static let waitingLimit = 200
    private static let levels: [(prefix: String, level: Logger.Level)] = [
        ("error: ", .error), ("warning: ", .warning), ("notice: ", .notice), ("note: ", .notice),
    ]

    mutating func begin(_ logger: Logger) {
        self.logger = logger
        for message in waiting { logger.log(level: message.level, "\(message.text)") }
        waiting = []
    }

    mutating func add(_ text: String) {
        for line in text.split(separator: "\n") {
            guard let kind = Self.levels.first(where: { line.hasPrefix($0.prefix) }) else { continue }
            let message = String(line.dropFirst(kind.prefix.count))
            if let logger {
                logger.log(level: kind.level, "\(message)")
            } else if waiting.count < Self.waitingLimit {
                waiting.append((kind.level, message))
            }
        }
    }
}

extension Console {
    /// Reports how many images of folders are not read, and why, if any.
    func report(_ unread: UnreadFiles) {
        if let text = unread.text, let example = unread.example { report("note: \(text), such as \(example)") }
    }

    /// Reports what is not read in the folders of data sets, each of which is told once.
    func report(unreadBy datasets: [any Dataset]) {
        var unread = UnreadFiles()
        for files in Set(datasets.map(\.unreadFiles)) { unread.add(files) }
        report(unread)
    }

    /// Reports the images whose EXIF orientation is not applied, as a run was trained before it was, if any.
    func report(orientationsIgnoredIn paths: some Sequence<String>, by reader: ImageReader) {
        guard reader.orientation == .ignore else { return }
        report(turned: paths.filter { reader.ignoresOrientation(ofFile: $0) })
    }

    /// Reports the images of data sets whose EXIF orientation is not applied, if any.
    func report(orientationsIgnoredIn datasets: [any Dataset], by reader: ImageReader) {
        guard reader.orientation == .ignore else { return }
        report(
            turned: datasets.flatMap { dataset in
                (0..<dataset.count).lazy.filter { reader.ignoresOrientation(of: dataset, at: $0) }
                    .compactMap { dataset.files(at: $0).first }
            })
    }

    private func report(turned: [String]) {
        guard let first = turned.first else { return }
        report(
            "note: \(first)\(turned.count > 1 ? " and \((turned.count - 1).grouped) others are" : " is") stored with an EXIF "
                + "orientation, which is not applied, as the run was trained without it")
    }

    /// Reports which transforms of validation segmentation leaves out, if any.
    /// - Throws: `ConfigError` for wrong transforms.
    func report(transformsOmittedBy experiment: Experiment) throws {
        let omitted = try experiment.omittedTransforms()
        if omitted.isEmpty { return }
        report(
            "notice: segmentation leaves \(omitted.joined(separator: ", ")) of validation_transforms out, since every "
                + "pixel of the original image is predicted and scored")
    }
}

extension JSONEncoder {
    /// Writes snake_case keys in alphabetical order, and numbers that are not finite as strings.
    static var ofResults: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        return encoder
    }
}

extension JSONDecoder {
    /// Reads what ``JSONEncoder/ofResults`` writes.
    static var ofResults: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        return decoder
    }
}
