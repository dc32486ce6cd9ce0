import Foundation
import NNLayers

extension ComponentKind<Void, any WeightFormat> {
    /// Kinds of files that hold the weights of networks.
    public static var weightFormat: Self { Self("weight_format") }
}

/// A kind of file that holds the weights of a network, such as safetensors.
///
/// A format of your own is registered by a ``Plugin`` like the built-in ones, and then read wherever a file of
/// weights is named:
///
/// ```swift
/// try registry.register(.weightFormat, "npz", summary: "NumPy archives") { NumPyFormat() }
/// ```
public protocol WeightFormat: Sendable {
    /// What files of the format end in, without the dot, in lower case.
    var fileExtensions: [String] { get }

    /// Whether a file can be of this format, by its first bytes. The content decides, not the name of the file.
    /// - Parameter beginning: The first 512 bytes, or all of a shorter file.
    func recognizes(_ beginning: [UInt8]) -> Bool

    /// Opens a file and proves that it is whole; elements are read when a tensor is asked for.
    /// - Throws: `TensorFileError` where it is missing, cut off, malformed or of an unknown kind inside.
    func open(_ url: URL) throws(TensorFileError) -> any WeightFile
}

/// The named tensors of a file.
public protocol WeightFile: Sendable {
    var url: URL { get }
    /// What is in the file, in its order.
    var entries: [WeightEntry] { get }
    /// Text by key that stands beside the tensors.
    var metadata: [String: String] { get }

    /// Reads a tensor. Half precision and float64 are converted to float32, other types to the nearest that
    /// holds all their values.
    /// - Throws: `TensorFileError` with the name, where there is no such tensor or it cannot be read.
    func tensor(named name: String) throws(TensorFileError) -> Tensor
}

/// What a file says of one tensor.
public struct WeightEntry: Sendable, Hashable {
    /// As it stands in the file.
    public var name: String
    public var shape: Shape
    /// The type of the elements in the file, in the words of the format: `F16`, `float64`.
    public var storedType: String

    public init(name: String, shape: Shape, storedType: String) {
        self.name = name
        self.shape = shape
        self.storedType = storedType
    }
}

/// Files of the safetensors format; tensors share the mapped file's memory until they are written to.
public struct SafetensorsFormat: WeightFormat {
    public let fileExtensions = ["safetensors"]

    public init() {}

    /// The length of the header, then the header: a JSON object.
    public func recognizes(_ beginning: [UInt8]) -> Bool {
        beginning.count > 8 && beginning[8] == UInt8(ascii: "{")
    }

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
