@_spi(Kernels) import NNCore

/// A fully connected layer, like `torch.nn.Linear`.
///
/// Maps `[..., I]` to `[..., O]`: `y = x · weightᵀ + bias`.
public final class Linear: QuantizableLayer {
    /// The weight, `[O, I]`.
    @Parameter public var weight: Tensor
    /// The bias, `[O]`; nil without one.
    public let bias: Parameter?
    /// The 8-bit form by which inference calculates; nil for float32. Assign it while no thread predicts.
    public var quantization: LayerQuantization?

    /// Creates a fully connected layer.
    /// - Parameters:
    ///   - inputFeatures: I, the last dimension of the input.
    ///   - outputFeatures: O, the last dimension of the output.
    ///   - hasBias: Whether a bias is added.
    ///   - initializer: Draws the weight; the bias starts at 0.
    public init(
        inputFeatures: Int, outputFeatures: Int, hasBias: Bool = true, initializer: any Initializer = .glorotUniform
    ) {
        require(inputFeatures, .notNegative, "Linear: inputFeatures")
        require(outputFeatures, .notNegative, "Linear: outputFeatures")
        _weight = Parameter(shape: [outputFeatures, inputFeatures], initializer: initializer)
        bias = hasBias ? Parameter(shape: [outputFeatures], initializer: .zeros) : nil
    }

    var weightParameter: Parameter { $weight }

    public func forward(_ input: Tensor, context: Context) -> Tensor {
        calculate(input, context, exact: { input.linear(weight: weight, bias: bias?.wrappedValue) }) { form in
            input.quantizedLinear(weight: form.weight, bias: bias?.value, features: form.input)
        }
    }
}

/// An activation function as a layer, like `torch.nn.ReLU` and the others. Keeps the shape of its input.
public final class ActivationLayer: Layer {
    /// The function.
    public let activation: Activation

    /// Creates a layer that applies an activation function to each element.
    public init(_ activation: Activation) {
        if case .leakyReLU(let slope) = activation { require(slope, .finite, "ActivationLayer: the slope") }
        self.activation = activation
    }

    public func forward(_ input: Tensor, context: Context) -> Tensor { input.activated(by: activation) }
}

extension ActivationLayer {
    /// Options of a leaky ReLU.
    struct LeakyReLUOptions: BuildableOptions {
        /// The slope for negative values.
        var slope: Float = 0.01

        init() {}

        func validate() throws { try check("slope", slope, .finite) }

        func build(_: Void, in registry: Registry) -> () -> any Layer {
            { ActivationLayer(.leakyReLU(slope: slope)) }
        }
    }
}

extension Activation {
    /// The function that a layer applies, for fused operations; nil for a custom layer.
    init?(of layer: any Layer) {
        if layer is Identity {
            self = .identity
        } else if let layer = layer as? ActivationLayer {
            self = layer.activation
        } else {
            return nil
        }
    }
}

/// Dropout (Srivastava et al. 2014), like `torch.nn.Dropout`. Keeps the shape of its input.
///
/// In training, each element is set to 0 with probability p, and the others are multiplied by 1 / (1 - p). Inference
/// returns the input.
public final class Dropout: Layer {
    /// The probability p that an element is dropped.
    public let probability: Float

    /// Creates a dropout layer.
    /// - Parameter probability: From 0 to below 1.
    public init(probability: Float) {
        require(probability, .fractionBelowOne, "Dropout: the probability")
        self.probability = probability
    }

    public func forward(_ input: Tensor, context: Context) -> Tensor {
        guard context.isTraining, probability > 0 else { return input }
        return input.dropped(probability: probability, key: context.nextRandomKey())
    }
}

/// Applies layers in sequence, like `torch.nn.Sequential`.
///
/// In a state dictionary the layers are named `0`, `1`, ...
public final class Sequential: Layer {
    /// The layers, in the order of their application.
    @Child public var layers: [any Layer]

    /// Applies layers in the order of a list, each to the output of the one before.
    public init(_ layers: [any Layer]) { _layers = Child(wrappedValue: layers, "") }

    /// Applies layers in the order in which they are given.
    public convenience init(_ layers: any Layer...) { self.init(layers) }

    public func forward(_ input: Tensor, context: Context) -> Tensor {
        layers.reduce(input) { $1($0, context) }
    }
}

/// Returns its input, like `torch.nn.Identity`.
public final class Identity: Layer {
    /// Creates an identity layer.
    public init() {}

    public func forward(_ input: Tensor, context: Context) -> Tensor { input }
}

/// Joins all dimensions but the first, like `torch.nn.Flatten`: `[N, H, W, C]` to `[N, H · W · C]`.
///
/// The order of the values is that of channels-last images, and differs from PyTorch's.
public final class Flatten: Layer {
    /// Creates a flattening layer.
    public init() {}

    public func forward(_ input: Tensor, context: Context) -> Tensor {
        input.reshaped([input.shape[0], input.elementCount / max(input.shape[0], 1)])
    }
}
