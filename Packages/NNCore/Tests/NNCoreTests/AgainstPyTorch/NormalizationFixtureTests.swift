import NNCore
import Testing

@Suite(.onSeveralThreads) struct NormalizationFixtureTests {
    @Test(arguments: try FixtureCase.all(in: "normalization", "batch_norm"))
    func batchNormalized(_ fixture: FixtureCase) throws {
        let parameters = fixture.parameters
        try fixture.expect("input", "scale", "offset", "running_mean", "running_variance") { inputs in
            let statistics: NormStatistics =
                parameters.training!
                ? .batch : .running(mean: inputs["running_mean"]!, variance: inputs["running_variance"]!)
            let result = inputs["input"]!.batchNormalized(
                scale: inputs["scale"]!, offset: inputs["offset"]!, statistics: statistics,
                epsilon: parameters.epsilon!)
            return parameters.training!
                ? ["output": result.output, "mean": result.mean, "variance": result.variance]
                : ["output": result.output]
        }
    }

    @Test(arguments: try FixtureCase.all(in: "normalization", "layer_norm"))
    func layerNormalized(_ fixture: FixtureCase) throws {
        try fixture.expect("input", "scale", "offset") { inputs in
            let output = inputs["input"]!.layerNormalized(
                scale: inputs["scale"]!, offset: inputs["offset"], epsilon: fixture.parameters.epsilon!)
            return ["output": output]
        }
    }
}
