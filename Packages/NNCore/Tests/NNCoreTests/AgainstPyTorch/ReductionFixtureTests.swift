import NNCore
import Testing

@Suite(.onSeveralThreads) struct ReductionFixtureTests {
    private static let functions: [String: @Sendable (Tensor, [Int], Bool) -> Tensor] = [
        "sum": { $0.sum(axes: $1, keepsDimensions: $2) }, "mean": { $0.mean(axes: $1, keepsDimensions: $2) },
        "max": { $0.max(axes: $1, keepsDimensions: $2) }, "min": { $0.min(axes: $1, keepsDimensions: $2) },
        "variance": { $0.variance(axes: $1, keepsDimensions: $2) },
    ]

    @Test(arguments: try FixtureCase.all(in: "reduction", "sum", "mean", "max", "min", "variance"))
    func reduction(_ fixture: FixtureCase) throws {
        let parameters = fixture.parameters
        let function = try #require(Self.functions[parameters.function!])
        try fixture.expect("input") {
            ["output": function($0["input"]!, parameters.axes!, parameters.keepsDimensions!)]
        }
    }

    @Test(arguments: try FixtureCase.all(in: "reduction", "softmax", "log_softmax"))
    func softmax(_ fixture: FixtureCase) throws {
        let axis = try #require(fixture.parameters.axis)
        try fixture.expect("input") { inputs in
            let input = inputs["input"]!
            return [
                "output": fixture.parameters.function == "softmax"
                    ? input.softmax(axis: axis) : input.logSoftmax(axis: axis)
            ]
        }
    }
}
