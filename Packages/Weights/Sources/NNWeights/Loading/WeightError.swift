import Foundation

/// Weights that a network cannot take.
public struct WeightError: Error, Sendable, CustomStringConvertible {
    /// The file that they are in.
    public let file: URL
    /// What is wrong and what to do.
    public let reason: String

    public init(file: URL, reason: String) {
        self.file = file
        self.reason = reason
    }

    public var description: String { "\(file.relativePath): \(reason)" }
}
