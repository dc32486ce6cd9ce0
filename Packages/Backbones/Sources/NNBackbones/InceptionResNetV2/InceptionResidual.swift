import NNLayers

/// Branches around which the input is led: a linear 1x1 convolution, scaled down to keep training stable,
/// makes a summand of their results.
final class InceptionResidual: Layer {
    @Child("") var branches: InceptionModule
    @Child("conv2d") var convolution: Conv2D
    @Child var activation: any Layer

    /// What the branches' summand is multiplied by.
    private let scale: Float

    init(_ branches: [any Layer], convolution: Conv2D, scale: Float, activation: any Layer) {
        self.activation = activation
        self.scale = scale
        self.branches = InceptionModule(branches)
        self.convolution = convolution
    }

    func forward(_ input: Tensor, context: Context) -> Tensor {
        activation(convolution(branches(input, context), context) * scale + input, context)
    }
}
