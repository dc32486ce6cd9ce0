import NNCore
import Testing

@Suite(.onSeveralThreadsOfLibraries) struct ProductFixtureTests {
    @Test(arguments: try FixtureCase.all(in: "product", "linear"))
    func linear(_ fixture: FixtureCase) throws {
        try fixture.expect("input", "weight", "bias") {
            ["output": $0["input"]!.linear(weight: $0["weight"]!, bias: $0["bias"])]
        }
    }

    @Test(arguments: try FixtureCase.all(in: "product", "matmul"))
    func matmul(_ fixture: FixtureCase) throws {
        try fixture.expect("left", "right") { ["output": .matmul($0["left"]!, $0["right"]!)] }
    }

    @Test(arguments: try FixtureCase.all(in: "loss"))
    func softmaxCrossEntropy(_ fixture: FixtureCase) throws {
        let labels = try #require(fixture["labels"])
        try fixture.expect("input") { inputs in
            let loss = inputs["input"]!.softmaxCrossEntropy(
                labels: labels, labelSmoothing: fixture.parameters.labelSmoothing!,
                classWeights: fixture["class_weights"], ignoreIndex: fixture.parameters.ignoreIndex)
            return ["output": loss]
        }
    }
}
