import NNLayers

/// x · sigmoid(β x) with a β that is learned (Ramachandran et al. 2017).
public final class Swish: Layer {
    @Parameter public var beta: Tensor

    public init(beta: Float = 1) { _beta = Parameter(wrappedValue: Tensor([beta])) }

    public func forward(_ input: Tensor, context: Context) -> Tensor {
        // The parameter is float32; activations stay in the type that they came in.
        input * (input * beta.cast(to: input.dataType)).sigmoid()
    }
}
