import NNLayers

extension ConvolutionStyle {
    /// A convolution that keeps the size, with what follows it.
    func block(
        from inputChannels: Int, to channels: Int, kernel: Int, dilation: Int = 1
    ) -> ConvNormActivation {
        let convolution = convolution(
            from: inputChannels, to: channels, kernel: Size(kernel), dilations: Size(dilation))
        return ConvNormActivation(convolution, style: self)
    }

    /// Convolutions that keep the size, one after the other; one of them changes the width.
    func stack(
        from inputChannels: Int, to channels: Int, count: Int, kernel: Int = 3, dilation: Int = 1,
        narrows: NarrowingPlace = .first
    ) -> Sequential {
        let changing = narrows == .first ? 0 : count - 1
        return Sequential(
            (0..<count).map { place in
                block(
                    from: place <= changing ? inputChannels : channels,
                    to: place < changing ? inputChannels : channels, kernel: kernel, dilation: dilation)
            })
    }
}

/// Which convolution of several changes the width.
public enum NarrowingPlace: String, Sendable, Codable, CaseIterable {
    case first
    case last
}
