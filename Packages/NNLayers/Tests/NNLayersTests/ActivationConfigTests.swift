import NNLayers
import Testing

private struct BlockOptions: ComponentOptions {
    var activation = Activation.relu
}

@Suite struct ActivationConfigTests {
    @Test(arguments: [
        ("identity", Activation.identity), ("relu", .relu), ("relu6", .relu6), ("mish", .mish), ("silu", .silu),
        ("gelu", .gelu), ("sigmoid", .sigmoid), ("tanh", .tanh), ("softplus", .softplus),
        ("hard_swish", .hardSwish), ("leaky_relu", .leakyReLU(slope: 0.01)),
    ])
    func everyActivationHasAName(name: String, activation: Activation) throws {
        let options = try ConfigDecoder().decode(
            BlockOptions.self, from: ["activation": ConfigNode(.string(name))])
        #expect(options.activation == activation)
        let written = try ConfigEncoder().encode(options)
        #expect(try ConfigDecoder().decode(BlockOptions.self, from: written).activation == activation)
    }

    @Test func optionsOfAnActivation() throws {
        let node: ConfigNode = ["activation": ["type": "leaky_relu", "slope": 0.1]]
        let options = try ConfigDecoder().decode(BlockOptions.self, from: node)
        #expect(options.activation == .leakyReLU(slope: 0.1))
        #expect(try ConfigEncoder().encode(options) == node)
    }

    @Test func anUnknownActivationIsReportedAtItsPlace() {
        #expect {
            try ConfigDecoder().decode(BlockOptions.self, from: ["activation": "misch"])
        } throws: { error in
            "\(error)".hasPrefix("activation: unknown activation 'misch'; did you mean 'mish'? Known: gelu, ")
        }
        #expect {
            try ConfigDecoder().decode(
                BlockOptions.self, from: ["activation": ["type": "leaky_relu", "slop": 1]])
        } throws: { error in
            "\(error)" == "activation.slop: unknown key 'slop'; did you mean 'slope'? Known: slope"
        }
    }

    @Test func aRegistryAddsActivationsToEveryOption() throws {
        let registry = try Registry()
        try registry.register(.activation, "steep", summary: "A steep leak") { _ in .leakyReLU(slope: 0.5) }
        let options = try registry.decoder.decode(BlockOptions.self, from: ["activation": "steep"])
        #expect(options.activation == .leakyReLU(slope: 0.5))
    }
}
