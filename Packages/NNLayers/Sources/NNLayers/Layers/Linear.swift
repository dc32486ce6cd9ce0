/// A dense layer: `[..., I]` to `[..., O]`.
public final class Linear: Layer {
    /// `[O, I]`
    @Parameter public var weight: Tensor
    /// `[O]`
    public let bias: Parameter?

    public init(
        inputFeatures: Int, outputFeatures: Int, hasBias: Bool = true, initializer: any Initializer = .glorotUniform
    ) {
        require(inputFeatures, .notNegative, "Linear: inputFeatures")
        require(outputFeatures, .notNegative, "Linear: outputFeatures")
        _weight = Parameter(shape: [outputFeatures, inputFeatures], initializer: initializer)
        bias = hasBias ? Parameter(shape: [outputFeatures], initializer: .zeros) : nil
    }

    public func forward(_ input: Tensor, context: Context) -> Tensor {
        input.linear(weight: weight, bias: bias?.wrappedValue)
    }
}
