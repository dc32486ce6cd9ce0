import CNNHDF5
import NNLayers

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
