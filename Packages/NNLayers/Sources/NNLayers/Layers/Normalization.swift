/// Batch normalization over all dimensions but the last (Ioffe and Szegedy 2015), like `torch.nn.BatchNorm2d` and
/// `torch.nn.BatchNorm1d`. Keeps the shape of its input, `[N, ..., C]`.
///
/// `y = (x - mean) / √(variance + epsilon) · weight + bias`, with a mean and variance for each channel. Training takes
/// those of the batch, and updates running averages, which inference takes. If the running statistics are frozen, see
/// ``Module/freeze(_:)``, training takes them as well and leaves them unchanged.
public final class BatchNorm: Layer {
    /// The scale, `[C]`; nil without one.
    public let weight: Parameter?
    /// The offset, `[C]`.
    @Parameter public var bias: Tensor
    /// The running average of batch means, `[C]`.
    @Buffer public var runningMean: Tensor
    /// The running average of unbiased batch variances, `[C]`, as in PyTorch.
    @Buffer public var runningVariance: Tensor
    /// The number of batches in the running statistics, `[]` int64.
    @Buffer public var batchCount: Tensor

    /// The weight of a new batch in the running statistics: `running = (1 - momentum) · running + momentum · batch`.
    public let momentum: Float
    /// Added to the variance, so that constant channels do not divide by 0.
    public let epsilon: Float
    /// The scale if there is no parameter; kept because folded filters are cached by its identity.
    private let ones: Tensor

    /// Creates a batch normalization.
    /// - Parameters:
    ///   - channels: C, the last dimension of the input.
    ///   - momentum: The weight of a new batch in the running statistics, from 0 to 1.
    ///   - epsilon: Added to the variance; positive.
    ///   - hasScale: Whether each channel is scaled. Some networks leave the scale out before a ReLU and a convolution,
    ///     which can scale as well.
    ///   - scaleInitializer: Draws the scale; the offset starts at 0.
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

    /// Checks the settings, for configurations and the initializer.
    static func check(momentum: Float, epsilon: Float) throws(OptionError) {
        try OptionError.check("momentum", momentum, .fraction)
        try OptionError.check("epsilon", epsilon, .positive)
    }

    /// The number of channels, C.
    public var channels: Int { $bias.shape[0] }

    /// The scale, `[C]`: the weight, or ones without one.
    public var scale: Tensor { weight?.wrappedValue ?? ones }

    /// Whether a forward pass normalizes with the statistics of the batch.
    func usesBatchStatistics(_ context: Context) -> Bool {
        context.isTraining && $runningMean.isTrainable && $runningVariance.isTrainable
    }

    public func forward(_ input: Tensor, context: Context) -> Tensor {
        forward(input, activation: .identity, context: context)
    }

    /// Normalizes and activates in one operation.
    func forward(_ input: Tensor, activation: Activation, context: Context) -> Tensor {
        let usesBatch = usesBatchStatistics(context)
        let result = input.batchNormalized(
            scale: scale, offset: bias,
            statistics: usesBatch
                ? context.statistics.map { .batches(of: $0) } ?? .batch
                : .running(mean: runningMean, variance: runningVariance),
            epsilon: epsilon, activation: activation)
        if usesBatch, context.updatesBuffers {
            updateStatistics(mean: result.mean, variance: result.variance, sampleCount: result.count)
        }
        return result.output
    }

    /// Updates the running statistics.
    /// - Parameters:
    ///   - mean: `[C]`
    ///   - variance: `[C]`, biased: divided by the number of samples.
    ///   - sampleCount: The number of samples per channel, N · H · W.
    func updateStatistics(mean: Tensor, variance: Tensor, sampleCount: Int) {
        guard !mean.isSymbolic else { return }
        let unbiased = Float(sampleCount) / Float(max(sampleCount - 1, 1))
        $runningMean.update { $0.move(toward: mean, rate: momentum) }
        $runningVariance.update { $0.move(toward: variance * unbiased, rate: momentum) }
        $batchCount.update { $0.withMutableScalars(as: Int64.self) { $0[0] += 1 } }
    }
}

extension BatchNorm {
    /// Options of ``BatchNorm``.
    struct Options: BuildableOptions {
        /// The weight of a new batch in the running statistics, from 0 to 1.
        var momentum: Float = 0.1
        /// Added to the variance; positive.
        var epsilon: Float = 1e-5
        /// Whether each channel is scaled as well as offset.
        var scale = true

        init() {}

        func validate() throws { try BatchNorm.check(momentum: momentum, epsilon: epsilon) }

        func build(_: Void, in registry: Registry) -> (_ channels: Int) -> (any Layer)? {
            { BatchNorm(channels: $0, momentum: momentum, epsilon: epsilon, hasScale: scale) }
        }
    }
}

/// Layer normalization over the last dimension (Ba et al. 2016), like `torch.nn.LayerNorm(channels)`. Keeps the shape of
/// its input, `[..., C]`.
///
/// `y = (x - mean) / √(variance + epsilon) · weight + bias`, with the mean and variance of the C values at each position.
public final class LayerNorm: Layer {
    /// The scale, `[C]`.
    @Parameter public var weight: Tensor
    /// The offset, `[C]`.
    @Parameter public var bias: Tensor

    /// Added to the variance, so that constant positions do not divide by 0.
    public let epsilon: Float

    /// Creates a layer normalization.
    /// - Parameters:
    ///   - channels: C, the last dimension of the input.
    ///   - epsilon: Added to the variance; positive.
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

extension LayerNorm {
    /// Options of ``LayerNorm``.
    struct Options: BuildableOptions {
        /// Added to the variance; positive.
        var epsilon: Float = 1e-5

        init() {}

        func validate() throws { try check("epsilon", epsilon, .positive) }

        func build(_: Void, in registry: Registry) -> (_ channels: Int) -> (any Layer)? {
            { LayerNorm(channels: $0, epsilon: epsilon) }
        }
    }
}
