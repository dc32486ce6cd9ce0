/// A picture that cannot be read, written or used.
public struct ImageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The path of the file, or the name of a generated sample.
    public let file: String
    /// What is wrong.
    public let reason: String
    /// What can be done about it.
    public let remedy: String

    public init(file: String, reason: String, remedy: String) {
        self.file = file
        self.reason = reason
        self.remedy = remedy
    }

    public var description: String { "\(file): \(reason). \(remedy)." }
}
