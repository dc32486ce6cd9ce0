import NNLayers

/// The network of one-shot aggregation (Lee et al. 2019; second version: Lee and Park 2020), with the
/// names of timm.
///
/// A stem of three 3x3 convolutions, then stages of modules, each stage after a 3x3 max pool of stride 2.
///
/// ```swift
/// VoVNet(depth: 57)
/// VoVNet(  // timm's ese_vovnet39b
///     depth: 39, stemStride: 4, padsPools: false, concatenatesInput: true, isResidual: true,
///     attention: { EffectiveSqueezeExcitation(channels: $0) }, style: ConvolutionStyle())
/// ```
public final class VoVNet: Backbone {
    /// The width and depth of a network.
    public struct Layout: Hashable, Sendable {
        /// Modules of one size.
        public struct Stage: Hashable, Sendable {
            /// The number of modules.
            public var moduleCount: Int
            /// The channels of each 3x3 convolution.
            public var width: Int
            /// The channels of a module's result.
            public var channels: Int

            /// - Parameters:
            ///   - moduleCount: The number of modules.
            ///   - width: The channels of each 3x3 convolution.
            ///   - channels: The channels of a module's result.
            public init(moduleCount: Int, width: Int, channels: Int) {
                self.moduleCount = moduleCount
                self.width = width
                self.channels = channels
            }
        }

        /// The channels of the three convolutions of the stem.
        public var stem: [Int]
        /// The stages, from fine to coarse.
        public var stages: [Stage]
        /// The number of 3x3 convolutions in a module.
        public var convolutionCount: Int

        /// - Parameters:
        ///   - stem: The channels of the three convolutions of the stem.
        ///   - stages: The stages, from fine to coarse.
        ///   - convolutionCount: The number of 3x3 convolutions in a module.
        public init(stem: [Int] = [64, 64, 128], stages: [Stage], convolutionCount: Int = 5) {
            self.stem = stem
            self.stages = stages
            self.convolutionCount = convolutionCount
        }

        /// The published networks of full width, by depth.
        public static let published = [
            19: layout([1, 1, 1, 1], convolutionCount: 3), 39: layout([1, 1, 2, 2]), 57: layout([1, 1, 4, 3]),
            99: layout([1, 3, 9, 3]),
        ]

        /// The published slim networks, by depth.
        public static let publishedSlim = [
            // The network of 19 layers, which is the later one, is narrower in its first stage.
            19: layout([1, 1, 1, 1], slimChannels: [112, 256, 384, 512], convolutionCount: 3),
            27: layout([1, 1, 1, 1], slimChannels: [128, 256, 384, 512]),
        ]

        private static func layout(
            _ moduleCounts: [Int], slimChannels: [Int]? = nil, convolutionCount: Int = 5
        ) -> Layout {
            let widths = slimChannels == nil ? [128, 160, 192, 224] : [64, 80, 96, 112]
            let channels = slimChannels ?? [256, 512, 768, 1024]
            return Layout(
                stages: moduleCounts.indices.map {
                    Stage(moduleCount: moduleCounts[$0], width: widths[$0], channels: channels[$0])
                },
                convolutionCount: convolutionCount)
        }

        /// - Throws: `OptionError` that lists the depths, where there is no such network.
        fileprivate static func published(depth: Int, isSlim: Bool) throws(OptionError) -> Layout {
            isSlim
                ? try publishedSlim.layout(ofDepth: depth, of: "a slim network")
                : try published.layout(ofDepth: depth, of: "a network that is not slim")
        }
    }

    @Child var stem: [any Layer]
    @Child var stages: [VoVNetStage]

    /// Strides 4, 8, 16 and 32, none beyond the output stride.
    public let features: [FeatureInfo]
    /// The channels of the images.
    public let inputChannels: Int
    /// Which pools there are, how they are padded, and what modules add and concatenate.
    public let weightOptions: [String: String]

    /// A published network.
    /// - Parameters:
    ///   - depth: The number of convolutions: 19, 39, 57 or 99, slim 19 or 27.
    ///   - isSlim: Whether the network is about half as wide.
    ///   - stemStride: 2, with a pool before every stage; or 4, where the third convolution is strided instead of a
    ///     pool before the first stage.
    ///   - padsPools: Whether pools are padded by a pixel; if not, their last window may reach over the
    ///     edge instead, as in timm.
    ///   - concatenatesInput: Whether modules concatenate their input too, as in the paper.
    ///   - isResidual: Whether every module of a stage but the first adds its input to its result.
    ///   - attention: Makes the attention at the end of each stage.
    ///   - isSeparable: Whether 3x3 convolutions but the first are separable, as in timm's `ese_vovnet19b_dw`; modules
    ///     then map their input to their width by a 1x1 convolution.
    ///   - outputStride: 8, 16 or 32; strides beyond it are replaced by dilation.
    ///   - style: The normalization, activation, initializer, biases and image channels.
    public convenience init(
        depth: Int = 57, isSlim: Bool = false, stemStride: Int = 2, padsPools: Bool = true,
        concatenatesInput: Bool = false, isResidual: Bool = false,
        attention: (_ channels: Int) -> (any Layer)? = { _ in nil }, isSeparable: Bool = false,
        outputStride: Int = 32, style: ConvolutionStyle = VoVNet.defaultStyle
    ) {
        var layout = requireOptions("VoVNet") { try Layout.published(depth: depth, isSlim: isSlim) }
        if isSeparable { layout.stem[2] = 64 }
        self.init(
            layout: layout, stemStride: stemStride, padsPools: padsPools, concatenatesInput: concatenatesInput,
            isResidual: isResidual, attention: attention, isSeparable: isSeparable, outputStride: outputStride,
            style: style)
    }

