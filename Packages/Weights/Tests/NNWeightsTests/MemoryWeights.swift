import Foundation
import NNLayers

@testable import NNWeights

/// Tensors as a file would hold them.
struct MemoryWeights: WeightFile {
    let url = URL(fileURLWithPath: "memory.weights")
    var tensors: [(name: String, tensor: Tensor)]
    let metadata: [String: String] = [:]

    init(_ tensors: [(name: String, tensor: Tensor)]) { self.tensors = tensors }

    /// The values of a module, under changed names.
    init(_ module: any Module, name: (String) -> String? = { $0 }) {
        tensors = module.stateDictionary.entries.compactMap { entry in name(entry.name).map { ($0, entry.tensor) } }
    }

    var entries: [WeightEntry] {
        tensors.map { WeightEntry(name: $0.name, shape: $0.tensor.shape, storedType: "\($0.tensor.dataType)") }
    }

    func tensor(named name: String) throws(TensorFileError) -> Tensor {
        guard let found = tensors.first(where: { $0.name == name }) else {
            throw TensorFileError(.missingTensor, file: url, tensor: name, reason: "is not in the file")
        }
        return found.tensor
    }
}

/// Name maps, as a plugin may bring its own.
struct MemoryPlugin: Plugin {
    let name = "memory"
    var maps: [String: String] = [:]

    func register(into registry: Registry) throws {
        for (name, text) in maps {
            let map = try NameMap(text)
            try registry.register(.nameMap, name, summary: name) { map }
        }
    }
}
