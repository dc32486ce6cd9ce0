/// What a network's convolutions have in common: their first values, what follows each, and the images.
public struct ConvolutionStyle {
    /// Makes a normalization for a number of channels; nil for none.
    public var normalization: (_ channels: Int) -> (any Layer)?
    /// Makes an activation.
    public var activation: () -> any Layer
    /// Draws the weights.
    public var initializer: any Initializer
    /// Whether convolutions have a bias although a normalization follows.
    public var hasBias: Bool
    /// The channels of the images that the first convolution of a backbone sees.
    public var imageChannels: Int

    public init(
        normalization: @escaping (_ channels: Int) -> (any Layer)? = { BatchNorm(channels: $0) },
        activation: @escaping () -> any Layer = { ActivationLayer(.relu) },
        initializer: any Initializer = .heNormal, hasBias: Bool = false, imageChannels: Int = 3
    ) {
        self.normalization = normalization
        self.activation = activation
        self.initializer = initializer
        self.hasBias = hasBias
        self.imageChannels = imageChannels
    }

    /// Batch norm and a built-in activation.
    public init(
        activation: Activation, initializer: any Initializer = .heNormal, hasBias: Bool = false, imageChannels: Int = 3
    ) {
        self.init(
            activation: { ActivationLayer(activation) }, initializer: initializer, hasBias: hasBias,
            imageChannels: imageChannels)
    }

    /// A convolution in this style, padded by half its kernel unless told otherwise.
    public func convolution(
        from inputChannels: Int, to outputChannels: Int, kernel: Size, strides: Size = 1, padding: Padding? = nil,
        dilations: Size = 1, groups: Int = 1
    ) -> Conv2D {
        Conv2D(
            inputChannels: inputChannels, outputChannels: outputChannels, kernel: kernel, strides: strides,
            padding: padding ?? .half(of: kernel, dilations: dilations), dilations: dilations, groups: groups,
            hasBias: hasBias, initializer: initializer)
    }
}

extension ConvolutionStyle {
    /// A convolution that keeps the size, with the style's normalization and activation.
    public func block(
        from inputChannels: Int, to channels: Int, kernel: Int, dilation: Int = 1
    ) -> ConvNormActivation {
        let convolution = convolution(
            from: inputChannels, to: channels, kernel: Size(kernel), dilations: Size(dilation))
        return ConvNormActivation(convolution, style: self)
    }

    /// A sequence of convolutions that keep the size, one of which changes the number of channels.
    public func stack(
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

/// Which convolution of a sequence changes the number of channels.
public enum NarrowingPlace: String, Sendable, Codable, CaseIterable {
    case first
    case last
}