    /// A network of any width and depth; other parameters as of a published network.
    public init(
        layout: Layout, stemStride: Int = 2, padsPools: Bool = true, concatenatesInput: Bool = false,
        isResidual: Bool = false, attention: (_ channels: Int) -> (any Layer)? = { _ in nil },
        isSeparable: Bool = false, outputStride: Int = 32, style: ConvolutionStyle = VoVNet.defaultStyle
    ) {
        require(layout.stem.count == 3, "VoVNet: a stem of \(layout.stem.count) convolutions, not 3")
        requireOptions("VoVNet") {
            try OptionError.check("stages.moduleCount", counts: layout.stages.map(\.moduleCount), atLeast: 1)
            try OptionError.check("stages.width", widths: layout.stages.map(\.width))
            try OptionError.check("stages.channels", widths: layout.stages.map(\.channels))
            try OptionError.check("convolutionCount", count: layout.convolutionCount, atLeast: 1)
            try OptionError.check("stem", widths: layout.stem)
            try OptionError.check("stem_stride", stemStride, oneOf: [2, 4])
        }
        self.inputChannels = style.imageChannels
        weightOptions = [
            "stem_stride": "\(stemStride)", "pads_pools": "\(padsPools)", "concatenates_input": "\(concatenatesInput)",
            "residual": "\(isResidual)",
        ]
        var channels = style.imageChannels
        var stem: [any Layer] = []
        for (width, stride) in zip(layout.stem, [2, 1, stemStride / 2]) {
            stem.append(
                style.vovnetConvolution(
                    from: channels, to: width, stride: stride, isSeparable: isSeparable && !stem.isEmpty))
            channels = width
        }
        var stages: [VoVNetStage] = []
        var features: [FeatureInfo] = []
        var strides = OutputStride(outputStride)
        _ = strides.apply(stemStride)
        for stage in layout.stages {
            var pool: VoVNetStage.Pool?
            if stemStride == 2 || !stages.isEmpty {
                let dilation = strides.dilation
                pool = VoVNetStage.Pool(stride: strides.apply(2), dilation: dilation, isPadded: padsPools)
            }
            let blocks = (0..<stage.moduleCount).map { index in
                let isLast = index == stage.moduleCount - 1
                return OneShotAggregation(
                    from: index == 0 ? channels : stage.channels, width: stage.width, to: stage.channels,
                    convolutionCount: layout.convolutionCount, dilation: strides.dilation,
                    concatenatesInput: concatenatesInput, isResidual: isResidual && index > 0,
                    attention: isLast ? attention(stage.channels) : nil, isSeparable: isSeparable, style: style)
            }
            stages.append(VoVNetStage(pool: pool, blocks: blocks))
            features.append(FeatureInfo(channels: stage.channels, stride: strides.reached))
            channels = stage.channels
        }
        self.stem = stem
        self.stages = stages
        self.features = features
    }

    /// Batch norm, Mish and He initialization by the number of inputs.
    public static var defaultStyle: ConvolutionStyle { ConvolutionStyle(activation: .mish) }

    /// Computes the feature maps of images `[N, H, W, C]`.
    public func forward(_ images: Tensor, context: Context) -> [Feature] {
        var map = images
        for convolution in stem { map = convolution(map, context) }
        return stages.map { stage in
            map = stage(map, context)
            return Feature(map)
        }
    }
}

extension VoVNet {
    /// Options of ``VoVNet``.
    struct Options: BuildableOptions, ConvolutionOptions {
        /// The number of convolutions: 19, 39, 57 or 99, slim 19 or 27.
        var depth = 57
        /// Whether the network is about half as wide.
        var slim = false
        /// 2, with a max pool before every stage, or 4, with a strided convolution instead of the first pool.
        var stemStride = 2
        /// Whether pools are padded; if not, their last window may reach over the edge, as in timm.
        var padsPools = true
        /// Whether modules concatenate their input too, as in the paper.
        var concatenatesInput = false
        /// Whether modules add their input to their result, all but the first of a stage (Lee and Park 2020).
        var residual = false
        /// The attention at the end of each stage, `ese` in the second version (Lee and Park 2020).
        var attention: ConfigNode = "none"
        /// Whether 3x3 convolutions but the first are separable, as in timm's `ese_vovnet19b_dw`.
        var separable = false
        /// The largest stride of a feature map: 8, 16 or 32; strides beyond it are replaced by dilation.
        var outputStride = 32
        /// Whether convolutions have biases although a normalization follows.
        var convBias = false
        /// The channels of images: 3 for RGB, 1 for their luminance.
        var inChannels = 3
        var normalization: ConfigNode = "batch_norm"
        var activation: ConfigNode = "mish"
        var initializer: ConfigNode = "he_normal"

        /// The defaults.
        init() {}

        func validate() throws {
            _ = try Layout.published(depth: depth, isSlim: slim)
            try check("stem_stride", stemStride, oneOf: [2, 4])
            try check("output_stride", outputStride, oneOf: OutputStride.choices)
            try check("in_channels", inChannels, .size)
        }

        func build(_: Void, in registry: Registry) throws -> any Backbone {
            let style = try style(hasBias: convBias, imageChannels: inChannels, in: registry)
            return VoVNet(
                depth: depth, isSlim: slim, stemStride: stemStride, padsPools: padsPools,
                concatenatesInput: concatenatesInput, isResidual: residual,
                attention: try registry.build(.attention, from: attention, style), isSeparable: separable,
                outputStride: outputStride, style: style)
        }
    }
}
