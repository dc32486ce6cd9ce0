import Foundation
import NNLayers
import Testing

@testable import NNWeights

/// A committed file that PyTorch wrote.
func pyTorchFixture(_ name: String) throws -> URL {
    let folder = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
    return folder.appendingPathComponent("PyTorch").appendingPathComponent(name)
}

/// The opened file, found by its content.
func openPyTorch(_ name: String) throws -> any WeightFile {
    try Registry(plugins: [WeightsPlugin()]).openWeights(try pyTorchFixture(name))
}

/// The values in decimal digits, for messages, and of all types alike.
func values(_ tensor: Tensor) -> [Double] {
    switch tensor.dataType {
    case .float32: tensor.withScalars(as: Float.self) { $0.map(Double.init) }
    case .bfloat16: tensor.withScalars(as: BFloat16.self) { $0.map { Double(Float($0)) } }
    case .int32: tensor.withScalars(as: Int32.self) { $0.map(Double.init) }
    case .int64: tensor.withScalars(as: Int64.self) { $0.map(Double.init) }
    case .uint8: tensor.withScalars(as: UInt8.self) { $0.map(Double.init) }
    }
}

/// Calls `body` with a new folder, and removes it afterwards.
func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
}

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
