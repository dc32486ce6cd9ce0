extension ComponentKind<Void, Activation> {
    /// Functions applied to each element.
    public static var activation: Self { Self("activation") }
}

/// An option of type `Activation` is written as any component: `relu`, or `{type: leaky_relu, slope: 0.1}`.
extension NNCore.Activation: Swift.Codable {
    /// The activations that have no options, under their names.
    static let named: [(name: String, activation: Activation)] = [
        ("identity", .identity), ("relu", .relu), ("relu6", .relu6), ("mish", .mish), ("silu", .silu),
        ("gelu", .gelu), ("sigmoid", .sigmoid), ("tanh", .tanh), ("softplus", .softplus),
        ("hard_swish", .hardSwish),
    ]

    public init(from decoder: any Decoder) throws {
        let registry = try decoder.userInfo[.registry] as? Registry ?? Registry(plugins: [ActivationsPlugin()])
        self = try registry.build(.activation, from: ConfigNode(from: decoder))
    }

    public func encode(to encoder: any Encoder) throws {
        let node: ConfigNode
        if case .leakyReLU(let slope) = self {
            node = try ["type": "leaky_relu", "slope": ConfigEncoder().encode(slope)]
        } else {
            node = ConfigNode(.string(Self.named.first { $0.activation == self }!.name))
        }
        try node.encode(to: encoder)
    }
}

/// Registers the activations of this package.
struct ActivationsPlugin: Plugin {
    let name = "activations"

    func register(into registry: Registry) throws {
        for (name, activation) in Activation.named {
            try registry.register(.activation, name, summary: "\(activation)") { _ in activation }
        }
        try registry.register(
            .activation, "leaky_relu", summary: "x where x > 0, else slope · x", options: LeakyReLUOptions.self
        ) {
            options, _ in .leakyReLU(slope: options.slope)
        }
    }
}

struct LeakyReLUOptions: ComponentOptions {
    var slope: Float = 0.01
}
