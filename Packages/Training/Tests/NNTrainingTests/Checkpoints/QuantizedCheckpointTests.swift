import Foundation
import NNLayers
import Testing

@testable import NNTraining

@Suite struct QuantizedCheckpointTests {
    private func network() -> Sequential {
        let network = Sequential(
            Conv2D(inputChannels: 3, outputChannels: 5, kernel: 3),
            BatchNorm(channels: 5), GlobalAveragePool(), Linear(inputFeatures: 5, outputFeatures: 2))
        network.initialize(key: RandomKey(seed: 4))
        return network
    }

    private let images = Tensor.uniform([4, 8, 9, 3], in: -1..<1, key: RandomKey(seed: 5))

    private func logits(_ network: Sequential) -> [Float] {
        withoutGradients { network(images, .inference()) }.floats
    }

    @Test func everythingComesBack() throws {
        let folder = try TemporaryFolder()
        let url = folder.file("best.safetensors")
        let quantized = network()
        try quantized.quantize(calibratedOn: [images])
        var information = CheckpointInformation()
        information.quantization = QuantizationNote(source: "runs/a", calibration: "minimum-maximum", imageCount: 4)
        let checkpoint = Checkpoint(
            weights: quantized.stateDictionary, quantization: quantized.quantization, information: information)
        try checkpoint.write(to: url)
        let read = try Checkpoint(contentsOf: url)
        #expect(read.information == information && Checkpoint.information(of: url) == information)
        #expect(Set(read.quantization.keys) == ["0", "3"])
        let other = network()
        try read.load(into: other)
        #expect(logits(other) == logits(quantized))
        // Its float32 weights are those that the bytes stand for.
        #expect(read.weights["3.weight"]?.floats == quantized.quantization["3"]?.weight.dequantized.floats)
        // Without quantization, the network calculates in float32 again.
        try Checkpoint(weights: network().stateDictionary).load(into: other)
        #expect(other.quantization.isEmpty && logits(other) == logits(network()))
    }

    @Test func filesInFloat32KeepTheirVersion() throws {
        let folder = try TemporaryFolder()
        let plain = network()
        try Checkpoint(weights: plain.stateDictionary).write(to: folder.file("plain.safetensors"))
        try plain.quantize(calibratedOn: [images])
        try Checkpoint(weights: plain.stateDictionary, quantization: plain.quantization)
            .write(to: folder.file("quantized.safetensors"))
        let versions = try ["plain", "quantized"].map {
            try SafetensorsFile(folder.file("\($0).safetensors")).metadata["format_version"]
        }
        #expect(versions == ["1", "2"])
    }

    @Test func aNetworkWithoutTheLayerIsRefused() throws {
        let quantized = network()
        try quantized.quantize(calibratedOn: [images])
        var forms = quantized.quantization
        forms["4"] = forms["3"]
        let checkpoint = Checkpoint(weights: quantized.stateDictionary, quantization: forms)
        #expect {
            try checkpoint.load(into: network())
        } throws: {
            "\($0)".contains("no layer '4'")
        }
    }
}
