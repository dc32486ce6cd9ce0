import NNLayers
import Testing

/// Initializers of layers refuse what has no meaning, with a message; each case runs in a process of its own.
@Suite struct LayerSettingsTests {
    @Test func convolutions() async {
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Conv2D(inputChannels: 4, outputChannels: 4, kernel: 3, groups: 0)
            }, "Conv2D: groups must be 1 or more, not 0")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Conv2D(inputChannels: -3, outputChannels: 4, kernel: 3)
            }, "Conv2D: inputChannels must be 1 or more, not -3")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Conv2D(inputChannels: 3, outputChannels: 4, kernel: -3, padding: .half(of: -3))
            }, "Conv2D: kernel -3x-3 must be positive")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = ConvolutionTranspose2D(
                    inputChannels: 3, outputChannels: 4, kernel: 3, strides: 2, outputPadding: -1)
            }, "ConvolutionTranspose2D: output padding -1x-1 must be smaller than the stride 2x2, and not below 0")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Conv2D(
                    inputChannels: 3, outputChannels: 4, kernel: 3, padding: .half(of: 3, dilations: Size(1 << 62)),
                    dilations: Size(1 << 62))
            }, "Conv2D: dilations 4611686018427387904x4611686018427387904 must be positive")
    }

    @Test func otherLayers() async {
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = MaxPool2D(kernel: 2, padding: 2)
            }, "MaxPool2D: padding (top 2, bottom 2, left 2, right 2) is more than half of the window, 2x2")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Upsample(factors: 0)
            }, "Upsample: the factor of the height must be 1 or more, not 0")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = BatchNorm(channels: 3, momentum: 5)
            }, "BatchNorm: momentum must be between 0 and 1, not 5.0")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = LayerNorm(channels: 3, epsilon: .infinity)
            }, "LayerNorm: epsilon must be positive, not inf")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Dropout(probability: 2)
            }, "Dropout: the probability must be 0 or more and below 1, not 2.0")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = HeNormal(fan: .input, negativeSlope: .nan)
            }, "HeNormal: negative_slope must be a finite number, not nan")
    }

    @Test func aNetworkWithoutValuesSaysSo() async {
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Linear(inputFeatures: 2, outputFeatures: 3)(.ones([1, 2]), .inference())
            }, "linear: input 1 [3, 2] has no values; initialize(key:) the network it belongs to")
    }

    /// Every option with a rule, through the same checks that initializers use.
    @Test(arguments: ["batch_norm", "layer_norm"])
    func normsRefuseOptions(_ name: String) throws {
        let registry = try Registry(plugins: [LayersPlugin()])
        for epsilon in [0, -1, Double.nan, .infinity] {
            let node: ConfigNode = [
                "type": ConfigNode(.string(name)), "epsilon": ConfigNode(.float(epsilon)),
            ]
            #expect(throws: (any Error).self) { try registry.check(.normalization, node) }
        }
    }

    @Test func initializersRefuseOptions() throws {
        let registry = try Registry(plugins: [LayersPlugin()])
        let options: [(String, String, [Double])] = [
            ("glorot_normal", "gain", [-1, .nan, .infinity]), ("glorot_uniform", "gain", [-1, .nan, .infinity]),
            ("he_normal", "negative_slope", [.nan, .infinity]), ("he_uniform", "negative_slope", [.nan, .infinity]),
            ("normal", "standard_deviation", [-1, .nan, .infinity]), ("normal", "mean", [.nan, .infinity]),
            ("uniform", "bound", [-1, .nan, .infinity, 3e38]), ("constant", "value", [.nan, .infinity]),
        ]
        for (name, option, values) in options {
            for value in values {
                let node: ConfigNode = ["type": ConfigNode(.string(name)), option: ConfigNode(.float(value))]
                #expect(throws: (any Error).self, "\(name) \(option) \(value)") {
                    try registry.check(.initializer, node)
                }
            }
        }
    }

    /// Layers without channels or features give an empty result, in training too.
    @Test func layersOfNothing() {
        let norm = BatchNorm(channels: 0)
        let linear = Linear(inputFeatures: 0, outputFeatures: 2, initializer: .heNormal)
        for module in [norm, linear, LayerNorm(channels: 0)] as [any Layer] {
            module.initialize(key: RandomKey(seed: 1))
            let context = Context(training: true, random: RandomKey(seed: 2))
            #expect(module(.ones([3, 0]), context).shape[0] == 3)
        }
        #expect(linear(.ones([3, 0]), .inference()).floats == [Float](repeating: 0, count: 6))
    }

    /// In a trace, an image of a wrong rank is refused and not trapped on.
    @Test func upsamplingOfNoImageIsRefused() {
        let trace = Trace()
        _ = Upsample(factors: 2)(trace.input(TensorSpecification(shape: [2, 3])), .inference())
        #expect(trace.failure != nil)
        let other = Trace()
        _ = Upsample(factors: Size(1 << 30))(other.input(TensorSpecification(shape: [1, 1 << 40, 1, 1])), .inference())
        #expect(other.failure != nil)
    }

    /// Each step has a key of its own, and a seed gives the same steps again.
    @Test func dropoutDiffersFromStepToStepAndIsReproduced() {
        func steps(seed: UInt64) -> [[Float]] {
            let layer = Dropout(probability: 0.5)
            return (0..<3).map { step in
                let context = Context(training: true, random: RandomKey(seed: seed).derived(step))
                return layer(.ones([64]), context).floats
            }
        }
        let first = steps(seed: 1)
        #expect(Set(first).count == 3)
        #expect(steps(seed: 1) == first)
        #expect(Set(steps(seed: 2)).isDisjoint(with: first))
    }
}
