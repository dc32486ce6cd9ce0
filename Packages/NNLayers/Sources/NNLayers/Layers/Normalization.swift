/// Batch normalization of the last dimension (Ioffe and Szegedy 2015).
///
/// Training normalizes with the mean and variance of the batch and follows them with running
/// averages, which inference normalizes with. Where the statistics are frozen, see
/// ``Module/freeze(_:)``, training uses the running ones too and leaves them alone.
public final class BatchNorm: Layer {
    /// `[C]`: the scale; nil where there is none.
    public let weight: Parameter?
    /// `[C]`: the offset.
    @Parameter public var bias: Tensor
    /// `[C]`
    @Buffer public var runningMean: Tensor
    /// `[C]`: an average of unbiased variances, as PyTorch keeps it.
    @Buffer public var runningVariance: Tensor
    /// `[]` int64: how many batches the running statistics have seen.
    @Buffer public var batchCount: Tensor

    /// The part of each new batch in the running statistics.
    public let momentum: Float
    /// Added to the variance, so that no constant channel is divided by zero.
    public let epsilon: Float
    /// The scale where there is no parameter, kept because filters that it was folded into are known by it.
    private let ones: Tensor

    /// - Parameter hasScale: False leaves the scale out, as some networks do before a ReLU and a convolution,
    ///   which can scale as well.
    public init(
        channels: Int, momentum: Float = 0.1, epsilon: Float = 1e-5, hasScale: Bool = true,
        scaleInitializer: any Initializer = .ones
    ) {
        requireOptions("BatchNorm") {
            try OptionError.check("channels", channels, .notNegative)
            try Self.check(momentum: momentum, epsilon: epsilon)
        }
        weight = hasScale ? Parameter(shape: [channels], initializer: scaleInitializer) : nil
        ones = .ones(hasScale ? [0] : [channels])
        _bias = Parameter(shape: [channels], initializer: .zeros)
        _runningMean = Buffer(wrappedValue: .zeros([channels]), "running_mean")
        _runningVariance = Buffer(wrappedValue: .ones([channels]), "running_var")
        _batchCount = Buffer(wrappedValue: Tensor(scalar: Int64(0)), "num_batches_tracked")
        self.momentum = momentum
        self.epsilon = epsilon
    }

    /// What configurations and initializers refuse alike.
    static func check(momentum: Float, epsilon: Float) throws(OptionError) {
        try OptionError.check("momentum", momentum, .fraction)
        try OptionError.check("epsilon", epsilon, .positive)
    }

    public var channels: Int { $bias.shape[0] }

    /// `[C]`: the weight, or ones.
    public var scale: Tensor { weight?.wrappedValue ?? ones }

    /// Whether this run normalizes with the statistics of the batch.
    public func usesBatchStatistics(_ context: Context) -> Bool {
        context.isTraining && $runningMean.isTrainable && $runningVariance.isTrainable
    }

    public func forward(_ input: Tensor, context: Context) -> Tensor {
        forward(input, activation: .identity, context: context)
    }

    /// Normalizes and activates in one pass.
    func forward(_ input: Tensor, activation: Activation, context: Context) -> Tensor {
        let usesBatch = usesBatchStatistics(context)
        let result = input.batchNormalized(
            scale: scale, offset: bias,
            statistics: usesBatch ? .batch : .running(mean: runningMean, variance: runningVariance),
            epsilon: epsilon, activation: activation)
        if usesBatch {
            updateStatistics(
                mean: result.mean, variance: result.variance, sampleCount: input.elementCount / max(channels, 1))
        }
        return result.output
    }

    /// Follows the statistics of a batch.
    ///
    /// - Parameters:
    ///   - mean: `[C]`
    ///   - variance: `[C]`, biased: divided by the number of samples.
    ///   - sampleCount: The number of samples a channel, N · H · W.
    func updateStatistics(mean: Tensor, variance: Tensor, sampleCount: Int) {
        guard !mean.isSymbolic else { return }
        let unbiased = Float(sampleCount) / Float(max(sampleCount - 1, 1))
        $runningMean.update { $0.move(toward: mean, rate: momentum) }
        $runningVariance.update { $0.move(toward: variance * unbiased, rate: momentum) }
        $batchCount.update { $0.withMutableScalars(as: Int64.self) { $0[0] += 1 } }
    }
}

/// Normalization of each position over its channels, the last dimension (Ba et al. 2016).
public final class LayerNorm: Layer {
    /// `[C]`: the scale.
    @Parameter public var weight: Tensor
    /// `[C]`: the offset.
    @Parameter public var bias: Tensor

    /// Added to the variance.
    public let epsilon: Float

    public init(channels: Int, epsilon: Float = 1e-5) {
        requireOptions("LayerNorm") {
            try OptionError.check("channels", channels, .notNegative)
            try OptionError.check("epsilon", epsilon, .positive)
        }
        _weight = Parameter(shape: [channels], initializer: .ones)
        _bias = Parameter(shape: [channels], initializer: .zeros)
        self.epsilon = epsilon
    }

    public func forward(_ input: Tensor, context: Context) -> Tensor {
        input.layerNormalized(scale: weight, offset: bias, epsilon: epsilon)
    }
}
