import NNLayers
import NNTesting
import Testing

private struct StyleOptions: ConvolutionOptions {
    var normalization: ConfigNode = "none"
    var activation: ConfigNode = "mish"
    var initializer: ConfigNode = ["type": "constant", "value": 2]
}

@Suite struct LayersPluginTests {
    private let registry = try! Registry(plugins: [LayersPlugin()])

    @Test(arguments: [
        ("identity", Activation.identity), ("relu", .relu), ("relu6", .relu6), ("mish", .mish), ("silu", .silu),
        ("gelu", .gelu), ("sigmoid", .sigmoid), ("tanh", .tanh), ("softplus", .softplus), ("hard_swish", .hardSwish),
        ("leaky_relu", .leakyReLU(slope: 0.01)),
    ])
    func everyActivationHasAName(name: String, activation: Activation) throws {
        let make = try registry.build(.activation, from: ConfigNode(.string(name)))
        #expect((make() as? ActivationLayer)?.activation == activation)
    }

    @Test func theNamesOfAKindAreAllTested() {
        #expect(registry.names(of: .activation).count == 11)
        #expect(registry.names(of: .normalization) == ["batch_norm", "layer_norm", "none"])
    }

    /// The activation is a smooth one, since differences over a kink are no gradients.
    @Test(arguments: [
        "convolution", "separable_convolution", "max_pool", "average_pool", "activation", "normalization", "attention",
        "dropout", "residual",
    ])
    func everyLayerConforms(name: String) throws {
        let style = ConvolutionStyle(activation: { ActivationLayer(.mish) })
        let environment = LayerEnvironment(channels: 8, style: style)
        let layer = try registry.build(.layer, from: ConfigNode(.string(name)), environment)
        // Attention has a ReLU of its own.
        try checkLayer(layer, channels: 8, gradientTolerance: 2e-3)
    }

    @Test(arguments: ["average", "max", "generalized_mean"])
    func everyPoolingConforms(name: String) throws {
        try checkPooling(registry.build(.pooling, from: ConfigNode(.string(name))))
    }

    @Test func theNamesOfLayersAndPoolingsAreAllTested() {
        #expect(registry.names(of: .layer).count == 9)
        #expect(registry.names(of: .pooling).count == 3)
    }

    /// An exponent of 1 averages, a large one takes the maximum, whatever the scale of the numbers.
    @Test func generalizedMeansLieBetweenTheAverageAndTheMaximum() {
        for scale in [1e-2, 1, 1e30] as [Float] {
            let map = Tensor([1, 2, 3, 6] as [Float], shape: [1, 2, 2, 1]) * scale
            func pooled(_ exponent: Float) -> Float {
                GeneralizedMeanPool(exponent: exponent)(map, .inference()).item / scale
            }
            #expect(abs(pooled(1) - 3) < 1e-5)
            #expect(abs(pooled(2) - Float(12.5).squareRoot()) < 1e-5)
            #expect(abs(pooled(100) - 6) < 0.1)
        }
    }

    @Test func optionsOfAnActivation() throws {
        let make = try registry.build(.activation, from: ["type": "leaky_relu", "slope": 0.1])
        #expect((make() as? ActivationLayer)?.activation == .leakyReLU(slope: 0.1))
    }

    @Test func normalizationsAreMadeForTheirChannels() throws {
        let make = try registry.build(.normalization, from: ["type": "batch_norm", "epsilon": 0.001])
        let norm = try #require(make(7) as? BatchNorm)
        #expect(norm.channels == 7 && norm.epsilon == 0.001 && norm.momentum == 0.1)
        #expect(try registry.build(.normalization, from: "layer_norm")(3) is LayerNorm)
        #expect(try registry.build(.normalization, from: "none")(3) == nil)
        #expect {
            try registry.build(.normalization, from: ["type": "batch_norm", "momentum": 2])
        } throws: {
            "\($0)" == "momentum: must be between 0 and 1, not 2.0"
        }
    }

    @Test func aStyleNamesThemAll() throws {
        let style = try StyleOptions().style(hasBias: true, in: registry)
        let block = ConvNormActivation(style.convolution(from: 1, to: 2, kernel: 1), style: style)
        #expect(block.normalization == nil)
        #expect((block.activation as? ActivationLayer)?.activation == .mish)
        block.initialize(key: RandomKey(seed: 0))
        #expect(block.convolution.weight.floats == [2, 2])
        #expect(block.convolution.bias != nil)
    }
}
