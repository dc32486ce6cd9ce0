@_spi(Kernels) import NNCore
import Testing

@Suite(.onSeveralThreadsOfLibraries) struct ConvolutionFixtureTests {
    @Test(arguments: try FixtureCase.all(in: "convolution"))
    func convolution(_ fixture: FixtureCase) throws {
        let parameters = fixture.parameters
        try fixture.expect("input", "weight", "bias") { inputs in
            let output = inputs["input"]!.convolved(
                weight: inputs["weight"]!, bias: inputs["bias"], strides: Size(parameters.strides)!,
                padding: .explicit(EdgeInsets(parameters.padding)!), dilations: Size(parameters.dilations)!,
                groups: parameters.groups!)
            return ["output": output]
        }
    }

    @Test(arguments: try FixtureCase.all(in: "transposed_convolution"))
    func transposed(_ fixture: FixtureCase) throws {
        let parameters = fixture.parameters
        try fixture.expect("input", "weight", "bias") { inputs in
            let output = inputs["input"]!.convolutionTransposed(
                weight: inputs["weight"]!, bias: inputs["bias"], strides: Size(parameters.strides)!,
                padding: EdgeInsets(parameters.padding)!, outputPadding: Size(parameters.outputPadding)!,
                dilations: Size(parameters.dilations)!, groups: parameters.groups!)
            return ["output": output]
        }
    }

    @Test(arguments: try FixtureCase.all(in: "fused_block"))
    func convolutionNormActivation(_ fixture: FixtureCase) throws {
        let parameters = fixture.parameters
        func calculate(_ inputs: [String: Tensor]) -> [String: Tensor] {
            let normalization = ChannelNormalization(
                scale: inputs["scale"]!, offset: inputs["offset"]!,
                runningMean: inputs["running_mean"] ?? .zeros([6]),
                runningVariance: inputs["running_variance"] ?? .ones([6]), epsilon: parameters.epsilon!)
            let result = inputs["input"]!.convolutionNormActivation(
                weight: inputs["weight"]!, bias: inputs["bias"], strides: Size(parameters.strides)!,
                padding: .explicit(EdgeInsets(parameters.padding)!), dilations: Size(parameters.dilations)!,
                groups: parameters.groups!, normalization: normalization,
                activation: Activation(fixtureName: parameters.activation!), residual: inputs["residual"],
                usesBatchStatistics: parameters.training!)
            let results = ["output": result.output, "mean": result.mean, "variance": result.variance]
            return results.compactMapValues { $0 }
        }
        try fixture.expect(
            "input", "weight", "bias", "scale", "offset", "running_mean", "running_variance", "residual",
            from: calculate)
        if !parameters.training! {
            // Without gradients the normalization is multiplied into the filters.
            let roles = ["input", "weight", "bias", "scale", "offset", "running_mean", "running_variance", "residual"]
            let inputs = Dictionary(uniqueKeysWithValues: roles.compactMap { role in fixture[role].map { (role, $0) } })
            expectClose(calculate(inputs)["output"]!, fixture["output"]!, tolerance: 2e-5)
        }
    }
}
