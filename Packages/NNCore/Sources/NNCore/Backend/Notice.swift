import Foundation

/// What a user should know although all goes on: one line on standard error.
///
/// `NN_NOTICES=0` keeps them silent.
enum Notice {
    static func print(
        _ text: String, environment: [String: String] = ProcessInfo.processInfo.environment
    ) {
        guard environment["NN_NOTICES"] != "0" else { return }
        try? FileHandle.standardError.write(contentsOf: Data("notice: \(text)\n".utf8))
    }

    /// Ends the process for a setting of its environment that cannot be used, as a trap is for mistakes of the program.
    static func end(_ error: EngineError) -> Never {
        try? FileHandle.standardError.write(contentsOf: Data("error: \(error.description)\n".utf8))
        exit(1)
    }
}
