import NNLayers

/// A backbone of layers in sequence, in stages that each end with a feature: a network that a configuration spells out.
///
/// ```yaml
/// backbone:
///   type: sequential
///   stages:
///     - [{type: convolution, channels: 32, stride: 2}, convolution]
///     - [max_pool, {type: convolution, channels: 64}, {type: residual, layers: [convolution, convolution]}]
/// ```
public final class SequentialBackbone: Backbone {
    @Child var stages: [Sequential]

    /// The result of each stage.
    public let features: [FeatureInfo]
    /// The channels of the images.
    public let inputChannels: Int

    /// A backbone of layers.
    /// - Parameters:
    ///   - stages: The layers of each stage, with the channels and strides of their results; one or more stages.
    ///   - imageChannels: The channels of the images.
    public convenience init(stages: [[ImageLayer]], imageChannels: Int = 3) {
        let features = requireOptions("SequentialBackbone") {
            try OptionError.check("image_channels", imageChannels, .size)
            return try Self.features(of: stages)
        }
        self.init(stages, features, imageChannels: imageChannels)
    }

    private init(_ stages: [[ImageLayer]], _ features: [FeatureInfo], imageChannels: Int) {
        inputChannels = imageChannels
        self.features = features
        self.stages = stages.map { Sequential($0.map(\.layer)) }
    }

    /// The results of the stages.
    /// - Throws: `OptionError` for a stage without layers, and a stride that no image has.
    fileprivate static func features(of stages: [[ImageLayer]]) throws(OptionError) -> [FeatureInfo] {
        try check(stages.map(\.count))
        var stride = 1
        var features: [FeatureInfo] = []
        for (index, layers) in stages.enumerated() {
            for layer in layers {
                stride *= layer.stride
                if stride > 65_536 {
                    throw OptionError("stages.\(index)", "must have strides whose product is at most 65536")
                }
            }
            features.append(FeatureInfo(channels: layers[layers.count - 1].channels, stride: stride))
        }
        return features
    }

    /// - Parameter counts: The number of layers of each stage.
    fileprivate static func check(_ counts: [Int]) throws(OptionError) {
        if counts.isEmpty { throw OptionError("stages", "must list the layers of one or more stages") }
        for (index, count) in counts.enumerated() where count == 0 {
            throw OptionError("stages.\(index)", "must list one or more layers")
        }
    }

    /// Computes the feature maps of images `[N, H, W, C]`.
    public func forward(_ images: Tensor, context: Context) -> [Feature] {
        var map = images
        return stages.map { stage in
            map = context.checkpointed([stage], map)
            return Feature(map)
        }
    }
}

extension SequentialBackbone {
    /// Options of ``SequentialBackbone``.
    struct Options: BuildableOptions, ConvolutionOptions {
        /// The layers of each stage, components of kind `layer`. The result of a stage is a feature for the head.
        var stages: [[ImageLayer.Named]] = [32, 64, 128, 256].map {
            [["type": "convolution", "channels": ConfigNode(.integer($0)), "stride": 2], "convolution"]
        }
        /// Whether convolutions have biases although a normalization follows.
        var convBias = false
        /// The channels of images: 3 for RGB, 1 for their luminance.
        var inChannels = 3
        var normalization: ConfigNode = "batch_norm"
        var activation: ConfigNode = "relu"
        var initializer: ConfigNode = "he_normal"

        /// The defaults.
        init() {}

        func validate() throws {
            try SequentialBackbone.check(stages.map(\.count))
            try check("in_channels", inChannels, .size)
        }

        mutating func resolveComponents(in registry: Registry) throws {
            var problems: [ConfigError.Problem] = []
            for index in stages.indices {
                do throws(ConfigError) {
                    stages[index] = try registry.resolve(stages[index])
                } catch {
                    problems += error.problems
                }
            }
            if !problems.isEmpty { throw ConfigError(problems) }
        }

        func build(_: Void, in registry: Registry) throws -> any Backbone {
            let style = try style(hasBias: convBias, imageChannels: inChannels, in: registry)
            var channels = inChannels
            let made = try stages.map { layers in
                let made = try registry.build(layers, LayerEnvironment(channels: channels, style: style))
                channels = made.last?.channels ?? channels
                return made
            }
            return SequentialBackbone(made, try SequentialBackbone.features(of: made), imageChannels: inChannels)
        }
    }
}
