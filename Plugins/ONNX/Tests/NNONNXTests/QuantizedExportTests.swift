import Foundation
import NNLayers
import Testing

@testable import NNONNX

/// Quantized networks as files.
@Suite struct QuantizedExportTests {
    /// A residual network with ranges from random images.
    static func network() throws -> Network {
        let network = try NNONNXTests.network(
            ["type": "resnet_cifar", "depth": 8], "classifier", classCount: 3)
        let images = Tensor.uniform([4, 32, 32, 3], in: -2..<2, key: RandomKey(seed: 5))
        try network.quantize(calibratedOn: [images])
        return network
    }

    @Test func writesBytesBetweenFloats() throws {
        let network = try Self.network()
        let forms = network.quantization
        let file = try Exported(network)
        #expect(file.problems == [])
        #expect(file.count("Conv") == forms.count && file.count("BatchNormalization") == 0)
        // A weight and a bias of each layer, and what is rounded is restored once.
        #expect(file.count("DequantizeLinear") == 2 * forms.count + file.count("QuantizeLinear"))
        // The input of each layer; the residual of the first block is one of them, unlike the shortcuts of the other two.
        #expect(file.count("QuantizeLinear") == forms.count + 2)
        let types = Dictionary(grouping: file.graph.initializer) { $0.dataType }.mapValues(\.count)
        #expect(types[Int32(Onnx_TensorProto.DataType.int8.rawValue)] == 2 * forms.count)
        #expect(types[Int32(Onnx_TensorProto.DataType.int32.rawValue)] == forms.count)
    }

    @Test func writesTheBytesOfTheWeight() throws {
        let network = try Self.network()
        let form = try #require(network.quantization.first { $0.key.hasPrefix("head") }?.value)
        let file = try Exported(network)
        let expected = form.weight.bytes.scalars(as: UInt8.self).map { Int8(Int($0) - 128) }
        let found = file.graph.initializer.filter {
            $0.dataType == Int32(Onnx_TensorProto.DataType.int8.rawValue) && $0.rawData.count == expected.count
        }
        #expect(found.contains { $0.rawData.elementsEqual(expected.map { UInt8(bitPattern: $0) }) })
        // The scales of symmetric weights have zero points of 0.
        let zeros = file.graph.initializer.filter { $0.name.contains("zero_point") }
        #expect(!zeros.isEmpty && zeros.allSatisfy { $0.rawData.allSatisfy { $0 == 0 } })
    }
}
