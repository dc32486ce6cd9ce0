import Foundation
import NNLayers
import NNWeights

/// The checkpoints of runs as files of weights: those to predict with, which are the averaged ones where the run
/// kept an average.
struct CheckpointFormat: WeightFormat {
    let fileExtensions = ["safetensors"]

    /// A safetensors file that says in its first lines what it is.
    func recognizes(_ beginning: [UInt8]) -> Bool {
        SafetensorsFormat().recognizes(beginning)
            && String(decoding: beginning, as: UTF8.self).contains("\"\(Checkpoint.formatName)\"")
    }

    func open(_ url: URL) throws(TensorFileError) -> any WeightFile {
        do {
            return CheckpointWeights(url: url, weights: try Checkpoint(contentsOf: url).weightsForInference)
        } catch {
            throw TensorFileError(.malformed, file: url, reason: error.reason)
        }
    }
}

private struct CheckpointWeights: WeightFile {
    let url: URL
    let weights: StateDictionary
    var metadata: [String: String] { [:] }

    var entries: [WeightEntry] {
        weights.entries.map {
            WeightEntry(name: $0.name, shape: $0.tensor.shape, storedType: "\($0.tensor.dataType)")
        }
    }

    func tensor(named name: String) throws(TensorFileError) -> Tensor {
        guard let tensor = weights[name] else {
            throw TensorFileError(.missingTensor, file: url, tensor: name, reason: "is not in the file")
        }
        return tensor
    }
}
