/// The parameters and statistics of a batch normalization after a convolution.
@_spi(Kernels) public struct ChannelNormalization: Sendable {
    // Sendable: tensors are values.
    /// `[O]`, float32: what each normalized channel is multiplied by.
    public var scale: Tensor
    /// `[O]`, float32: added after the multiplication.
    public var offset: Tensor
    /// `[O]`, float32: subtracted from each channel.
    public var runningMean: Tensor
    /// `[O]`, float32: each channel is divided by its square root.
    public var runningVariance: Tensor
    /// Added to the variance.
    public var epsilon: Float

    /// The normalization `(x - runningMean) / sqrt(runningVariance + epsilon) * scale + offset` of each channel.
    public init(
        scale: Tensor, offset: Tensor, runningMean: Tensor, runningVariance: Tensor, epsilon: Float = 1e-5
    ) {
        self.scale = scale
        self.offset = offset
        self.runningMean = runningMean
        self.runningVariance = runningVariance
        self.epsilon = epsilon
    }
}

/// A convolution into whose filters the normalization that follows was multiplied.
private struct FoldedConvolution: Sendable {
    let weight: Tensor
    let bias: Tensor
    /// What it was made from, kept alive so that an equal storage means equal values.
    let normalization: ChannelNormalization
    let convolutionBias: Tensor?

    init(weight: Tensor, bias: Tensor?, normalization: ChannelNormalization) {
        let factors = zip(normalization.scale.floats, normalization.runningVariance.floats)
            .map { $0 / ($1 + normalization.epsilon).squareRoot() }
        let biases = bias?.floats ?? [Float](repeating: 0, count: factors.count)
        let (means, offsets) = (normalization.runningMean.floats, normalization.offset.floats)
        let folded = Tensor(uninitialized: weight.shape)
        let filterLength = weight.elementCount / max(factors.count, 1)
        nonisolated(unsafe) let source = weight.unsafePointer.assumingMemoryBound(to: Float.self)
        nonisolated(unsafe) let target = folded.unsafePointer.assumingMemoryBound(to: Float.self)
        Engine.parallel(factors.count, grain: max((1 << 14) / max(filterLength, 1), 1)) { outputs in
            for output in outputs {
                let factor = factors[output]
                let filter = output * filterLength..<(output + 1) * filterLength
                for index in filter { target[index] = source[index] * factor }
            }
        }
        withExtendedLifetime(weight) {}
        self.weight = folded
        self.bias = Tensor(factors.indices.map { (biases[$0] - means[$0]) * factors[$0] + offsets[$0] })
        var kept = normalization
        kept.scale = kept.scale.detached
        kept.offset = kept.offset.detached
        self.normalization = kept
        convolutionBias = bias?.detached
    }

    /// The form that is kept with the weight.
    /// - Parameter check: Called before it is made.
    static func kept(
        with weight: Tensor, bias: Tensor?, normalization: ChannelNormalization, check: () -> Void = {}
    ) -> FoldedConvolution {
        weight.packedForms.form(
            for: FoldedKey.batchNormalization(weight.shape),
            isCurrent: { (form: FoldedConvolution) in form.isMade(from: normalization, bias: bias) },
            make: {
                check()
                return FoldedConvolution(weight: weight, bias: bias, normalization: normalization)
            })
    }

    func isMade(from other: ChannelNormalization, bias: Tensor?) -> Bool {
        let mine = normalization
        return mine.scale.storage === other.scale.storage && mine.offset.storage === other.offset.storage
            && mine.runningMean.storage === other.runningMean.storage
            && mine.runningVariance.storage === other.runningVariance.storage && mine.epsilon == other.epsilon
            && convolutionBias?.storage === bias?.storage
    }
}

/// A reshaped tensor shares its storage, and what is kept with that.
private enum FoldedKey: Hashable, Sendable { case batchNormalization(Shape) }

/// A convolution with the normalization by running statistics, the residual addition and the activation that follow,
/// as a trace of what inference calculates has it.
struct FoldedNormalization: ConvolutionOperation {
    let name = "conv2d_batch_norm"
    let geometry: ConvolutionGeometry
    let epsilon: Float
    let activation: Activation
    let hasBias: Bool
    let hasResidual: Bool

    // Inputs: images, weight, scale, offset, mean and variance, then bias and residual where there are any.
    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        let convolution = [inputs[0], inputs[1]] + (hasBias ? [inputs[6]] : [])
        let sum = try Convolution(geometry: geometry).outputs(for: convolution)
        let norm = BatchNormalization(
            epsilon: epsilon, activation: activation, usesBatchStatistics: false, hasResidual: hasResidual)
        let residual = hasResidual ? [inputs[inputs.count - 1]] : []
        return [try norm.outputs(for: sum + inputs[2..<4] + residual + inputs[4..<6])[0]]
    }

    func filters(of inputs: [Tensor]) -> (weight: Tensor, bias: Tensor?) {
        let folded = FoldedConvolution.kept(
            with: inputs[1], bias: hasBias ? inputs[6] : nil,
            normalization: ChannelNormalization(
                scale: inputs[2], offset: inputs[3], runningMean: inputs[4], runningVariance: inputs[5],
                epsilon: epsilon))
        return (folded.weight, folded.bias)
    }

    func backward(context: inout BackwardContext) -> [Tensor?] {
        trap("\(name): it is made where no gradient is recorded")
    }
}

