// The code of the article WritingAPlugin, see DocumentationTests.
import NNLayers
import NNTesting
import Testing

/// Strided 3x3 convolutions, one for each stage. Stage i has the stride 2^(i + 1).
public final class PlainNet: Backbone {
    @Child public var stages: [ConvNormActivation]
    public let features: [FeatureInfo]
    public let inputChannels: Int

    /// - Parameters:
    ///   - widths: The channels of each stage.
    ///   - style: The normalization, the activation and the initial weights.
    public init(widths: [Int] = [16, 32, 64], style: ConvolutionStyle = ConvolutionStyle()) {
        var options = Options()
        options.widths = widths
        requireOptions("PlainNet", options.validate)
        features = widths.enumerated().map { FeatureInfo(channels: $1, stride: 2 << $0) }
        inputChannels = style.imageChannels
        var channels = style.imageChannels
        stages = widths.map { width in
            defer { channels = width }
            return ConvNormActivation(
                style.convolution(from: channels, to: width, kernel: 3, strides: 2), style: style)
        }
    }

    public func forward(_ images: Tensor, context: Context) -> [Feature] {
        var map = images
        return stages.map { stage in
            map = stage(map, context)
            return Feature(map)
        }
    }
}

extension PlainNet {
    /// Options of ``PlainNet``.
    public struct Options: BuildableOptions, ConvolutionOptions {
        /// The channels of each stage.
        public var widths = [16, 32, 64]
        public var normalization: ConfigNode = "batch_norm"
        public var activation: ConfigNode = "relu"
        public var initializer: ConfigNode = "he_normal"

        public init() {}

        public func validate() throws { try check("widths", each: widths, .size) }

        public func build(_: Void, in registry: Registry) throws -> any Backbone {
            PlainNet(widths: widths, style: try style(in: registry))
        }
    }
}

/// Makes ``PlainNet`` available to configurations.
public struct PlainNetPlugin: Plugin {
    public let name = "PlainNet"

    public init() {}

    public func register(into registry: Registry) throws {
        try registry.register(.backbone, "plain", summary: "strided 3x3 convolutions", PlainNet.Options.self)
    }
}

@Test func plainNetConforms() throws { try checkBackbone(PlainNet(widths: [4, 6])) }

@Test func plainNetIsBuiltByName() throws {
    let registry = try Registry(plugins: [LayersPlugin(), PlainNetPlugin()])
    let backbone = try registry.build(.backbone, from: ["type": "plain", "widths": [4, 6, 8]])
    #expect(backbone.features.map(\.channels) == [4, 6, 8])
}

@Test func plainNetRejectsInvalidWidths() throws {
    let registry = try Registry(plugins: [LayersPlugin(), PlainNetPlugin()])
    let error = #expect(throws: ConfigError.self) {
        try registry.check(.backbone, ["type": "plain", "widths": [4, 0]])
    }
    #expect(error?.description == "widths: must be positive, not 0")
}
