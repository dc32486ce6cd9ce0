/// The settings that the convolutions of a network share: what follows each of them, and how weights are initialized.
public struct ConvolutionStyle {
    /// Makes the normalization for a number of channels; nil for none.
    public var normalization: (_ channels: Int) -> (any Layer)?
    /// Makes an activation.
    public var activation: () -> any Layer
    /// Draws the initial weights.
    public var initializer: any Initializer
    /// Whether convolutions have a bias although a normalization follows.
    public var hasBias: Bool
    /// The number of channels of the images that a backbone takes.
    public var imageChannels: Int

    /// A style with any layers; by default batch norm and ReLU, initialized by He's method.
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

    /// A style with batch norm and a built-in activation.
    public init(
        activation: Activation, initializer: any Initializer = .heNormal, hasBias: Bool = false, imageChannels: Int = 3
    ) {
        self.init(
            activation: { ActivationLayer(activation) }, initializer: initializer, hasBias: hasBias,
            imageChannels: imageChannels)
    }

    /// Makes a convolution without normalization and activation.
    /// - Parameter padding: By default what keeps the size of the images at a stride of 1, for odd kernels.
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
    /// Makes a convolution that keeps the size of the images, followed by normalization and activation.
    /// - Parameter kernel: Odd.
    public func block(
        from inputChannels: Int, to outputChannels: Int, kernel: Int, dilation: Int = 1
    ) -> ConvNormActivation {
        let convolution = convolution(
            from: inputChannels, to: outputChannels, kernel: Size(kernel), dilations: Size(dilation))
        return ConvNormActivation(convolution, style: self)
    }

    /// Makes a sequence of blocks that keep the size of the images, one of which changes the number of channels.
    /// - Parameters:
    ///   - count: The number of blocks; none keep the number of channels.
    ///   - kernel: Odd.
    ///   - narrows: The block that changes the number of channels.
    public func stack(
        from inputChannels: Int, to outputChannels: Int, count: Int, kernel: Int = 3, dilation: Int = 1,
        narrows: NarrowingLayer = .first
    ) -> Sequential {
        require(count, .notNegative, "ConvolutionStyle.stack: count")
        let narrowing = narrows == .first ? 0 : count - 1
        return Sequential(
            (0..<count).map { index in
                block(
                    from: index <= narrowing ? inputChannels : outputChannels,
                    to: index < narrowing ? inputChannels : outputChannels, kernel: kernel, dilation: dilation)
            })
    }
}

/// Which layer of a sequence changes the number of channels.
public enum NarrowingLayer: String, Sendable, Codable, CaseIterable {
    /// The first one, so that the others are cheaper.
    case first
    /// The last one, so that the others have more channels to work with.
    case last
}
