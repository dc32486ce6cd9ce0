import ArgumentParser
import Foundation
@_spi(Internal) import NNCore
import NNLayers

/// How an error is reported: the message, the stream that it goes to, and the exit code.
struct ErrorReport: Equatable {
    var message: String
    var isError: Bool
    var exitCode: Int32

    init(_ error: any Error) {
        let parserCode = RootCommand.exitCode(for: error)
        switch error {
        case let error as CommandFailure:
            self.init(message: error.message.map { "error: \($0)" } ?? "", isError: true, exitCode: error.exitCode)
        case _ where parserCode == .success:
            // The parser throws help and the version too.
            self.init(message: RootCommand.fullMessage(for: error), isError: false, exitCode: 0)
        case _ where parserCode == .validationFailure:
            self.init(message: Self.usage(error), isError: true, exitCode: 2)
        default:
            self.init(message: Self.lines(of: error), isError: true, exitCode: 1)
        }
    }

    private init(message: String, isError: Bool, exitCode: Int32) {
        self.message = message
        self.isError = isError
        self.exitCode = exitCode
    }

    /// The message without its prefix, to be named within another.
    var reason: String {
        message.hasPrefix("error: ") ? String(message.dropFirst("error: ".count)) : message
    }

    /// Writes the message, and returns the exit code.
    func write(to console: Console) -> Int32 {
        if !message.isEmpty { isError ? console.report(message) : console.print(message) }
        return exitCode
    }

    /// The parser's message, with the prefix in lower case like all others.
    private static func usage(_ error: any Error) -> String {
        let text = RootCommand.fullMessage(for: error)
        return text.hasPrefix("Error: ") ? "error: " + text.dropFirst("Error: ".count) : text
    }

    /// One line per problem.
    private static func lines(of error: any Error) -> String {
        switch error {
        case let error as ConfigError: error.problems.map { "error: \($0)" }.joined(separator: "\n")
        case let error as CocoaError: "error: \(fileMessage(error))"
        default: "error: \(error)"
        }
    }

    /// Foundation's reason, with the path of the file.
    private static func fileMessage(_ error: CocoaError) -> String {
        let text = SystemError.text(of: error)
        return error.filePath.map { "\($0): \(text)" } ?? text
    }
}

/// A failure with its own exit code.
struct CommandFailure: Error {
    /// What to report; nil if everything has been reported already.
    var message: String?
    var exitCode: Int32 = 1
}
