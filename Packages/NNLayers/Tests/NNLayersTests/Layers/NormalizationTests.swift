import NNLayers
import NNTesting
import Testing

@Suite struct NormalizationTests {
    @Test func batchNormConforms() throws {
        try checkLayer(BatchNorm(channels: 3), input: [4, 5, 2, 3])
        try checkLayer(BatchNorm(channels: 5), input: [7, 5])
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

    @Test func trainingNormalizesAndFollowsTheBatch() throws {
        let norm = BatchNorm(channels: 1, momentum: 0.25, epsilon: 0).initialized
        let output = norm(Tensor([1, 2, 3, 6] as [Float], shape: [2, 2, 1, 1]), Context(training: true))
        // Mean 3, biased variance 3.5, unbiased 14 / 3.
        try checkClose(
            output, Tensor([-2, -1, 0, 3].map { $0 / Float(3.5).squareRoot() }, shape: [2, 2, 1, 1]))
        try checkClose(norm.runningMean, Tensor([0.75] as [Float]))
        try checkClose(norm.runningVariance, Tensor([0.75 + 0.25 * 14 / 3] as [Float]))
        #expect(norm.batchCount.scalars(as: Int64.self) == [1])
    }

    @Test func inferenceUsesTheRunningStatistics() throws {
        let norm = BatchNorm(channels: 2, epsilon: 0).initialized
        norm.runningMean = Tensor([1, 2] as [Float])
        norm.runningVariance = Tensor([4, 9] as [Float])
        norm.weight = Tensor([1, 3] as [Float])
        norm.bias = Tensor([0, 10] as [Float])
        let output = withoutGradients { norm(Tensor([3, 8] as [Float], shape: [1, 2]), .inference()) }
        try checkClose(output, Tensor([1, 16] as [Float], shape: [1, 2]))
        #expect(norm.batchCount.scalars(as: Int64.self) == [0])
    }

    @Test func frozenStatisticsStayInTraining() throws {
        let norm = BatchNorm(channels: 2).initialized
        norm.freeze()
        let input = Tensor.normal([3, 4, 4, 2], mean: 5, standardDeviation: 1, key: RandomKey(seed: 0))
        let output = norm(input, Context(training: true))
        try checkEqual(norm.runningMean, .zeros([2]))
        try checkClose(output, input, relative: 1e-4, absolute: 1e-4)
        #expect(!output.isTracked)
        norm.unfreeze()
        _ = norm(input, Context(training: true))
        #expect(norm.runningMean.floats.allSatisfy { $0 > 0.4 })
    }

    @Test func aSymbolicRunLeavesTheStatisticsAlone() throws {
        let norm = BatchNorm(channels: 2)
        let trace = Trace()
        _ = norm(trace.input(TensorSpecification(shape: [3, 4, 4, 2])), Context(training: true))
        try trace.check()
        try checkEqual(norm.runningMean, .zeros([2]))
        #expect(norm.batchCount.scalars(as: Int64.self) == [0])
    }

    @Test func oneValueAChannelIsRefusedInTrainingByTheShapeRule() throws {
        let norm = BatchNorm(channels: 2)
        let trace = Trace()
        let input = trace.input(TensorSpecification(shape: [1, 1, 1, 2]))
        _ = norm(input, Context(training: true))
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
