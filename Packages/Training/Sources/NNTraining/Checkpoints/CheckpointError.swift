import Foundation

/// A checkpoint that cannot be read, written, or used for a network.
public struct CheckpointError: Error, Sendable, CustomStringConvertible {
    /// The file; nil for a checkpoint that was made in memory.
    public let file: String?
    /// What is wrong.
    public let reason: String
    /// What to do about it.
    public let remedy: String

    public init(file: URL?, reason: String, remedy: String) {
        self.file = file?.path
        self.reason = reason
        self.remedy = remedy
    }

    /// `file: reason; remedy`
    public var description: String { "\(file ?? "checkpoint"): \(reason); \(remedy)" }
}
