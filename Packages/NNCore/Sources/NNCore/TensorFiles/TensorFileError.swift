import Foundation

/// Why a file of tensors cannot be read or written.
public struct TensorFileError: Error, Sendable, CustomStringConvertible {
    /// What kind of thing went wrong.
    public enum Kind: Sendable {
        /// The file is not there or may not be read.
        case unreadable
        /// The content breaks the rules of the format, or part of it is missing.
        case malformed
        /// There is no tensor of that name.
        case missingTensor
        /// A tensor has elements of a type that tensors here cannot hold.
        case unsupportedType
        /// The file could not be written; one that was there before is as it was.
        case unwritable
    }

    /// What kind of thing went wrong, for programs; ``reason`` is for people.
    public let kind: Kind
    /// The file that was read or was to be written.
    public let file: URL
    /// The tensor in question, if it is about one.
    public let tensor: String?
    /// What is wrong and what to do.
    public let reason: String

    /// An error of a file, and of a tensor in it where it is about one; `reason` ends with what to do.
    public init(_ kind: Kind, file: URL, tensor: String? = nil, reason: String) {
        self.kind = kind
        self.file = file
        self.tensor = tensor
        self.reason = reason
    }

    public var description: String {
        "\(file.path): " + (tensor.map { "tensor '\($0)': " } ?? "") + reason
    }
}
