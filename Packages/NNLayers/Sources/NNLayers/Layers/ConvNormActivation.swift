/// A convolution, a normalization and an activation: the block that networks are made of.
///
/// With batch norm and a built-in activation the three are calculated as one. Its children are named as
/// a published network names them, so that the file of its weights fits:
///
/// ```swift
/// @Child("") var stem: ConvNormActivation  // conv1.weight, bn1.weight, ...
///
/// stem = ConvNormActivation(convolution, names: ("conv1", "bn1"), style: style)
/// ```
public final class ConvNormActivation: Layer {
    @Child public var convolution: Conv2D
    @Child public var normalization: (any Layer)?
    @Child public var activation: any Layer

    /// - Parameters:
    ///   - names: Those of the convolution and the normalization in a state dictionary.
    ///   - activation: `Identity()` where none follows.
    public init(
        _ convolution: Conv2D, normalization: (any Layer)?, activation: any Layer,
        names: (convolution: String, normalization: String) = ("conv", "bn")
    ) {
        _convolution = Child(wrappedValue: convolution, names.convolution)
        _normalization = Child(wrappedValue: normalization, names.normalization)
        self.activation = activation
    }

    /// A convolution with the normalization and the activation of a style.
    /// - Parameter activates: False leaves the activation out.
    public convenience init(
        _ convolution: Conv2D, names: (convolution: String, normalization: String) = ("conv", "bn"),
        style: ConvolutionStyle, activates: Bool = true
    ) {
        self.init(
            convolution, normalization: style.normalization(convolution.outputChannels),
            activation: activates ? style.activation() : Identity(), names: names)
    }

    public func forward(_ input: Tensor, context: Context) -> Tensor {
        forward(input, residual: nil, context: context)
    }

    /// Applies the block to an input, adding a residual before the activation.
    /// - Parameter residual: In the shape of the result.
    public func callAsFunction(_ input: Tensor, residual: Tensor?, _ context: Context) -> Tensor {
        context.observe(self) { forward(input, residual: residual, context: context) }
    }

    private func forward(_ input: Tensor, residual: Tensor?, context: Context) -> Tensor {
        if let norm = normalization as? BatchNorm, let function = Activation(of: activation) {
            return fused(input, residual: residual, norm: norm, activation: function, context: context)
        }
        var result = convolution(input, context)
        if let normalization { result = normalization(result, context) }
        if let residual { result = result + residual }
        return activation(result, context)
    }

    private func fused(
        _ input: Tensor, residual: Tensor?, norm: BatchNorm, activation: Activation, context: Context
    ) -> Tensor {
        let result = input.convolutionNormActivation(
            weight: convolution.weight, bias: convolution.bias?.wrappedValue, strides: convolution.strides,
            padding: convolution.padding, dilations: convolution.dilations, groups: convolution.groups,
            normalization: ChannelNormalization(
                scale: norm.scale, offset: norm.bias, runningMean: norm.runningMean,
                runningVariance: norm.runningVariance, epsilon: norm.epsilon),
            activation: activation, residual: residual, usesBatchStatistics: norm.usesBatchStatistics(context))
        if let mean = result.mean, let variance = result.variance {
            norm.updateStatistics(
                mean: mean, variance: variance, sampleCount: result.output.elementCount / max(norm.channels, 1))
        }
        return result.output
    }
}

/// A normalization and an activation, as they stand before the convolutions of pre-activated networks
/// (He et al. 2016, "Identity Mappings").
///
/// Batch norm and a built-in activation are calculated as one.
public final class NormActivation: Layer {
    @Child public var normalization: (any Layer)?
    @Child public var activation: any Layer

    /// - Parameter name: That of the normalization in a state dictionary.
    public init(channels: Int, name: String = "bn", style: ConvolutionStyle) {
        _normalization = Child(wrappedValue: style.normalization(channels), name)
        activation = style.activation()
    }

    public func forward(_ input: Tensor, context: Context) -> Tensor {
        if let norm = normalization as? BatchNorm, let function = Activation(of: activation) {
            return norm.forward(input, activation: function, context: context)
        }
        return activation(normalization?(input, context) ?? input, context)
    }
}
