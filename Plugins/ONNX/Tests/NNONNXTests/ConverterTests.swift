import NNLayers
import Testing

@testable import NNONNX

/// Layers of plugins, with and without converters of their own.
@Suite struct ConverterTests {
    /// An operation that no one but this test knows.
    struct Cube: TensorOperation {
        let name = "cube"
        var attributes: [String: OperationAttribute] { ["power": .int(3)] }

        func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] { inputs }
        func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] {
            [inputs[0] * inputs[0] * inputs[0]]
        }
        func backward(context: inout BackwardContext) -> [Tensor?] { [nil] }
    }

    /// A custom layer, made of operations of NNCore: a gate by the means of other channels.
    final class Gate: Layer {
        @Parameter var weight: Tensor
        init() { _weight = Parameter(shape: [3, 3], initializer: .glorotUniform) }
        func forward(_ input: Tensor, context: Context) -> Tensor {
            let means = input.mean(axes: [1, 2], keepsDimensions: true).linear(weight: weight)
            return (input * means.sigmoid() + weight.sum()).clamped(min: -1)
        }
    }

    struct CubePlugin: Plugin {
        let name = "cubes"
        func register(into registry: Registry) throws {
            try registry.register(.onnxConverter, "cube", summary: "x³") {
                ONNXConverter { step, graph in
                    let power = graph.number(Float(try step.int("power")))
                    let input = step.inputs[0]
                    return [step.result(graph.add("Pow", [graph.name(of: input), power]), order: input.order)]
                }
            }
        }
    }

    @Test func layersThatAreMadeOfKnownOperationsNeedNone() throws {
        let exported = try Exported(network(Gate(), channels: 3))
        #expect(exported.problems == [])
        #expect(exported.types == ["ReduceMean", "Conv", "Sigmoid", "Mul", "Add", "Clip"])
        #expect(exported.report.outputs[0].shape == ["batch", "3", "height", "width"])
    }

    @Test func anUnknownOperationIsRefusedByName() {
        #expect {
            _ = try Exported(network { Cube().apply(to: $0) })
        } throws: {
            "\($0)".hasPrefix("the operation 'cube' has no ONNX converter; register an ONNXConverter of this name")
        }
    }

    @Test func aConverterThatIsRegisteredIsUsed() throws {
        let registry = try Registry(plugins: [ONNXPlugin(), CubePlugin()])
        let exporter = try #require(registry.build(.exporter, from: "onnx") as? ONNXExporter)
        let exported = try Exported(network { Cube().apply(to: $0) }, exporter)
        #expect(exported.problems == [])
        #expect(exported.types == ["Pow"])
        #expect(exported.initializer(exported.graph.node[0].input[1]) == [3])
    }

    @Test func weightsBeyondTheLimitOfTheFormatAreRefused() {
        /// Memory that is never read: only its size is looked at.
        final class Memory: @unchecked Sendable {
            let bytes = UnsafeMutableRawPointer.allocate(byteCount: 4, alignment: 4)
        }
        let memory = Memory()
        defer { memory.bytes.deallocate() }
        #expect {
            _ = try Exported(
                network { images in
                    let table = Tensor(
                        borrowing: memory.bytes, shape: [200_000_000, 3], dataType: .float32, owner: memory)
                    return table.gathered(indices: images.argmax())
                })
        } throws: {
            "\($0)" == "the weights have 2400000000 bytes, and an ONNX file at most 2 GiB; export a smaller network"
        }
    }

    @Test func aConverterIsGivenByName() throws {
        let converter = ONNXConverter { step, graph in
            let input = step.inputs[0]
            return [step.result(graph.add("Sign", [graph.name(of: input)]), order: input.order)]
        }
        let exported = try Exported(
            network { Cube().apply(to: $0).activated(by: .relu) }, ONNXExporter(converters: ["cube": converter]))
        #expect(exported.problems == [])
        #expect(exported.types == ["Sign", "Relu"])
    }

    @Test func anotherOperatorSetTraps() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = ONNXExporter(opset: 16)
        }
        let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(output.contains("ONNXExporter: opset must be from 17 to 21, not 16"), "\(output)")
    }

    @Test(arguments: [16, 22])
    func otherOperatorSetsAreRefused(opset: Int) throws {
        let registry = try Registry(plugins: [ONNXPlugin()])
        #expect {
            _ = try registry.build(.exporter, from: ["type": "onnx", "opset": ConfigNode(.integer(opset))])
        } throws: {
            "\($0)".contains("opset: must be from 17 to 21, not \(opset)")
        }
    }

    @Test func statisticsOfTheBatchAreRefused() {
        let layer = FunctionLayer { images in
            images.batchNormalized(scale: .ones([3]), offset: .zeros([3]), statistics: .batch).output
        }
        #expect {
            _ = try Exported(network(layer, channels: 3))
        } throws: {
            "\($0)".contains("takes its statistics from the batch")
        }
    }

    @Test func windowsThatBeginInPaddingAreRefused() {
        #expect {
            _ = try Exported(network { $0.averagePooled(kernel: 2, strides: 3, padding: 1, ceilMode: true) })
        } throws: {
            "\($0)".hasPrefix("an average pooling in ceil mode")
        }
    }

    /// One use of every operation that has a converter; what is not listed here, a network above uses.
    @Test func everyConverterIsUsedSomewhere() throws {
        // Quantized convolutions come from networks alone, see `QuantizedExportTests`.
        let used = Set(OperationCase.all.flatMap(\.operations)).union(["conv2d_int8"])
        #expect(Set(ONNXConverter.builtIn.keys).subtracting(used) == [])
    }

    @Test(arguments: OperationCase.all)
    func writesOperations(operation: OperationCase) throws {
        for opset in [17, 21] {
            let exported = try Exported(operation.network, ONNXExporter(opset: opset))
            #expect(exported.problems == [])
            #expect(exported.report.notices == [])
        }
    }
}
