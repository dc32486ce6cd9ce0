import NNCore
import Testing

@Suite(.onSeveralThreads) struct ElementFixtureTests {
    private static let functions: [String: @Sendable (Tensor) -> Tensor] = [
        "exp": { $0.exp() }, "log": { $0.log() }, "sqrt": { $0.sqrt() }, "abs": { $0.abs() },
        "squared": { $0.squared() }, "rsqrt": { $0.rsqrt() }, "reciprocal": { $0.reciprocal() }, "sin": { $0.sin() },
        "cos": { $0.cos() }, "erf": { $0.erf() },
    ]

    private static let pairs: [String: @Sendable (Tensor, Tensor) -> Tensor] = [
        "add": { $0 + $1 }, "subtract": { $0 - $1 }, "multiply": { $0 * $1 }, "divide": { $0 / $1 },
        "maximum": { maximum($0, $1) }, "minimum": { minimum($0, $1) },
    ]

    @Test(arguments: try FixtureCase.all(in: "element_function", "function_"))
    func function(_ fixture: FixtureCase) throws {
        let function = try #require(Self.functions[fixture.parameters.function!])
        try fixture.expect("input") { ["output": function($0["input"]!)] }
    }

    @Test(arguments: try FixtureCase.all(in: "element_function", "activation_"))
    func activated(_ fixture: FixtureCase) throws {
        let activation = Activation(fixtureName: fixture.parameters.activation!)
        try fixture.expect("input") { ["output": $0["input"]!.activated(by: activation)] }
    }

    @Test(
        arguments: try FixtureCase.all(
            in: "element_function", "add", "subtract", "multiply", "divide", "maximum", "minimum"))
    func pair(_ fixture: FixtureCase) throws {
        let function = try #require(Self.pairs[fixture.parameters.function!])
        try fixture.expect("left", "right") { ["output": function($0["left"]!, $0["right"]!)] }
    }

    @Test(arguments: try FixtureCase.all(in: "element_function", "power"))
    func power(_ fixture: FixtureCase) throws {
        try fixture.expect("input") { ["output": $0["input"]!.power(fixture.parameters.exponent!)] }
    }

    @Test(arguments: try FixtureCase.all(in: "element_function", "clamp"))
    func clamped(_ fixture: FixtureCase) throws {
        let bounds = try #require(fixture.parameters.bounds)
        try fixture.expect("input") { ["output": $0["input"]!.clamped(min: bounds[0], max: bounds[1])] }
    }
}
