import Foundation
import NNLayers
import Testing
import NNWeights

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
