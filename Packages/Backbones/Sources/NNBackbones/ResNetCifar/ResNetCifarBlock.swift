import NNLayers

/// Two 3x3 convolutions around which the input is led; where it is widened, at half the size.
final class ResNetCifarBlock: Layer {
    @Child("") var first: ConvNormActivation
    @Child("") var second: ConvNormActivation

    private let addedChannels: (before: Int, after: Int)

    init(
        from inputChannels: Int, to channels: Int, shortcutPadding: ResNetCifar.ShortcutPadding,
        style: ConvolutionStyle
    ) {
        let added = channels - inputChannels
        let before = shortcutPadding == .end ? 0 : added / 2
        addedChannels = (before, added - before)
        let first = style.convolution(from: inputChannels, to: channels, kernel: 3, strides: added > 0 ? 2 : 1)
        let second = style.convolution(from: channels, to: channels, kernel: 3)
        self.first = ConvNormActivation(first, names: ("conv1", "bn1"), style: style)
        self.second = ConvNormActivation(second, names: ("conv2", "bn2"), style: style)
    }

    func forward(_ input: Tensor, context: Context) -> Tensor {
        second(first(input, context), residual: shortcut(input), context)
    }

    /// The input, or every second pixel of it with channels of zeros.
    private func shortcut(_ input: Tensor) -> Tensor {
        guard addedChannels != (0, 0) else { return input }
        return input.slice(axis: 1, range: 0..<input.shape[1], step: 2)
            .slice(axis: 2, range: 0..<input.shape[2], step: 2)
            .padded([(0, 0), (0, 0), (0, 0), addedChannels])
    }
}
