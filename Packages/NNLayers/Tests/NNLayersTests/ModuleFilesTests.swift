import Foundation
import NNLayers
import Testing

/// What every network can do beside calculating: list, print, save and load.
@Suite struct ModuleFilesTests {
    private func network() -> Sequential {
        Sequential(
            ConvNormActivation(ConvolutionStyle().convolution(from: 3, to: 4, kernel: 3), style: ConvolutionStyle()),
            GlobalAveragePool(), Linear(inputFeatures: 4, outputFeatures: 2))
    }

    @Test func parametersHaveFullNames() {
        #expect(
            network().parameters.map(\.name) == ["0.conv.weight", "0.bn.weight", "0.bn.bias", "2.weight", "2.bias"])
    }

    @Test func printsAsATree() {
        #expect(
            "\(network())" == """
                Sequential                       126
                  0: ConvNormActivation          116
                    conv: Conv2D                 108  weight [4, 3, 3, 3]
                    bn: BatchNorm                  8  weight [4], bias [4]
                    activation: ActivationLayer
                  1: GlobalAveragePool
                  2: Linear                       10  weight [2, 4], bias [2]
                """)
    }

    @Test func savesAndLoads() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).safetensors")
        defer { try? FileManager.default.removeItem(at: file) }
        let (saved, loaded) = (network(), network())
        saved.initialize(key: RandomKey(seed: 1))
        loaded.initialize(key: RandomKey(seed: 2))
        try saved.save(to: file)
        let report = try loaded.load(from: file)
        #expect(report.isComplete && report.loaded.count == 8)
        for (first, second) in zip(saved.parameters, loaded.parameters) {
            #expect(first.parameter.value.floats == second.parameter.value.floats, "\(first.name)")
        }

        let other = Sequential(Linear(inputFeatures: 4, outputFeatures: 3))
        other.initialize(key: RandomKey(seed: 3))
        let before = other.parameters.map(\.parameter.value.floats)
        let error = #expect(throws: StateDictionaryMismatch.self) { try other.load(from: file) }
        #expect(error?.description.contains("0.weight") == true)
        #expect(other.parameters.map(\.parameter.value.floats) == before)
        #expect(try other.load(from: file, strict: false).loaded == [])
        #expect(throws: TensorFileError.self) { try other.load(from: file.appendingPathExtension("none")) }
    }

    @Test func childrenAreNamedInSnakeCase() {
        final class Block: Layer {
            @Child var lowLevel: Linear
            @Child("high") var highLevel: Linear
            @Parameter var runningScale: Tensor
            @Child var mixed5b: Linear?

            init() {
                lowLevel = Linear(inputFeatures: 1, outputFeatures: 1, hasBias: false)
                runningScale = .ones([1])
                mixed5b = nil
                highLevel = Linear(inputFeatures: 1, outputFeatures: 1, hasBias: false)
            }

            func forward(_ input: Tensor, context: Context) -> Tensor { input }
        }
        #expect(Block().parameters.map(\.name) == ["running_scale", "low_level.weight", "high.weight"])
    }
}
