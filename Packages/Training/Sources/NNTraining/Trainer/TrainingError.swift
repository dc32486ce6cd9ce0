/// Training that cannot begin or go on.
public struct TrainingError: Error, Sendable, CustomStringConvertible {
    /// What happened.
    public let reason: String
    /// What to do about it.
    public let remedy: String

    public init(_ reason: String, remedy: String) {
        self.reason = reason
        self.remedy = remedy
    }

    public var description: String { "\(reason); \(remedy)" }
}
