import CNNHDF5
import Foundation
import NNLayers
import NNWeights

/// Registers the HDF5 format of Keras.
public struct KerasPlugin: Plugin {
    /// `Keras`.
    public let name = "Keras"

    /// The plugin; there is nothing to set.
    public init() {}

    /// Registers the format; see `Plugin`.
    public func register(into registry: Registry) throws {
        try registry.register(.weightFormat, "keras_hdf5", summary: "Keras, all versions: HDF5 and .keras") {
            KerasFormat()
        }
    }
}

/// Files with weights of Keras, in all its versions: HDF5 files of whole models and of weights only, `.h5`, and the
/// `.weights.h5` and `.keras` of Keras 3.
///
/// ```swift
/// let network = Network(backbone, head)
/// try network.loadWeights(from: URL(filePath: "resnet50.h5"), formats: [KerasFormat()])
/// ```
///
/// Tensors have the names of Keras, after their layer: `block1_conv1/kernel:0` in Keras 2, `block1_conv1/kernel` in
/// Keras 3, `block1_conv1/block1_conv1_W_1:0` in Keras 1. In a `.weights.h5`, which numbers layers by kind, they are named
/// by their path in the file, `layers/conv2d_1/vars/0`. A `.keras` is a zip archive with a `model.weights.h5`, which is
/// unpacked to a temporary file for as long as it is open. Variables of optimizers are not read.
public struct KerasFormat: WeightFormat {
    /// `h5`, `hdf5` and `keras`.
    public let fileExtensions = ["h5", "hdf5", "keras"]

    /// The format; there is nothing to set.
    public init() {}

    /// Whether the file starts with the signature of HDF5, or as a zip archive does.
    public func recognizes(_ beginning: [UInt8]) -> Bool {
        beginning.starts(with: [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]) || Self.isArchive(beginning)
    }

    /// As ``recognizes(_:)``, and an archive is one of Keras by the names of its files, or is damaged.
    public func recognizes(_ url: URL, beginning: [UInt8]) -> Bool {
        guard recognizes(beginning) else { return false }
        guard Self.isArchive(beginning), let names = try? WeightArchive(url).names else { return true }
        return names.contains { $0.hasSuffix(".weights.h5") || $0 == "config.json" || $0 == "model.weights.json" }
    }

    /// Opens a file; see `WeightFormat`.
    public func open(_ url: URL) throws(TensorFileError) -> any WeightFile {
        let beginning = try MappedFile(url).withUnsafeBytes { Array($0.prefix(8)) }
        return try KerasWeights(Self.isArchive(beginning) ? Self.unpacked(url) : HDF5File(url))
    }

    private static func isArchive(_ beginning: [UInt8]) -> Bool {
        beginning.starts(with: [0x50, 0x4b, 3, 4]) || beginning.starts(with: [0x50, 0x4b, 5, 6])
    }

    /// Opens the weights in a `.keras`.
    private static func unpacked(_ url: URL) throws(TensorFileError) -> HDF5File {
        let archive = try WeightArchive(url)
        let weights = "model.weights.h5"
        guard archive.names.contains(weights) else {
            let isSharded = archive.names.contains { $0.hasSuffix(".weights.json") }
            throw TensorFileError(
                .malformed, file: url,
                reason: isSharded
                    ? "is a model of Keras whose weights are in several files; save it again with "
                        + "model.save_weights('model.weights.h5')"
                    : "is a zip archive without '\(weights)', so it has no weights of Keras; save the model again with "
                        + "model.save(path), or only its weights with model.save_weights('model.weights.h5')")
        }
        let content = FileManager.default.temporaryDirectory.appending(path: "nn-\(UUID().uuidString).weights.h5")
        // The open file keeps its content, so that nothing stays behind whatever happens to the process.
        defer { try? FileManager.default.removeItem(at: content) }
        try archive.unpack(weights, to: content)
        return try HDF5File(url, content: content)
    }
}

/// The weights of a file of Keras.
private struct KerasWeights: WeightFile {
    let entries: [WeightEntry]
    let metadata: [String: String] = [:]

    private let file: HDF5File
    /// The path of each tensor.
    private let paths: [String: String]

    init(_ file: HDF5File) throws(TensorFileError) {
        let content = try HDF5Library.run { () throws(TensorFileError) in
            let found = try KerasTensors(in: file)
            var paths: [String: String] = [:]
            var entries: [WeightEntry] = []
            for (name, path) in found.tensors {
                guard paths.updateValue(path, forKey: name) == nil else {
                    throw file.malformed("is in the file twice", tensor: name)
                }
                let dataset = try HDF5Dataset(path, named: name, in: file)
                entries.append(WeightEntry(name: name, shape: dataset.shape, storedType: dataset.storedType))
            }
            return (entries, paths)
        }
        (entries, paths) = content
        self.file = file
    }

    var url: URL { file.url }

    func tensor(named name: String) throws(TensorFileError) -> Tensor {
        guard let path = paths[name] else {
            throw TensorFileError(.missingTensor, file: url, tensor: name, reason: "is not in the file")
        }
        return try HDF5Library.run { () throws(TensorFileError) in
            try HDF5Dataset(path, named: name, in: file).tensor()
        }
    }
}

/// The tensors of a file of Keras, and where they are.
///
/// They are found by the groups and datasets alone. Attributes, in which Keras repeats the names, are not read: libhdf5
/// does not check those of damaged files, and crashes.
private struct KerasTensors {
    /// The names, and the paths from the root, in alphabetical order.
    private(set) var tensors: [(name: String, path: String)] = []

    private let file: HDF5File
    /// The number of objects that may still follow: hard links can form cycles.
    private var room = 100_000

    /// - Throws: `TensorFileError` if the file is not one of Keras.
    init(in file: HDF5File) throws(TensorFileError) {
        self.file = file
        let members = try file.members(of: file.object("/"))
        // A whole model has its weights in a group, beside the variables of the optimizer.
        let whole = "model_weights"
        if members.contains(whole) {
            let layers = try file.members(of: file.object(whole))
            for layer in layers { try addAll(in: [whole, layer], from: 1) }
        } else {
            for member in members where member != "optimizer" { try addAll(in: [member], from: 0) }
        }
        if tensors.isEmpty { throw file.malformed("is an HDF5 file, but has no weights of Keras") }
    }

    /// Adds every dataset at or below a path.
    /// - Parameter start: The number of groups of the path that enclose the layers.
    private mutating func addAll(in path: [String], from start: Int) throws(TensorFileError) {
        room -= 1
        let location = path.joined(separator: "/")
        guard path.count <= 32, room > 0 else {
            throw file.malformed("'\(location.prefix(200))' is in a cycle of links")
        }
        let object = try file.object(location)
        if H5Iget_type(object.id) == H5I_GROUP {
            for member in try file.members(of: object) { try addAll(in: path + [member], from: start) }
            return
        }
        guard path.count > 1 else {
            throw file.malformed(
                "is an HDF5 file, but not one of Keras, which has no dataset such as '\(location)' in the root")
        }
        tensors.append((Self.name(path.dropFirst(start)), location))
    }

    /// The name of a weight in Keras. Its group is that of the layer, and its name mostly repeats the name of the layer,
    /// which may have a slash itself: `conv1/conv/conv1/conv/kernel:0`.
    private static func name(_ path: ArraySlice<String>) -> String {
        let repeated = (1..<Swift.max(path.count / 2 + 1, 2)).first { path.prefix($0) == path.dropFirst($0).prefix($0) }
        return path.dropFirst(repeated ?? 0).joined(separator: "/")
    }
}
