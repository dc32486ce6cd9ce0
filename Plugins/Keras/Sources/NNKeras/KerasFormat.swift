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
        return try KerasWeights(Self.isArchive(beginning) ? Self.unpacked(url) : Self.file(url))
    }

    /// A whole model has its weights in a group, beside the variables of the optimizer.
    fileprivate static let wholeModel = "model_weights"

    private static func file(_ url: URL, content: URL? = nil) throws(TensorFileError) -> HDF5File {
        try HDF5File(url, content: content, whole: wholeModel, excluding: "optimizer")
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
        return try file(url, content: content)
    }
}

/// The weights of a file of Keras.
private struct KerasWeights: WeightFile {
    let entries: [WeightEntry]
    let metadata: [String: String] = [:]

    private let file: HDF5File
    private let tensors: [String: HDF5Tensor]

    /// Names and tensors are found by the groups and datasets alone, not by attributes, in which Keras repeats them.
    /// - Throws: `TensorFileError` if the file is not one of Keras.
    init(_ file: HDF5File) throws(TensorFileError) {
        var tensors: [String: HDF5Tensor] = [:]
        var entries: [WeightEntry] = []
        if file.datasets.isEmpty { throw file.malformed("is an HDF5 file, but has no weights of Keras") }
        if let plain = file.datasets.first(where: { !$0.path.contains("/") }) {
            throw file.malformed(
                "is an HDF5 file, but not one of Keras, which has no dataset such as '\(plain.path)' in the root")
        }
        for dataset in file.datasets {
            let path = dataset.path.split(separator: "/").map(String.init)
            let name = Self.name(path[(path.first == KerasFormat.wholeModel ? 1 : 0)...])
            let tensor = try dataset.verified(as: name, in: file)
            guard tensors.updateValue(tensor, forKey: name) == nil else {
                throw file.malformed("is in the file twice", tensor: name)
            }
            entries.append(WeightEntry(name: name, shape: tensor.shape, storedType: dataset.storedType))
        }
        self.tensors = tensors
        self.entries = entries
        self.file = file
    }

    var url: URL { file.url }

    func tensor(named name: String) throws(TensorFileError) -> Tensor {
        guard let tensor = tensors[name] else {
            throw TensorFileError(.missingTensor, file: url, tensor: name, reason: "is not in the file")
        }
        return tensor.read(from: file)
    }

    /// The name of a weight in Keras. Its group is that of the layer, and its name mostly repeats the name of the layer,
    /// which may have a slash itself: `conv1/conv/conv1/conv/kernel:0`.
    private static func name(_ path: ArraySlice<String>) -> String {
        let repeated = (1..<Swift.max(path.count / 2 + 1, 2)).first { path.prefix($0) == path.dropFirst($0).prefix($0) }
        return path.dropFirst(repeated ?? 0).joined(separator: "/")
    }
}
