import CNNHDF5
import Foundation
import NNLayers
import NNWeights

/// Reads weights of Keras.
public struct KerasPlugin: Plugin {
    public let name = "Keras"

    public init() {}

    public func register(into registry: Registry) throws {
        try registry.register(.weightFormat, "keras_hdf5", summary: "HDF5 files of Keras, all versions") {
            KerasFormat()
        }
    }
}

/// HDF5 files with the weights of Keras, of all its versions: whole models and weights alone, `.h5`, and the
/// `.weights.h5` of Keras 3.
///
/// Tensors are called as Keras calls them, after their layer: `block1_conv1/kernel:0` in Keras 2,
/// `block1_conv1/kernel` in Keras 3, `block1_conv1/block1_conv1_W_1:0` in Keras 1; in a `.weights.h5`, whose layers
/// are numbered by kind, by the place in the file, `layers/conv2d_1/vars/0`. What an optimizer has left in a file is
/// not read.
public struct KerasFormat: WeightFormat {
    public let fileExtensions = ["h5", "hdf5"]

    public init() {}

    /// The signature of HDF5.
    public func recognizes(_ beginning: [UInt8]) -> Bool {
        beginning.starts(with: [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a])
    }

    public func open(_ url: URL) throws(TensorFileError) -> any WeightFile { try KerasWeights(url) }
}

/// The weights in a file of Keras.
struct KerasWeights: WeightFile {
    let entries: [WeightEntry]
    let metadata: [String: String] = [:]

    private let file: HDF5File
    /// Where each tensor is.
    private let paths: [String: String]

    init(_ url: URL) throws(TensorFileError) {
        let file = try HDF5File(url)
        let content = try HDF5Library.run { () throws(TensorFileError) in
            let places = try KerasPlaces(in: file)
            var paths: [String: String] = [:]
            var entries: [WeightEntry] = []
            for (name, path) in places.tensors {
                guard paths.updateValue(path, forKey: name) == nil else {
                    throw file.malformed("stands in the file twice", tensor: name)
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

/// Where a file of Keras has its tensors.
///
/// It is found by what lies where, and attributes, in which Keras lists the names once more, are not asked for:
/// libhdf5 does not check those of damaged files, and crashes.
struct KerasPlaces {
    /// Names, and paths from the root, in alphabetical order.
    private(set) var tensors: [(name: String, path: String)] = []

    private let file: HDF5File
    /// How many more objects there may be, as hard links too can make circles.
    private var room = 100_000

    /// - Throws: `TensorFileError` where the file is not one of Keras.
    init(in file: HDF5File) throws(TensorFileError) {
        self.file = file
        let members = try file.members(of: file.object("/"))
        // A whole model has its weights in a group, beside what an optimizer remembers.
        let whole = "model_weights"
        if members.contains(whole) {
            let layers = try file.members(of: file.object(whole))
            for layer in layers { try addAll(in: [whole, layer], from: 1) }
        } else {
            for member in members where member != "optimizer" { try addAll(in: [member], from: 0) }
        }
        if tensors.isEmpty { throw file.malformed("is an HDF5 file, but holds no weights of Keras") }
    }

    /// Adds every data set at or below a place.
    /// - Parameter start: How many groups of the path lie around the layers.
    private mutating func addAll(in path: [String], from start: Int) throws(TensorFileError) {
        room -= 1
        let place = path.joined(separator: "/")
        guard path.count <= 32, room > 0 else {
            throw file.malformed("'\(place.prefix(200))' lies in a circle of links")
        }
        let object = try file.object(place)
        if H5Iget_type(object.id) == H5I_GROUP {
            for member in try file.members(of: object) { try addAll(in: path + [member], from: start) }
            return
        }
        guard path.count > 1 else {
            throw file.malformed(
                "is an HDF5 file, but not of Keras, which has no data set such as '\(place)' in the root")
        }
        tensors.append((Self.name(path.dropFirst(start)), place))
    }

    /// What Keras calls a weight. The group of its layer lies around its name, which mostly begins with the layer's
    /// once more, where layers are called `conv1/conv` too: `conv1/conv/conv1/conv/kernel:0`.
    private static func name(_ path: ArraySlice<String>) -> String {
        let repeated = (1..<Swift.max(path.count / 2 + 1, 2)).first { path.prefix($0) == path.dropFirst($0).prefix($0) }
        return path.dropFirst(repeated ?? 0).joined(separator: "/")
    }
}
