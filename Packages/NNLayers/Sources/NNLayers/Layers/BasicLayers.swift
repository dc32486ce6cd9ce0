/// A dense layer: `[..., I]` to `[..., O]`.
public final class Linear: Layer {
    /// `[O, I]`
    @Parameter public var weight: Tensor
    /// `[O]`
    public let bias: Parameter?

    public init(
        inputFeatures: Int, outputFeatures: Int, hasBias: Bool = true, initializer: any Initializer = .glorotUniform
    ) {
        require(inputFeatures, .notNegative, "Linear: inputFeatures")
        require(outputFeatures, .notNegative, "Linear: outputFeatures")
        _weight = Parameter(shape: [outputFeatures, inputFeatures], initializer: initializer)
        bias = hasBias ? Parameter(shape: [outputFeatures], initializer: .zeros) : nil
    }

    public func forward(_ input: Tensor, context: Context) -> Tensor {
        input.linear(weight: weight, bias: bias?.wrappedValue)
    }
}

/// An activation function as a layer.
public final class ActivationLayer: Layer {
    public let activation: Activation

    public init(_ activation: Activation) {
        if case .leakyReLU(let slope) = activation { require(slope, .finite, "ActivationLayer: the slope") }
        self.activation = activation
    }

    public func forward(_ input: Tensor, context: Context) -> Tensor { input.activated(by: activation) }
}

extension Activation {
    /// The function that a layer applies, for calculations that do several steps in one pass; nil for a
    /// layer of somebody's own.
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

/// Sets elements to zero at random in training and scales up the others to keep the mean
/// (Srivastava et al. 2014).
public final class Dropout: Layer {
    /// The part of the elements that is dropped.
    public let probability: Float

    public init(probability: Float) {
        require(probability, .fractionBelowOne, "Dropout: the probability")
        self.probability = probability
    }

    public func forward(_ input: Tensor, context: Context) -> Tensor {
        guard context.isTraining, probability > 0 else { return input }
        return input.dropped(probability: probability, key: context.nextRandomKey())
    }
}

/// Layers one after the other, named `0`, `1`, ...
public final class Sequential: Layer {
    @Child public var layers: [any Layer]

    public init(_ layers: [any Layer]) { _layers = Child(wrappedValue: layers, "") }
    public convenience init(_ layers: any Layer...) { self.init(layers) }

    public func forward(_ input: Tensor, context: Context) -> Tensor {
        layers.reduce(input) { $1($0, context) }
    }
}

/// Hands its input on.
public final class Identity: Layer {
    public init() {}

    public func forward(_ input: Tensor, context: Context) -> Tensor { input }
}

/// Joins all dimensions but the first: `[N, ...]` to `[N, product]`.
public final class Flatten: Layer {
    public init() {}

    public func forward(_ input: Tensor, context: Context) -> Tensor {
        input.reshaped([input.shape[0], input.elementCount / max(input.shape[0], 1)])
    }
}
