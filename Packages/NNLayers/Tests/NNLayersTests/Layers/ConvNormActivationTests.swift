import NNLayers
import NNTesting
import Testing

/// An activation that the fused calculation does not know.
private final class Twice: Layer {
    func forward(_ input: Tensor, context: Context) -> Tensor { input + input }
}

@Suite struct ConvNormActivationTests {
    private func block(
        _ style: ConvolutionStyle = ConvolutionStyle(), strides: Size = 1, activates: Bool = true
    ) -> ConvNormActivation {
        ConvNormActivation(
            style.convolution(from: 3, to: 4, kernel: 3, strides: strides), names: ("conv1", "bn1"), style: style,
            activates: activates)
    }

    // Small where a ReLU follows: every activation near zero is a kink to finite differences.
    @Test func fusedBlocksConform() throws {
        try checkLayer(block(), input: [3, 4, 3, 3])
        try checkLayer(block(ConvolutionStyle(activation: .mish), strides: 2), input: [3, 6, 5, 3])
        try checkLayer(block(activates: false), input: [3, 6, 5, 3])
        try checkLayer(block(ConvolutionStyle(activation: .silu, hasBias: true)), input: [3, 6, 5, 3])
    }

    @Test func aCustomActivationConforms() throws {
        try checkLayer(block(ConvolutionStyle(activation: { Twice() })), input: [3, 6, 5, 3])
    }

    @Test func anotherNormalizationConforms() throws {
        let style = ConvolutionStyle(
            normalization: { LayerNorm(channels: $0) }, activation: { ActivationLayer(.tanh) })
        try checkLayer(block(style), input: [3, 6, 5, 3])
    }

    @Test func noNormalizationConforms() throws {
        let style = ConvolutionStyle(
            normalization: { _ in nil }, activation: { ActivationLayer(.tanh) }, hasBias: true)
        try checkLayer(block(style), input: [3, 6, 5, 3])
    }

    @Test func childrenHaveTheGivenNames() {
        #expect(
            block(ConvolutionStyle(hasBias: true)).namesOfValues == [
                "conv1.weight", "conv1.bias", "bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var",
                "bn1.num_batches_tracked",
            ])
    }

    /// The fused calculation against the three layers one after the other.
    @Test(arguments: [true, false], [true, false])
    func fusedAgreesWithItsParts(isTraining: Bool, hasBias: Bool) throws {
        let style = ConvolutionStyle(activation: .silu, hasBias: hasBias)
        let (fused, parts) = (block(style), block(style))
        for module in [fused, parts] { module.initialize(key: RandomKey(seed: 3)) }
        if let bias = fused.convolution.bias {
            bias.value = Tensor([0.1, -2, 0.5, 3] as [Float])
            parts.convolution.bias?.value = bias.value
        }
        let input = Tensor.normal([2, 5, 7, 3], mean: 1, standardDeviation: 2, key: RandomKey(seed: 4))
        let residual = Tensor.normal([2, 5, 7, 4], mean: 0, standardDeviation: 1, key: RandomKey(seed: 5))
        try withoutGradients {
            let context = Context(training: isTraining, random: RandomKey(seed: 0))
            let found = fused(input, residual: residual, context)
            let normalized = parts.normalization!(parts.convolution(input, context), context)
            let expected = (normalized + residual).activated(by: .silu)
            try checkClose(found, expected, relative: 1e-4, absolute: 1e-4)
            for (one, other) in zip(fused.stateDictionary.entries, parts.stateDictionary.entries) {
                try checkClose(one.tensor, other.tensor, relative: 1e-5, absolute: 1e-6, one.name)
            }
        }
    }

    @Test func aFrozenBlockKeepsItsStatisticsAndStillHasGradients() throws {
        let block = block()
        block.initialize(key: RandomKey(seed: 3))
        let norm = try #require(block.normalization as? BatchNorm)
        norm.runningMean = Tensor([0.5, -1, 2, 0] as [Float])
        norm.runningVariance = Tensor([2, 1, 0.25, 3] as [Float])
        block.freeze("bn1")
        let before = block.stateDictionary
        let input = Tensor.normal([2, 5, 7, 3], mean: 1, standardDeviation: 2, key: RandomKey(seed: 4))
        let trained = block(input, Context(training: true, random: RandomKey(seed: 0)))
        for entry in block.stateDictionary.entries { try checkEqual(entry.tensor, before[entry.name]!, entry.name) }
        try checkClose(trained, withoutGradients { block(input, .inference()) }, relative: 1e-4, absolute: 1e-4)
        let gradients = trained.backward(gradient: .ones(trained.shape))
        #expect(block.convolution.$weight.gradient(in: gradients) != nil)
        #expect(norm.weight?.gradient(in: gradients) == nil)
        #expect(gradients.count == 1)
    }
}

extension Module {
    fileprivate var namesOfValues: [String] { stateDictionary.names }
}
