import NNLayers
import Testing

@Suite struct QuantizedNetworkTests {
    private static let classCount = 4
    private static let key = RandomKey(seed: 11)

    /// Bars of four directions in noise: images `[N, 12, 12, 1]` and their classes.
    private static func samples(_ count: Int, seed: Int) -> (images: Tensor, labels: Tensor) {
        var random = RandomGenerator(key: key.derived(seed))
        var pixels: [Float] = []
        var labels: [Int32] = []
        for _ in 0..<count {
            let label = Int.random(in: 0..<classCount, using: &random)
            let offset = Int.random(in: -2...2, using: &random)
            for y in 0..<12 {
                for x in 0..<12 {
                    let distances = [y - 6, x - 6, y - x, y + x - 11]
                    let isBar = abs(distances[label] - offset) <= 1
                    pixels.append((isBar ? 1 : 0) + Float.random(in: -0.7...0.7, using: &random))
                }
            }
            labels.append(Int32(label))
        }
        return (Tensor(pixels, shape: [count, 12, 12, 1]), Tensor(labels))
    }

    /// A block with a residual between convolutions, and a linear layer.
    private final class Classifier: Layer {
        @Child var stem: ConvNormActivation
        @Child var first: ConvNormActivation
        @Child var second: ConvNormActivation
        @Child var reduction: ConvNormActivation
        @Child var classifier: Linear

        init() {
            let style = ConvolutionStyle()
            func convolution(_ inputs: Int, _ outputs: Int, strides: Size = 1) -> ConvNormActivation {
                ConvNormActivation(
                    Conv2D(
                        inputChannels: inputs, outputChannels: outputs, kernel: 3, strides: strides,
                        padding: .half(of: 3), hasBias: false), style: style)
            }
            stem = convolution(1, 8)
            first = convolution(8, 8)
            second = convolution(8, 8)
            reduction = convolution(8, 12, strides: 2)
            classifier = Linear(inputFeatures: 12, outputFeatures: QuantizedNetworkTests.classCount)
        }

        func forward(_ input: Tensor, context: Context) -> Tensor {
            let map = stem(input, context)
            let sum = second(first(map, context), residual: map, context)
            return classifier(reduction(sum, context).globalAveragePooled(), context)
        }
    }

    /// Trained by plain gradient descent; the same for all tests.
    private static func trained() -> Classifier {
        let network = Classifier()
        network.initialize(key: key)
        for step in 0..<60 {
            let batch = samples(48, seed: step)
            let logits = network(batch.images, .training(key: key.derived(step)))
            let gradients = logits.softmaxCrossEntropy(labels: batch.labels).backward()
            for (_, parameter) in network.parameters {
                guard let gradient = parameter.gradient(in: gradients) else { continue }
                parameter.value = parameter.value - gradient * 0.2
            }
        }
        return network
    }

    private static func accuracy(_ network: any Layer) -> Double {
        let test = samples(600, seed: 10_000)
        let logits = withoutGradients { network(test.images, .inference()) }
        let predicted = logits.argmax(axis: -1).floats
        return Double(zip(predicted, test.labels.floats).count { $0 == $1 }) / 6
    }

    private func bits(_ tensor: Tensor) -> [UInt32] { tensor.scalars(as: Float.self).map(\.bitPattern) }

    @Test(arguments: [Calibration.minimumMaximum, .percentile(99.9)])
    func losesAtMostAPoint(_ calibration: Calibration) throws {
        let network = Self.trained()
        let exact = Self.accuracy(network.prepared())
        #expect(exact > 85)
        let batches = (0..<4).map { Self.samples(32, seed: 500 + $0).images }
        let report = try network.quantize(calibratedOn: batches, by: calibration)
        #expect(abs(Self.accuracy(network.prepared()) - exact) <= 1)
        let names = ["stem.conv", "first.conv", "second.conv", "reduction.conv", "classifier"]
        #expect(report.layers.map(\.name) == names)
        #expect(report.layers.allSatisfy { $0.signalToNoise > 20 && $0.signalToNoise < 80 })
        #expect(report.keptNames.isEmpty)
    }

    @Test func plansGiveTheBitsOfTheNetwork() throws {
        let network = Self.trained()
        let prepared = network.prepared()
        let images = Self.samples(37, seed: 77).images
        func exact() -> [UInt32] { withoutGradients { bits(network(images, .inference())) } }
        func planned() -> [UInt32] { bits(prepared(images, .inference())) }
        let before = planned()
        try network.quantize(calibratedOn: [images], except: ["first"])
        #expect(network.quantization.count == 4 && network.quantization["first.conv"] == nil)
        #expect(planned() == exact() && planned() != before)
        let forms = network.quantization
        network.removeQuantization()
        #expect(planned() == before && exact() == before)
        try network.quantize(calibratedOn: [images])
        #expect(planned() == exact())
        try network.setQuantization(forms)
        #expect(network.quantization.count == 4 && planned() == exact())
        // The weight alone does not tell one form from another.
        let known = planned()
        network.classifier.quantization?.input = AffineQuantization(covering: 0...0.1)
        #expect(planned() == exact() && planned() != known)
    }

    @Test func calculatesInBothPrecisions() throws {
        let network = Self.trained()
        let images = Self.samples(8, seed: 3).images
        try network.quantize(calibratedOn: [images])
        let wide = network.prepared()(images, .inference())
        let narrow = network.prepared()(images.cast(to: .bfloat16), .inference(precision: .bfloat16))
        #expect(narrow.dataType == .bfloat16)
        #expect(zip(wide.floats, narrow.floats).allSatisfy { abs($0 - $1) < 0.2 })
    }

    @Test func refusesWhatCannotBeQuantized() throws {
        let network = Self.trained()
        let images = Self.samples(4, seed: 3).images
        func message(_ body: () throws -> Void) -> String {
            do { try body() } catch { return "\(error)" }
            return ""
        }
        #expect(message { try network.quantize(calibratedOn: [Tensor]()) }.contains("no images"))
        #expect(message { try network.quantize(calibratedOn: [images], except: ["stam"]) }.contains("'stam'"))
        #expect(network.quantization.isEmpty)
        #expect(message { try network.quantize(calibratedOn: [images / 0]) }.contains("finite"))
        #expect(network.quantization.isEmpty)
        // What calls for the batches may fail the second time.
        struct Failure: Error {}
        var calls = 0
        #expect(throws: Failure.self) {
            try network.quantize { body in
                calls += 1
                if calls == 2 { throw Failure() }
                try body(images)
            }
        }
        #expect(network.quantization.isEmpty)
        try network.quantize(calibratedOn: [images])
        #expect(message { try network.quantize(calibratedOn: [images]) }.contains("quantized already"))
        let other = Linear(inputFeatures: 3, outputFeatures: 2)
        #expect(throws: QuantizationError.self) { try other.setQuantization(network.quantization) }
    }

    @Test func aQuantizedLayerIsNotTrained() async {
        await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let layer = Linear(inputFeatures: 3, outputFeatures: 2)
            layer.initialize(key: RandomKey(seed: 1))
            try layer.quantize(calibratedOn: [.ones([4, 3])])
            _ = layer(.ones([4, 3]), .training(key: RandomKey(seed: 2)))
        }
    }
}
