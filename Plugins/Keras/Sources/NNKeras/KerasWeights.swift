import CNNHDF5
import Foundation
import NNLayers
import NNWeights

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
