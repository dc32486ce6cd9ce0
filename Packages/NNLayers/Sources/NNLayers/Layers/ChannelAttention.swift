import Foundation

/// Effective squeeze and excitation (Lee and Park 2020): rescales the channels of `[N, H, W, C]` by a gate that one
/// dense layer, which keeps all channels, computes from their global averages.
public final class EffectiveSqueezeExcitation: Layer {
    /// Its weight is `[C, C, 1, 1]`.
    @Child("fc") var mixing: Conv2D

    /// Creates a layer of effective squeeze and excitation.
    /// - Parameters:
    ///   - channels: The channels of the feature map.
    ///   - initializer: Draws the weight.
    public init(channels: Int, initializer: any Initializer = .heNormal) {
        mixing = Conv2D(inputChannels: channels, outputChannels: channels, kernel: 1, initializer: initializer)
    }

    /// Rescales the channels of a feature map `[N, H, W, C]`.
    public func forward(_ input: Tensor, context: Context) -> Tensor {
        // The hard sigmoid, min(max(x + 3, 0), 6) / 6.
        input * ((mixing(input.channelMeans, context) + 3).activated(by: .relu6) / 6)
    }
}

/// Squeeze and excitation (Hu et al. 2018): rescales the channels of `[N, H, W, C]` by a gate that two dense layers
/// with a bottleneck between them compute from their global averages. Names are those of timm.
public final class SqueezeExcitation: Layer {
    /// Its weight is `[R, C, 1, 1]`.
    @Child var fc1: Conv2D
    /// Its weight is `[C, R, 1, 1]`.
    @Child var fc2: Conv2D

    /// Creates a layer of squeeze and excitation.
    /// - Parameters:
    ///   - channels: The channels of the feature map.
    ///   - reduction: The ratio of the channels to those of the bottleneck, which are rounded to a multiple of 8 as in
    ///     timm, and at least 8.
    ///   - initializer: Draws the weights.
    public init(channels: Int, reduction: Int = 16, initializer: any Initializer = .heNormal) {
        requireOptions("SqueezeExcitation") { try OptionError.check("reduction", reduction, .size) }
        let reduced = reducedChannels(channels, by: reduction, multipleOf: 8)
        fc1 = Conv2D(inputChannels: channels, outputChannels: reduced, kernel: 1, initializer: initializer)
        fc2 = Conv2D(inputChannels: reduced, outputChannels: channels, kernel: 1, initializer: initializer)
    }

    /// Rescales the channels of a feature map `[N, H, W, C]`.
    public func forward(_ input: Tensor, context: Context) -> Tensor {
        let squeezed = fc1(input.channelMeans, context).activated(by: .relu)
        return input * fc2(squeezed, context).sigmoid()
    }
}

extension SqueezeExcitation {
    /// Options of ``SqueezeExcitation``.
    struct Options: BuildableOptions {
        /// The ratio of the channels to those of the bottleneck.
        var reduction = 16

        /// The defaults.
        init() {}

        func validate() throws { try check("reduction", reduction, .size) }

        func build(_ style: ConvolutionStyle, in registry: Registry) -> (_ channels: Int) -> (any Layer)? {
            { SqueezeExcitation(channels: $0, reduction: reduction, initializer: style.initializer) }
        }
    }
}

/// Efficient channel attention (Wang et al. 2020): rescales the channels of `[N, H, W, C]` by a gate that a convolution
/// across neighboring channels computes from their global averages. Names are those of timm.
public final class EfficientChannelAttention: Layer {
    /// Its weight is `[1, 1, K]`.
    @Child("conv") var convolution: ChannelConvolution

    /// Creates a layer of efficient channel attention.
    /// - Parameters:
    ///   - channels: The channels of the feature map.
    ///   - kernel: How many channels a gate depends on, an odd number; by default
    ///     ``defaultKernel(channels:)``.
    ///   - initializer: Draws the weight.
    public init(channels: Int, kernel: Int? = nil, initializer: any Initializer = .heNormal) {
        require(channels, .count, "EfficientChannelAttention: channels")
        var options = Options()
        options.kernel = kernel
        requireOptions("EfficientChannelAttention", options.validate)
        convolution = ChannelConvolution(
            kernel: kernel ?? Self.defaultKernel(channels: channels), initializer: initializer)
    }

    /// The kernel size of the paper: (log2(channels) + 1) / 2, rounded down and then up to an odd number, and 3 or more.
    public static func defaultKernel(channels: Int) -> Int {
        let size = Int((log2(Double(channels)) + 1) / 2)
        return max(size % 2 == 1 ? size : size + 1, 3)
    }

    /// Rescales the channels of a feature map `[N, H, W, C]`.
    public func forward(_ input: Tensor, context: Context) -> Tensor {
        let gate = convolution(input.globalAveragePooled(), context).sigmoid()
        return input * gate.reshaped([gate.shape[0], 1, 1, gate.shape[-1]])
    }

    /// A convolution of the channels `[N, C]`, which keeps their number.
    final class ChannelConvolution: Layer {
        /// `[1, 1, K]`, the shape of a one-dimensional convolution.
        @Parameter var weight: Tensor

        init(kernel: Int, initializer: any Initializer) {
            _weight = Parameter(shape: [1, 1, kernel], initializer: initializer)
        }

