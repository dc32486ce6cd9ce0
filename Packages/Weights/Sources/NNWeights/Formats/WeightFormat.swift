import Foundation
import NNLayers

extension ComponentKind<Void, any WeightFormat> {
    /// File formats for the weights of networks.
    public static var weightFormat: Self { Self("weight_format") }
}

/// A file format for the weights of networks, such as safetensors.
///
/// Pass a custom format as the `formats:` of `loadWeights(from:)`, or register it with a plugin to use it wherever
/// a configuration names a file of weights:
///
/// ```swift
/// try registry.register(.weightFormat, "npz", summary: "NumPy archives") { NumPyFormat() }
/// ```
public protocol WeightFormat: Sendable {
    /// The file name extensions of the format, in lower case and without the dot.
    var fileExtensions: [String] { get }

    /// Whether a file may have this format, judging by its content rather than by its name.
    /// - Parameter beginning: The first 512 bytes of the file, or all of a shorter one.
    func recognizes(_ beginning: [UInt8]) -> Bool

    /// Whether a file has this format; by default, what ``recognizes(_:)`` says of its beginning.
    ///
    /// Formats that are archives look at the names of the files inside.
    func recognizes(_ url: URL, beginning: [UInt8]) -> Bool

    /// Opens a file and verifies that it is complete; the elements of a tensor are read when it is requested.
    /// - Throws: `TensorFileError` for a file that is missing, truncated, malformed or of an unsupported variant.
    func open(_ url: URL) throws(TensorFileError) -> any WeightFile

    /// Opens one of the sets of weights of a checkpoint; by default, files have one set only.
    /// - Parameter state: Its name, one of ``CheckpointContents/states``; nil for the one that the format prefers.
    /// - Throws: As ``open(_:)``, and for a name that the file does not have.
    func open(_ url: URL, state: String?) throws(TensorFileError) -> any WeightFile
}

extension WeightFormat {
    public func recognizes(_ url: URL, beginning: [UInt8]) -> Bool { recognizes(beginning) }

    public func open(_ url: URL, state: String?) throws(TensorFileError) -> any WeightFile {
        guard let state else { return try open(url) }
        throw TensorFileError(
            .malformed, file: url, reason: "has one set of weights only, so no state '\(state)' can be chosen; omit it")
    }
}

/// An open file of named tensors.
public protocol WeightFile: Sendable {
    /// The location of the file.
    var url: URL { get }
    /// The tensors of the file, in its order.
    var entries: [WeightEntry] { get }
    /// The text that is stored beside the tensors, by key.
    var metadata: [String: String] { get }
    /// What a checkpoint has besides; by default nothing.
    var checkpoint: CheckpointContents { get }

    /// Reads a tensor.
    ///
    /// float16 and float64 become float32; other types become the smallest `DataType` that holds all their
    /// values.
    /// - Throws: `TensorFileError` with the name, if there is no such tensor or it cannot be read.
    func tensor(named name: String) throws(TensorFileError) -> Tensor
}

extension WeightFile {
    public var checkpoint: CheckpointContents { CheckpointContents() }
}

/// The sets of weights that a checkpoint has, such as those of training and their moving average, and what was skipped.
public struct CheckpointContents: Sendable, Hashable {
    /// The names of all sets of weights: `model`, `model_ema`; empty for a file that is one by itself.
    public var states: [String] = []
    /// The name of the set that was opened; nil for a file that is one by itself.
    public var state: String?
    /// The types of objects that were skipped unread, such as `argparse.Namespace`.
    public var skipped: [String] = []
    /// The type of the object that the weights are taken from, such as a pickled `nn.Module`, whose code is not run; nil for
    /// a dictionary of weights.
    public var object: String?

    /// A file with one set of weights and nothing else.
    public init() {}
}

/// The name, shape and type of a tensor in a file.
public struct WeightEntry: Sendable, Hashable {
    /// The name, as the file spells it.
    public var name: String
    /// The dimensions, in the order of the file.
    public var shape: Shape
    /// The element type, as the format calls it: `F16`, `float64`.
    public var storedType: String

    /// Describes a tensor.
    public init(name: String, shape: Shape, storedType: String) {
        self.name = name
        self.shape = shape
        self.storedType = storedType
    }
}

/// The safetensors format; tensors share the memory of the mapped file until they are modified.
public struct SafetensorsFormat: WeightFormat {
    /// `safetensors`.
    public let fileExtensions = ["safetensors"]

    /// The format; there is nothing to set.
    public init() {}

    /// Whether the header, a JSON object, follows eight bytes for its length.
    public func recognizes(_ beginning: [UInt8]) -> Bool {
        beginning.count > 8 && beginning[8] == UInt8(ascii: "{")
    }

    /// Opens a file; see ``WeightFormat/open(_:)``.
    public func open(_ url: URL) throws(TensorFileError) -> any WeightFile { try SafetensorsWeights(url) }
}

private struct SafetensorsWeights: WeightFile {
    let entries: [WeightEntry]
    private let file: SafetensorsFile

    init(_ url: URL) throws(TensorFileError) {
        let file = try SafetensorsFile(url)
        entries = file.names.map { name in
            let (shape, type) = file.stored(name)
            return WeightEntry(name: name, shape: shape, storedType: type)
        }
        self.file = file
    }

    var url: URL { file.url }
    var metadata: [String: String] { file.metadata }

    func tensor(named name: String) throws(TensorFileError) -> Tensor { try file.tensor(named: name) }
}
