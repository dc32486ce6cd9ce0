/// A layer of feature maps, with what the layers after it must know of its result: a component of kind `layer`.
public struct ImageLayer {
    /// Maps `[N, H, W, C]` to `[N, H', W', O]`.
    public var layer: any Layer
    /// The channels of the result, O.
    public var channels: Int
    /// The height and width of the input divided by those of the result; a positive integer.
    public var stride: Int

    /// Describes a layer.
    /// - Parameters:
    ///   - layer: Maps `[N, H, W, C]` to `[N, H', W', O]`.
    ///   - channels: The channels of the result, O.
    ///   - stride: The size of the input divided by that of the result.
    public init(_ layer: any Layer, channels: Int, stride: Int = 1) {
        require(channels, .count, "ImageLayer: channels")
        require(stride, .size, "ImageLayer: stride")
        self.layer = layer
        self.channels = channels
        self.stride = stride
    }
}

/// What a component of kind `layer` must know of the network.
public struct LayerEnvironment {
    /// The channels of the input.
    public var channels: Int
    /// The settings of the network's convolutions.
    public var style: ConvolutionStyle

    /// Describes the place of a layer.
    /// - Parameters:
    ///   - channels: The channels of the input.
    ///   - style: The settings of the network's convolutions.
    public init(channels: Int, style: ConvolutionStyle = ConvolutionStyle()) {
        self.channels = channels
        self.style = style
    }
}

extension ImageLayer {
    /// A layer that a configuration names.
    public typealias Named = Component<LayerEnvironment, ImageLayer>
}

extension Registry {
    /// Checks the layers of a list, see ``resolve(_:_:)``.
    /// - Throws: ``ConfigError`` with the problems of all of them.
    public func resolve(_ layers: [ImageLayer.Named]) throws(ConfigError) -> [ImageLayer.Named] {
        var problems: [ConfigError.Problem] = []
        var resolved: [ImageLayer.Named] = []
        for layer in layers {
            do throws(ConfigError) {
                resolved.append(try resolve(.layer, layer))
            } catch {
                problems += error.problems
            }
        }
        if !problems.isEmpty { throw ConfigError(problems) }
        return resolved
    }

    /// Builds a sequence of layers, each for the channels of the one before.
    /// - Throws: ``ConfigError`` for unknown names, invalid options, and layers that do not fit.
    public func build(
        _ layers: [ImageLayer.Named], _ environment: LayerEnvironment
    ) throws(ConfigError) -> [ImageLayer] {
        var environment = environment
        var result: [ImageLayer] = []
        for layer in layers {
            let made = try build(.layer, layer, environment)
            result.append(made)
            environment.channels = made.channels
        }
        return result
    }
}

/// Adds what a sequence of layers makes of a feature map to the map itself (He et al. 2016). Keeps the shape of its input.
public final class Residual: Layer {
    /// The layers, which keep the shape of their input together.
    @Child public var layers: Sequential

    /// Creates a residual connection around layers.
    public init(_ layers: [any Layer]) { self.layers = Sequential(layers) }

    public var isCheckpointed: Bool { true }

    public func forward(_ input: Tensor, context: Context) -> Tensor { input + layers(input, context) }
}
