import NNLayers

/// Pyramid pooling (Zhao et al. 2017, PSPNet): the means of a few regions of the map, joined with the map itself;
/// named as in MMSegmentation.
final class PyramidPooling: Layer {
    @Child("psp_modules") var branches: [Sequential]
    @Child var bottleneck: ConvNormActivation

    private let interpolation: Interpolation

    /// - Parameters:
    ///   - bins: The number of regions along each axis, one for each branch.
    ///   - width: The channels of each branch and of the result.
    init(inputChannels: Int, bins: [Int], width: Int, interpolation: Interpolation, style: ConvolutionStyle) {
        bottleneck = style.block(from: inputChannels + bins.count * width, to: width, kernel: 3)
        self.interpolation = interpolation
        branches = bins.map { count in
            Sequential(
                AdaptiveAveragePool2D(size: Size(count)), style.block(from: inputChannels, to: width, kernel: 1))
        }
    }

    var isCheckpointed: Bool { true }

    func forward(_ input: Tensor, context: Context) -> Tensor {
        let regions = branches.map { $0(input, context).resized(like: input, by: interpolation) }
        return bottleneck(.concatenated([input] + regions, axis: 3), context)
    }
}
