import NNLayers

/// ConvMixer (Trockman and Kolter 2022): patches, mixed by depthwise and by pointwise convolutions in turn, at one
/// stride. Names are those of timm, see ``TimmConvMixer``.
public final class ConvMixer: Backbone {
    @Child var stem: Sequential
    @Child var blocks: [Sequential]
    @Child var attention: (any Layer)?

    /// The channels of the images.
    public let inputChannels: Int
    /// One feature, at the stride of the patches.
    public let features: [FeatureInfo]

    /// - Parameters:
    ///   - width: The number of channels.
    ///   - depth: The number of blocks.
    ///   - kernel: The size of the depthwise convolutions' kernels; odd.
    ///   - patch: The height and width of a patch in pixels.
    ///   - attention: Makes the attention after the last block, for a number of channels; by default none.
    ///   - style: The normalization, activation, initializer and image channels.
    public init(
        width: Int = 256, depth: Int = 8, kernel: Int = 9, patch: Int = 7,
        attention: (_ channels: Int) -> (any Layer)? = { _ in nil }, style: ConvolutionStyle = ConvMixer.defaultStyle
    ) {
        requireOptions("ConvMixer") {
            var options = Options()
            (options.width, options.depth, options.kernel, options.patch) = (width, depth, kernel, patch)
            try options.validate()
        }
        inputChannels = style.imageChannels
        features = [FeatureInfo(channels: width, stride: patch)]
        func sequence(_ convolution: Conv2D) -> [any Layer] {
            [convolution, style.activation(), style.normalization(width) ?? Identity()]
        }
        // Images that are no multiple of the patch are padded, so that no pixel is lost.
        stem = Sequential(
            sequence(
                style.convolution(
                    from: style.imageChannels, to: width, kernel: Size(patch), strides: Size(patch), padding: .same)))
        blocks = (0..<depth).map { _ in
            let depthwise = style.convolution(from: width, to: width, kernel: Size(kernel), groups: width)
            let pointwise = style.convolution(from: width, to: width, kernel: 1)
            return Sequential([Residual(sequence(depthwise))] + sequence(pointwise))
        }
        self.attention = attention(width)
    }

    /// Batch norm and GELU; convolutions have a bias.
    public static var defaultStyle: ConvolutionStyle { ConvolutionStyle(activation: .gelu, hasBias: true) }

    /// Computes the feature map of images `[N, H, W, C]`.
    public func forward(_ images: Tensor, context: Context) -> [Feature] {
        var map = stem(images, context)
        for block in blocks { map = block(map, context) }
        return [Feature(attention?(map, context) ?? map)]
    }

    /// Layers whose result is added to their input.
    private final class Residual: Layer {
        @Child("fn") var layers: Sequential

        init(_ layers: [any Layer]) { self.layers = Sequential(layers) }

        func forward(_ input: Tensor, context: Context) -> Tensor { input + layers(input, context) }
    }
}

extension ConvMixer {
    /// Options of ``ConvMixer``.
    public struct Options: BuildableOptions, ConvolutionOptions {
        /// The number of channels.
        public var width = 256
        /// The number of blocks.
        public var depth = 8
        /// The size of the depthwise convolutions' kernels; odd.
        public var kernel = 9
        /// The height and width of a patch in pixels.
        public var patch = 7
        /// The channels of images: 3 for RGB, 1 for their luminance.
        public var inChannels = 3
        /// The attention after the last block, a component of kind `attention`.
        public var attention: ConfigNode = "none"
        public var normalization: ConfigNode = "batch_norm"
        public var activation: ConfigNode = "gelu"
        public var initializer: ConfigNode = "he_normal"

        /// The defaults.
        public init() {}

        public func validate() throws {
            try check("width", width, .size)
            try check("depth", depth, .size)
            try check("kernel", oddKernel: kernel)
            try check("patch", patch, .size)
            try check("in_channels", inChannels, .size)
        }

        public mutating func resolveComponents(in registry: Registry) throws {
            normalization = try registry.check(.normalization, normalization)
            activation = try registry.check(.activation, activation)
            initializer = try registry.check(.initializer, initializer)
            attention = try registry.check(.attention, attention)
        }

        public func build(_: Void, in registry: Registry) throws -> any Backbone {
            let style = try style(hasBias: true, imageChannels: inChannels, in: registry)
            return ConvMixer(
                width: width, depth: depth, kernel: kernel, patch: patch,
                attention: try registry.build(.attention, from: attention, style), style: style)
        }
    }
}
