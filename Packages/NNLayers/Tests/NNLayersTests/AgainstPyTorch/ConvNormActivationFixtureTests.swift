import NNLayers
import NNTesting
import Testing

@Suite struct ConvNormActivationFixtureTests {
    private func block(_ style: ConvolutionStyle, strides: Size = 1) -> ConvNormActivation {
        ConvNormActivation(
            style.convolution(from: 3, to: 5, kernel: 3, strides: strides), names: ("conv1", "bn1"), style: style)
    }

    @Test(arguments: [
        ("identity", Activation.identity), ("relu", .relu), ("leakyReLU", .leakyReLU(slope: 0.1)), ("mish", .mish),
        ("silu", .silu), ("gelu", .gelu), ("sigmoid", .sigmoid), ("tanh", .tanh), ("softplus", .softplus),
        ("hardSwish", .hardSwish), ("relu6", .relu6),
    ])
    func everyActivation(name: String, activation: Activation) throws {
        let block = block(ConvolutionStyle(activation: activation))
        try expectAgreement(block, with: "block_\(name)")
        try expectAgreement(block, withResidual: "block_\(name)_residual")
    }

    @Test func biasAndStride() throws {
        try expectAgreement(
            block(ConvolutionStyle(activation: .relu, hasBias: true), strides: 2), with: "block_bias_s2")
    }

    @Test func layerNorm() throws {
        let style = ConvolutionStyle(
            normalization: { LayerNorm(channels: $0) }, activation: { ActivationLayer(.silu) })
        try expectAgreement(block(style), withResidual: "block_layer_norm")
    }

    @Test func noNormalization() throws {
        let style = ConvolutionStyle(
            normalization: { _ in nil }, activation: { ActivationLayer(.mish) }, hasBias: true)
        try expectAgreement(block(style), withResidual: "block_bare")
    }

    @Test func whatDiffersIsReported() throws {
        let failure = #expect(throws: CheckFailure.self) {
            try expectAgreement(block(ConvolutionStyle(activation: .silu)), with: "block_mish")
        }
        let text = try #require(failure).description
        #expect(text.contains("output 0 in inference is off by"))
        #expect(text.contains("the gradient of conv1.weight is off by"))
        #expect(!text.contains("running_var"))
        let biased = #expect(throws: CheckFailure.self) {
            try expectAgreement(block(ConvolutionStyle(activation: .mish, hasBias: true)), with: "block_mish")
        }
        #expect(try #require(biased).description.contains("the gradient of conv1.bias is unexpected"))
    }
}