extension Tensor {
    /// Convolves, normalizes, adds a residual and activates: the block that networks are made of.
    ///
    /// In training the batch's own statistics normalize, and normalization, addition and activation are
    /// one pass. Where no gradient is recorded and the running statistics are used, the normalization is
    /// multiplied into the filters and the rest done by the convolution as it writes its output.
    /// - Parameters:
    ///   - weight: `[O, C / groups, KH, KW]`, float32.
    ///   - bias: `[O]`, float32, where the convolution has one.
    ///   - residual: `[N, OH, OW, O]`, added before the activation.
    ///   - usesBatchStatistics: Whether to normalize by the batch, as in training.
    ///   - exchange: Adds the statistics of other processes that have parts of the batch; nil, the default, for none.
    /// - Returns: `[N, OH, OW, O]`, and mean and biased variance `[O]` of the batch where they were used, with the number of
    ///   values of each channel that they are of.
    @_spi(Kernels) public func convolutionNormActivation(
        weight: Tensor, bias: Tensor? = nil, strides: Size = 1, padding: Padding = .valid, dilations: Size = 1,
        groups: Int = 1, normalization: ChannelNormalization, activation: Activation, residual: Tensor? = nil,
        usesBatchStatistics: Bool, exchange: (any StatisticsExchange)? = nil
    ) -> (output: Tensor, mean: Tensor?, variance: Tensor?, count: Int) {
        let tensors = [self, weight, bias, normalization.scale, normalization.offset, residual].compactMap { $0 }
        let isRecorded = Gradients.areEnabled && tensors.contains { $0.isTracked }
        let trace = Trace.of(tensors)
        if !usesBatchStatistics, !isRecorded, trace?.foldsNormalizations == true {
            let geometry = convolutionGeometry(
                weight: weight, strides: strides, padding: padding, dilations: dilations, groups: groups)
            let operation = FoldedNormalization(
                geometry: geometry, epsilon: normalization.epsilon, activation: activation, hasBias: bias != nil,
                hasResidual: residual != nil)
            let inputs = [self, weight, normalization.scale, normalization.offset, normalization.runningMean]
            let others = [normalization.runningVariance, bias, residual].compactMap { $0 }
            return (operation.apply(to: inputs + others)[0], nil, nil, 0)
        }
        if usesBatchStatistics || isRecorded || trace != nil || tensors.contains(where: \.isSymbolic) {
            let statistics: NormStatistics =
                usesBatchStatistics
                ? exchange.map { .batches(of: $0) } ?? .batch
                : .running(mean: normalization.runningMean, variance: normalization.runningVariance)
            let result = convolved(
                weight: weight, bias: bias, strides: strides, padding: padding, dilations: dilations, groups: groups
            ).batchNormalized(
                scale: normalization.scale, offset: normalization.offset, statistics: statistics,
                epsilon: normalization.epsilon, activation: activation, residual: residual)
            return usesBatchStatistics
                ? (result.output, result.mean, result.variance, result.count) : (result.output, nil, nil, 0)
        }
        let geometry = convolutionGeometry(
            weight: weight, strides: strides, padding: padding, dilations: dilations, groups: groups)
        // What training checks operation by operation is calculated at once here. The vectors are checked once,
        // when they are folded, and not in every call.
        let sum = checked {
            try Convolution(geometry: geometry).outputs(
                for: [specification, weight.specification] + (bias.map { [$0.specification] } ?? []))[0]
        }
        func checkNormalization() {
            let operation = BatchNormalization(
                epsilon: normalization.epsilon, activation: activation, usesBatchStatistics: false,
                hasResidual: residual != nil)
            let vectors = [normalization.scale, normalization.offset].map(\.specification)
            let statistics = [normalization.runningMean, normalization.runningVariance].map(\.specification)
            _ = checked {
                try operation.outputs(for: [sum] + vectors + (residual.map { [$0.specification] } ?? []) + statistics)
            }
        }
        if let residual, residual.specification != sum { checkNormalization() }
        let folded = FoldedConvolution.kept(
            with: weight, bias: bias, normalization: normalization, check: checkNormalization)
        let epilogue = ConvolutionEpilogue(bias: folded.bias, residual: residual?.detached, activation: activation)
        let input = detached
        let output = Engine.first(
            .convolution(
                .forward, of: "conv2d", input: input.specification, weight: weight.shape, geometry: geometry,
                reading: [input, weight, residual])
        ) {
            $0.convolution(input, weight: folded.weight, geometry: geometry, epilogue: epilogue)
        }
        return (output, nil, nil, 0)
    }
}

/// The shapes that a rule gives; what it refuses is a programming mistake.
private func checked<Result>(_ rule: () throws -> Result) -> Result {
    do {
        return try rule()
    } catch {
        trap("\(error)")
    }
}
