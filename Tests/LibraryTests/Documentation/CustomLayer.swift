// The code of the article CustomLayer, see DocumentationTests.
import NNLayers
import NNTesting
import Testing

/// A residual branch with layer scale (Touvron et al. 2021) and stochastic depth (Huang et al. 2016).
///
/// Keeps the shape of its input, `[N, H, W, C]`.
public final class ScaledResidual: Layer {
    /// The layer whose result is scaled and added to the input.
    @Child public var branch: any Layer
    /// The scale of each channel, `[C]`.
    @Parameter public var gamma: Tensor
    /// The probability that training leaves out the branch of an image.
    public let dropProbability: Float

    public init(_ branch: any Layer, channels: Int, dropProbability: Float = 0) {
        require(dropProbability, .fractionBelowOne, "ScaledResidual: the drop probability")
        _gamma = Parameter(shape: [channels], initializer: .constant(0.01))
        self.dropProbability = dropProbability
        self.branch = branch
    }

    public func forward(_ input: Tensor, context: Context) -> Tensor {
        // Parameters are float32; activations keep the type of the input.
        var result = branch(input, context) * gamma.cast(to: input.dataType)
        if context.isTraining, dropProbability > 0 {
            // One choice for each image, with a key that no other layer of this step uses.
            let kept = Tensor.ones([input.shape[0], 1, 1, 1], dataType: input.dataType)
            result = result * kept.dropped(probability: dropProbability, key: context.nextRandomKey())
        }
        return input + result
    }
}

/// A convolution that starts as the identity, like `torch.nn.init.dirac_`.
public struct DiracInitializer: Initializer {
    public init() {}

    public func values(_ shape: Shape, key: RandomKey) -> Tensor {
        let area = shape[2] * shape[3]
        let center = shape[2] / 2 * shape[3] + shape[3] / 2
        var values = [Float](repeating: 0, count: shape.elementCount)
        for channel in 0..<min(shape[0], shape[1]) { values[(channel * shape[1] + channel) * area + center] = 1 }
        return Tensor(values, shape: shape)
    }
}

@Test(arguments: [0, 0.5] as [Float]) func scaledResidual(dropProbability: Float) throws {
    let branch = Conv2D(
        inputChannels: 3, outputChannels: 3, kernel: 3, padding: .half(of: 3), initializer: DiracInitializer())
    try checkLayer(
        ScaledResidual(branch, channels: 3, dropProbability: dropProbability), input: [6, 5, 7, 3])
}
