import NNLayers
import NNTesting
import Testing

@Suite struct NormalizationTests {
    @Test func batchNormConforms() throws {
        try checkLayer(BatchNorm(channels: 3), input: [4, 5, 2, 3])
        try checkLayer(BatchNorm(channels: 5), input: [7, 5])
    }

    @Test func batchNormWithoutScaleConforms() throws {
        try checkLayer(BatchNorm(channels: 3, hasScale: false), input: [4, 5, 2, 3])
        #expect(BatchNorm(channels: 3, hasScale: false).parameterCount == ParameterCount(trainable: 3, statistics: 6))
        let style = ConvolutionStyle(normalization: { BatchNorm(channels: $0, hasScale: false) })
        let convolution = style.convolution(from: 3, to: 4, kernel: 3)
        try checkLayer(ConvNormActivation(convolution, style: style, activates: false), input: [2, 5, 6, 3])
    }

    @Test func normActivationConforms() throws {
        for normalization in [{ BatchNorm(channels: $0) }, { LayerNorm(channels: $0) }, { _ in nil }]
            as [(Int) -> (any Layer)?]
        {
            let style = ConvolutionStyle(normalization: normalization, activation: { ActivationLayer(.mish) })
            try checkLayer(NormActivation(channels: 5, style: style), input: [3, 4, 2, 5])
        }
    }

    @Test func normActivationIsOnePassWithTheValuesOfTwo() throws {
        let joined = NormActivation(channels: 4, name: "norm1", style: ConvolutionStyle())
        joined.initialize(key: RandomKey(seed: 0))
        #expect(joined.stateDictionary.names.prefix(2) == ["norm1.weight", "norm1.bias"])
        let norm = BatchNorm(channels: 4)
        try norm.load(joined.stateDictionary.renamed { String($0.dropFirst("norm1.".count)) })
        let input = Tensor.normal([2, 3, 5, 4], mean: 1, standardDeviation: 2, key: RandomKey(seed: 1))
        for isTraining in [true, false] {
            let context = Context(training: isTraining, random: RandomKey(seed: 0))
            try checkClose(joined(input, context), norm(input, context).activated(by: .relu))
        }
        try checkEqual(try #require(joined.stateDictionary["norm1.running_mean"]), norm.runningMean)
    }

    @Test func layerNormConforms() throws {
        try checkLayer(LayerNorm(channels: 6), input: [2, 3, 5, 6])
    }

    @Test func batchNormNamesItsValuesAsPyTorch() {
        #expect(
            BatchNorm(channels: 3).initialized.stateDictionary.names == [
                "weight", "bias", "running_mean", "running_var", "num_batches_tracked",
            ])
        #expect(BatchNorm(channels: 3).parameterCount == ParameterCount(trainable: 6, statistics: 6))
    }

    /// The statistics are those of the batch where its part is 1, whatever they were before.
    @Test func runningStatisticsOfMomentumOne() {
        let norm = BatchNorm(channels: 1, momentum: 1).initialized
        norm.runningMean = Tensor([1e8] as [Float])
        norm.runningVariance = Tensor([1e4] as [Float])
        _ = norm(
            Tensor([0.01, -0.01] as [Float], shape: [2, 1]), Context(training: true, random: RandomKey(seed: 0)))
        #expect(norm.runningMean.floats == [0])
        #expect(abs(norm.runningVariance.floats[0] - 2e-4) < 1e-9)
    }

    @Test func trainingNormalizesAndFollowsTheBatch() throws {
        let norm = BatchNorm(channels: 1, momentum: 0.25, epsilon: .leastNormalMagnitude).initialized
        let output = norm(
            Tensor([1, 2, 3, 6] as [Float], shape: [2, 2, 1, 1]), Context(training: true, random: RandomKey(seed: 0)))
        // Mean 3, biased variance 3.5, unbiased 14 / 3.
        try checkClose(
            output, Tensor([-2, -1, 0, 3].map { $0 / Float(3.5).squareRoot() }, shape: [2, 2, 1, 1]))
        try checkClose(norm.runningMean, Tensor([0.75] as [Float]))
        try checkClose(norm.runningVariance, Tensor([0.75 + 0.25 * 14 / 3] as [Float]))
        #expect(norm.batchCount.scalars(as: Int64.self) == [1])
    }

    @Test func inferenceUsesTheRunningStatistics() throws {
        let norm = BatchNorm(channels: 2, epsilon: .leastNormalMagnitude).initialized
        norm.runningMean = Tensor([1, 2] as [Float])
        norm.runningVariance = Tensor([4, 9] as [Float])
        norm.weight?.value = Tensor([1, 3] as [Float])
        norm.bias = Tensor([0, 10] as [Float])
        let output = withoutGradients { norm(Tensor([3, 8] as [Float], shape: [1, 2]), .inference()) }
        try checkClose(output, Tensor([1, 16] as [Float], shape: [1, 2]))
        #expect(norm.batchCount.scalars(as: Int64.self) == [0])
    }

    @Test func frozenStatisticsStayInTraining() throws {
        let norm = BatchNorm(channels: 2).initialized
        norm.freeze()
        let input = Tensor.normal([3, 4, 4, 2], mean: 5, standardDeviation: 1, key: RandomKey(seed: 0))
        let output = norm(input, Context(training: true, random: RandomKey(seed: 0)))
        try checkEqual(norm.runningMean, .zeros([2]))
        try checkClose(output, input, relative: 1e-4, absolute: 1e-4)
        #expect(!output.isTracked)
        norm.unfreeze()
        _ = norm(input, Context(training: true, random: RandomKey(seed: 0)))
        #expect(norm.runningMean.floats.allSatisfy { $0 > 0.4 })
    }

    @Test func aSymbolicRunLeavesTheStatisticsAlone() throws {
        let norm = BatchNorm(channels: 2)
        let trace = Trace()
        _ = norm(
            trace.input(TensorSpecification(shape: [3, 4, 4, 2])), Context(training: true, random: RandomKey(seed: 0)))
        try trace.check()
        try checkEqual(norm.runningMean, .zeros([2]))
        #expect(norm.batchCount.scalars(as: Int64.self) == [0])
    }

    @Test func oneValueAChannelIsRefusedInTrainingByTheShapeRule() throws {
        let norm = BatchNorm(channels: 2)
        let trace = Trace()
        let input = trace.input(TensorSpecification(shape: [1, 1, 1, 2]))
        _ = norm(input, Context(training: true, random: RandomKey(seed: 0)))
        #expect("\(try #require(trace.failure))".contains("more than one value for each channel"))
        let inference = Trace()
        _ = norm(inference.input(TensorSpecification(shape: [1, 1, 1, 2])), .inference())
        try inference.check()
    }
}

extension Module {
    fileprivate var initialized: Self {
        initialize(key: RandomKey(seed: 0))
        return self
    }
}