        func forward(_ input: Tensor, context: Context) -> Tensor {
            let (count, channels, kernel) = (input.shape[0], input.shape[-1], $weight.shape[2])
            let padded = input.padded([(0, 0), (kernel / 2, kernel / 2)])
            let neighbors = (0..<kernel).map { offset in
                padded.slice(axis: 1, range: offset..<offset + channels).reshaped([count, channels, 1])
            }
            // As a product: a weight that has no values yet can be an operand, but cannot be reshaped.
            return (Tensor.concatenated(neighbors, axis: 2) * weight).sum(axes: [2]).cast(to: input.dataType)
        }
    }
}

extension EfficientChannelAttention {
    /// Options of ``EfficientChannelAttention``.
    struct Options: BuildableOptions {
        /// How many channels a gate depends on, an odd number; null for the paper's formula of the channels.
        var kernel: Int?

        /// The defaults.
        init() {}

        func validate() throws { if let kernel { try check("kernel", oddKernel: kernel) } }

        func build(_ style: ConvolutionStyle, in registry: Registry) -> (_ channels: Int) -> (any Layer)? {
            { EfficientChannelAttention(channels: $0, kernel: kernel, initializer: style.initializer) }
        }
    }
}

/// The convolutional block attention module (CBAM, Woo et al. 2018): rescales first the channels and then the pixels of
/// `[N, H, W, C]`. Names are those of timm.
///
/// The channels' gate follows from their global averages and maxima, the pixels' gate from the averages and maxima over
/// the channels.
public final class ConvolutionalBlockAttention: Layer {
    @Child var channel: ChannelGate
    @Child var spatial: SpatialGate

    /// Creates an attention module.
    /// - Parameters:
    ///   - channels: The channels of the feature map.
    ///   - reduction: The ratio of the channels to those of the bottleneck, which are at least 1.
    ///   - kernel: The kernel size of the convolution that computes the pixels' gate, an odd number.
    ///   - initializer: Draws the weights.
    public init(channels: Int, reduction: Int = 16, kernel: Int = 7, initializer: any Initializer = .heNormal) {
        var options = Options()
        (options.reduction, options.kernel) = (reduction, kernel)
        requireOptions("ConvolutionalBlockAttention", options.validate)
        channel = ChannelGate(channels: channels, reduction: reduction, initializer: initializer)
        spatial = SpatialGate(kernel: kernel, initializer: initializer)
    }

    /// Rescales the channels and the pixels of a feature map `[N, H, W, C]`.
    public func forward(_ input: Tensor, context: Context) -> Tensor { spatial(channel(input, context), context) }

    /// Rescales the channels.
    final class ChannelGate: Layer {
        @Child var fc1: Conv2D
        @Child var fc2: Conv2D

        init(channels: Int, reduction: Int, initializer: any Initializer) {
            let reduced = reducedChannels(channels, by: reduction, multipleOf: 1)
            fc1 = Conv2D(
                inputChannels: channels, outputChannels: reduced, kernel: 1, hasBias: false, initializer: initializer)
            fc2 = Conv2D(
                inputChannels: reduced, outputChannels: channels, kernel: 1, hasBias: false, initializer: initializer)
        }

        func forward(_ input: Tensor, context: Context) -> Tensor {
            // Both are mapped by the same layers, so they are two pixels of one map.
            let pooled = Tensor.concatenated(
                [input.channelMeans, input.max(axes: [1, 2], keepsDimensions: true)], axis: 2)
            let logits = fc2(fc1(pooled, context).activated(by: .relu), context)
            return input * logits.sum(axes: [2], keepsDimensions: true).sigmoid()
        }
    }

    /// Rescales the pixels.
    final class SpatialGate: Layer {
        @Child("conv") var convolution: ConvNormActivation

        init(kernel: Int, initializer: any Initializer) {
            // A normalization over channels, of which there is one, would leave nothing: this one is always batch norm.
            let style = ConvolutionStyle(initializer: initializer)
            convolution = ConvNormActivation(
                style.convolution(from: 2, to: 1, kernel: Size(kernel)), style: style, activates: false)
        }

        func forward(_ input: Tensor, context: Context) -> Tensor {
            let pooled = Tensor.concatenated(
                [input.mean(axes: [3], keepsDimensions: true), input.max(axes: [3], keepsDimensions: true)], axis: 3)
            return input * convolution(pooled, context).sigmoid()
        }
    }
}

extension ConvolutionalBlockAttention {
    /// Options of ``ConvolutionalBlockAttention``.
    struct Options: BuildableOptions {
        /// The ratio of the channels to those of the bottleneck.
        var reduction = 16
        /// The kernel size of the convolution that computes the pixels' gate, an odd number.
        var kernel = 7

        /// The defaults.
        init() {}

        func validate() throws {
            try check("reduction", reduction, .size)
            try check("kernel", oddKernel: kernel)
        }

        func build(_ style: ConvolutionStyle, in registry: Registry) -> (_ channels: Int) -> (any Layer)? {
            {
                ConvolutionalBlockAttention(
                    channels: $0, reduction: reduction, kernel: kernel, initializer: style.initializer)
            }
        }
    }
}

/// The channels of a bottleneck: channels / reduction, rounded to the nearest multiple, which is the least.
private func reducedChannels(_ channels: Int, by reduction: Int, multipleOf divisor: Int) -> Int {
    max(divisor, Int(Double(channels) / Double(reduction) + Double(divisor) / 2) / divisor * divisor)
}

extension Tensor {
    /// The global average of each channel of `[N, H, W, C]` as a map of one pixel, `[N, 1, 1, C]`.
    fileprivate var channelMeans: Tensor {
        let means = globalAveragePooled()
        return means.reshaped([means.shape[0], 1, 1, means.shape[-1]])
    }
}
