import NNLayers

/// Makes ``Swish`` known to configurations: `activation: {type: learned_swish, beta: 1.5}`.
public struct SwishPlugin: Plugin {
    public let name = "SwishPlugin"

    public init() {}

    public func register(into registry: Registry) throws {
        try registry.register(
            .activation, "learned_swish", summary: "x sigmoid(beta x), with beta learned", options: SwishOptions.self
        ) { options, _ in { Swish(beta: options.beta) } }
    }
}

/// Options of ``Swish``.
struct SwishOptions: ComponentOptions {
    /// Where β starts.
    var beta: Float = 1
}
