extension ConvNormActivation {
    /// Options of a convolution that is followed by the normalization and the activation of the network.
    struct Options: BuildableOptions {
        /// The channels of the result; null for those of the input.
        var channels: Int?
        /// The size of the kernel; odd.
        var kernel = 3
        /// The steps between windows.
        var stride = 1
        /// The distance between the pixels of a window.
        var dilation = 1
        /// The number of groups of channels that are convolved apart.
        var groups = 1
        /// Whether the network's normalization follows.
        var normalizes = true
        /// Whether the network's activation follows.
        var activates = true

        /// The defaults.
        init() {}

        func validate() throws {
            try check("channels", channels, .size)
            try check("kernel", oddKernel: kernel)
            try check("stride", stride, .size)
            try check("dilation", dilation, .size)
            try check("groups", groups, .size)
        }

        func build(_ environment: LayerEnvironment, in registry: Registry) throws -> ImageLayer {
            let (style, inputChannels) = (environment.style, environment.channels)
            let channels = channels ?? inputChannels
            guard inputChannels % groups == 0, channels % groups == 0 else {
                throw OptionError(
                    "groups", "must divide the channels of the input, \(inputChannels), and of the result, \(channels)")
            }
            let convolution = style.convolution(
                from: inputChannels, to: channels, kernel: Size(kernel), strides: Size(stride),
                dilations: Size(dilation), groups: groups)
            let layer = ConvNormActivation(
                convolution, normalization: normalizes ? style.normalization(channels) : nil,
                activation: activates ? style.activation() : Identity())
            return ImageLayer(layer, channels: channels, stride: stride)
        }
    }
}

extension SeparableConv2D {
    /// Options of ``SeparableConv2D``, which is followed by the normalization and the activation of the network.
    struct Options: BuildableOptions {
        /// The channels of the result; null for those of the input.
        var channels: Int?
        /// The size of the depthwise kernel; odd.
        var kernel = 3
        /// The steps between windows.
        var stride = 1
        /// The distance between the pixels of a window.
        var dilation = 1
        /// Whether normalization and activation follow the depthwise convolution too, as in MobileNet.
        var activatesBetween = false

        /// The defaults.
        init() {}

        func validate() throws {
            try check("channels", channels, .size)
            try check("kernel", oddKernel: kernel)
            try check("stride", stride, .size)
            try check("dilation", dilation, .size)
        }

        func build(_ environment: LayerEnvironment, in registry: Registry) -> ImageLayer {
            let channels = channels ?? environment.channels
            let layer = SeparableConv2D(
                inputChannels: environment.channels, outputChannels: channels, kernel: Size(kernel),
                strides: Size(stride), dilations: Size(dilation), style: environment.style,
                normalizesBetween: activatesBetween, activatesBetween: activatesBetween)
            return ImageLayer(layer, channels: channels, stride: stride)
        }
    }
}

/// Options of a pooling of windows.
protocol WindowOptions: BuildableOptions {
    var kernel: Int { get }
    var stride: Int? { get }
    var padding: Int { get }
}

extension WindowOptions {
    public func validate() throws {
        try check("kernel", kernel, .size)
        try check("stride", stride, .size)
        try check("padding", padding, in: 0...kernel / 2)
    }
}

extension MaxPool2D {
    /// Options of ``MaxPool2D``.
    struct Options: BuildableOptions, WindowOptions {
        /// The height and width of the windows.
        var kernel = 2
        /// The steps between windows; null for the kernel.
        var stride: Int?
        /// The width of the edge, which is never the maximum; at most half of the kernel.
        var padding = 0
        /// Whether a last window that extends beyond the edge counts.
        var ceilMode = false

        /// The defaults.
        init() {}

        func build(_ environment: LayerEnvironment, in registry: Registry) -> ImageLayer {
            ImageLayer(
                MaxPool2D(
                    kernel: Size(kernel), strides: stride.map { Size($0) }, padding: EdgeInsets(padding),
                    ceilMode: ceilMode),
                channels: environment.channels, stride: stride ?? kernel)
        }
    }
}

extension AveragePool2D {
    /// Options of ``AveragePool2D``.
    struct Options: BuildableOptions, WindowOptions {
        /// The height and width of the windows.
        var kernel = 2
        /// The steps between windows; null for the kernel.
        var stride: Int?
        /// The width of the edge; at most half of the kernel.
        var padding = 0
        /// Whether the edge counts as zeros in the mean.
        var countsPadding = true
        /// Whether a last window that extends beyond the edge counts.
        var ceilMode = false

        /// The defaults.
        init() {}

        func build(_ environment: LayerEnvironment, in registry: Registry) -> ImageLayer {
            ImageLayer(
                AveragePool2D(
                    kernel: Size(kernel), strides: stride.map { Size($0) }, padding: EdgeInsets(padding),
                    countsPadding: countsPadding, ceilMode: ceilMode),
                channels: environment.channels, stride: stride ?? kernel)
        }
    }
}

extension Dropout {
    /// Options of ``Dropout``.
    struct Options: BuildableOptions {
        /// The probability that an element is dropped.
        var probability: Float = 0.5

        /// The defaults.
        init() {}

        func validate() throws { try check("probability", probability, .fractionBelowOne) }

        func build(_ environment: LayerEnvironment, in registry: Registry) -> ImageLayer {
            ImageLayer(Dropout(probability: probability), channels: environment.channels)
        }
    }
}

extension Residual {
    /// Options of ``Residual``.
    struct Options: BuildableOptions {
        /// The layers between the input and the sum, components of kind `layer`; together they keep channels and size.
        var layers: [ImageLayer.Named] = ["convolution", ["type": "convolution", "activates": false]]

        /// The defaults.
        init() {}

        mutating func resolveComponents(in registry: Registry) throws { layers = try registry.resolve(layers) }

        func build(_ environment: LayerEnvironment, in registry: Registry) throws -> ImageLayer {
            let made = try registry.build(layers, environment)
            let keepsChannels = (made.last?.channels ?? environment.channels) == environment.channels
            guard keepsChannels, made.allSatisfy({ $0.stride == 1 }) else {
                throw OptionError(
                    "layers",
                    "must keep the size and the \(environment.channels) channels of the input, to which their "
                        + "result is added")
            }
            return ImageLayer(Residual(made.map(\.layer)), channels: environment.channels)
        }
    }
}
