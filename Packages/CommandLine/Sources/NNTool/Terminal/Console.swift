import Foundation
import NNDatasets
@_spi(Text) import NNLayers
import Synchronization

/// Where the tool writes: answers to standard output, progress and notices to standard error.
///
/// Nothing is kept back: each call is one write, so that lines appear at once through a pipe too.
final class Console: Sendable {
    /// Whether standard error is a terminal, on which a line can be drawn again and again.
    let isInteractive: Bool
    private let hasStatus = Atomic(false)
    /// What is done, in the place of ending the process, when an answer cannot be written.
    private let failureHandler = Mutex<(@Sendable () -> Void)?>(nil)

    init() {
        isInteractive = isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    }

    /// Runs `body`, and goes on when an answer cannot be written meanwhile, as its reader has gone or the disk is
    /// full; `handler` is told then.
    func outlivingItsReader<Result>(
        then handler: @escaping @Sendable () -> Void, _ body: () throws -> Result
    ) rethrows -> Result {
        signal(SIGPIPE, SIG_IGN)
        failureHandler.withLock { $0 = handler }
        defer { failureHandler.withLock { $0 = nil } }
        return try body()
    }

    /// Writes an answer and a line end to standard output.
    func print(_ text: String = "") {
        clearStatus()
        write(text + "\n", to: STDOUT_FILENO)
    }

    /// Writes a value to standard output as JSON with lower_snake_case keys.
    func print(json value: some Encodable) throws {
        print(String(decoding: try JSONEncoder.ofAnswers.encode(value), as: UTF8.self))
    }

    /// Writes a message and a line end to standard error.
    func report(_ text: String) {
        clearStatus()
        write(text + "\n", to: STDERR_FILENO)
    }

    /// Shows progress at the bottom of an interactive terminal, over what was shown before.
    ///
    /// It is one write that ends by clearing the rest of the line, so that nothing flickers.
    func show(_ line: ProgressLine) {
        guard isInteractive else { return }
        // The last column stays free: some terminals go to the next line after it.
        write("\r\(line.text(width: width - 1))\u{1B}[K", to: STDERR_FILENO)
        hasStatus.store(true, ordering: .relaxed)
    }

    /// Removes what ``show(_:)`` drew.
    func clearStatus() {
        if hasStatus.exchange(false, ordering: .relaxed) { write("\r\u{1B}[K", to: STDERR_FILENO) }
    }

    /// The columns of the terminal at this moment.
    private var width: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    private func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                bytes = bytes.dropFirst(count)
            } else if errno == EAGAIN {
                // A pipe that was made not to wait, and is full: its reader is there, and slow.
                var state = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&state, 1, -1)
            } else if errno != EINTR {
                return giveUp(writingTo: descriptor)
            }
        }
    }

    /// An answer that cannot be written is an error; a message that cannot is not worth one.
    private func giveUp(writingTo descriptor: Int32) {
        guard descriptor == STDOUT_FILENO else { return }
        let reason = String(cString: strerror(errno))
        if let handler = failureHandler.withLock({ $0 }) { return handler() }
        write("error: standard output: \(reason)\n", to: STDERR_FILENO)
        exit(1)
    }
}

extension Console {
    /// Tells how many samples a loader has left out, if any.
    func report(samplesSkippedBy loader: DataLoader, of split: Split) {
        let count = loader.skippedSamples.count
        if count > 0 { report("notice: \(count.grouped) broken samples of \(split.rawValue) are left out") }
    }
}

extension JSONEncoder {
    /// Writes what programs read: lower_snake_case keys, in order, and numbers that are not finite as text.
    static var ofAnswers: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        return encoder
    }
}

extension JSONDecoder {
    /// Reads what ``JSONEncoder/ofAnswers`` writes.
    static var ofAnswers: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        return decoder
    }
}
