@_spi(Kernels) import NNCore

/// A convolution, a normalization and an activation: the basic block of convolutional networks.
///
/// Maps `[N, H, W, C]` to `[N, H', W', O]`, with the size of the ``Conv2D``. With batch norm and a built-in activation
/// the three run as one fused operation. The children have the names of the published network, so that its weight files
/// match:
///
/// ```swift
/// @Child("") var stem: ConvNormActivation  // conv1.weight, bn1.weight, ...
///
/// stem = ConvNormActivation(convolution, names: ("conv1", "bn1"), style: style)
/// ```
public final class ConvNormActivation: Layer {
    /// The convolution.
    @Child public var convolution: Conv2D
    /// The normalization; nil without one.
    @Child public var normalization: (any Layer)?
    /// The activation; an ``Identity`` without one.
    @Child public var activation: any Layer

    /// Creates a block from its parts.
    /// - Parameters:
    ///   - convolution: The convolution.
    ///   - normalization: The normalization; nil for none.
    ///   - activation: The activation; `Identity()` for none.
    ///   - names: The names of the convolution and the normalization in a state dictionary.
    public init(
        _ convolution: Conv2D, normalization: (any Layer)?, activation: any Layer,
        names: (convolution: String, normalization: String) = ("conv", "bn")
    ) {
        _convolution = Child(wrappedValue: convolution, names.convolution)
        _normalization = Child(wrappedValue: normalization, names.normalization)
        self.activation = activation
    }

    /// Creates a block with the normalization and the activation of a style.
    /// - Parameters:
    ///   - convolution: The convolution.
    ///   - names: The names of the convolution and the normalization in a state dictionary.
    ///   - style: The normalization and the activation.
    ///   - activates: Whether the activation follows.
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

    /// Applies the block, adding a residual before the activation.
    /// - Parameters:
    ///   - input: `[N, H, W, C]`
    ///   - residual: `[N, H', W', O]`; nil for none.
    ///   - context: The settings of the forward pass.
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
        // What is normalized by the batch cannot be multiplied into the filters.
        let isFolded = context.isTraining || !norm.usesBatchStatistics(context)
        let statistics = ChannelNormalization(
            scale: norm.scale, offset: norm.bias, runningMean: norm.runningMean,
            runningVariance: norm.runningVariance, epsilon: norm.epsilon)
        func calculate() -> Tensor {
            exact(input, residual: residual, norm: norm, statistics, activation: activation, context: context)
        }
        guard isFolded else { return calculate() }
        return convolution.forward(
            input, residual: residual, normalization: statistics, activation: activation, context: context,
            exact: calculate)
    }

    private func exact(
        _ input: Tensor, residual: Tensor?, norm: BatchNorm, _ statistics: ChannelNormalization,
        activation: Activation, context: Context
    ) -> Tensor {
        let result = input.convolutionNormActivation(
            weight: convolution.weight, bias: convolution.bias?.wrappedValue, strides: convolution.strides,
            padding: convolution.padding, dilations: convolution.dilations, groups: convolution.groups,
            normalization: statistics, activation: activation, residual: residual,
            usesBatchStatistics: norm.usesBatchStatistics(context), exchange: context.statistics)
        if context.updatesBuffers, let mean = result.mean, let variance = result.variance {
            norm.updateStatistics(mean: mean, variance: variance, sampleCount: result.count)
        }
        return result.output
    }
}

/// A normalization and an activation, as before the convolutions of pre-activation networks (He et al. 2016, "Identity
/// Mappings"). Keeps the shape of its input, `[N, H, W, C]`.
///
/// Batch norm and a built-in activation run as one fused operation.
public final class NormActivation: Layer {
    /// The normalization; nil without one.
    @Child public var normalization: (any Layer)?
    /// The activation.
    @Child public var activation: any Layer

    /// Creates a normalization and an activation.
    /// - Parameters:
    ///   - channels: The number of channels, C.
    ///   - name: The name of the normalization in a state dictionary.
    ///   - style: The normalization and the activation.
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
