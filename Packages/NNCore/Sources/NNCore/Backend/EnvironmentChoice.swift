import Foundation

/// A setting of a backend by a word in an environment variable.
@_spi(Kernels) public enum EnvironmentChoice {
    /// The choice that a variable names; nil where it is not set.
    ///
    /// - Parameters:
    ///   - choices: Those that can be named here.
    ///   - unset: What applies without the variable, for the message.
    /// - Throws: ``EngineError`` where the variable names none of them.
    public static func value<Choice>(
        of variable: String, among choices: [Choice], unset: String,
        in environment: [String: String] = ProcessInfo.processInfo.environment, name: (Choice) -> String
    ) throws(EngineError) -> Choice? {
        guard let text = environment[variable], !text.isEmpty else { return nil }
        if let choice = choices.first(where: { name($0) == text }) { return choice }
        let names = choices.map(name).joined(separator: ", ")
        throw EngineError(
            "\(variable) is '\(text)'; it must be one of \(names). Unset it for \(unset).", isWrongSetting: true)
    }
}
