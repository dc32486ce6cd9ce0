import Foundation
import NNCore
import NNTesting
import Testing

/// y = f(x) for each element, with a derivative that the test chooses.
struct ElementwiseFunction: TensorOperation {
    let name = "function"
    let function: @Sendable (Float) -> Float
    let derivative: @Sendable (Float) -> Float

    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] { [inputs[0]] }

    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] {
        context.save(inputs[0])
        return [Tensor(inputs[0].floats.map(function), shape: inputs[0].shape)]
    }

    func backward(context: inout BackwardContext) -> [Tensor?] {
        let gradient = context.takeGradient().floats
        let input = context.saved(0)
        return [Tensor(zip(gradient, input.floats).map { $0 * derivative($1) }, shape: input.shape)]
    }
}

@Suite struct GradientCheckTests {
    let x = Tensor((0..<35).map { Float($0) / 10 - 1.73 }, shape: [5, 7])

    private func check(_ function: ElementwiseFunction, at input: Tensor? = nil) throws {
        try checkGradient(at: input ?? x) { function.apply(to: $0[0]) }
    }

    @Test func acceptsRightGradients() throws {
        try check(ElementwiseFunction(function: { $0 * $0 * $0 }, derivative: { 3 * $0 * $0 }))
        try check(ElementwiseFunction(function: { exp($0) }, derivative: { exp($0) }))
        try check(ElementwiseFunction(function: { tanh($0) }, derivative: { 1 - tanh($0) * tanh($0) }))
        try check(ElementwiseFunction(function: { _ in 7 }, derivative: { _ in 0 }))
    }

    @Test func acceptsTinyAndHugeInputs() throws {
        for scale: Float in [1e-12, 1e12] {
            let input = Tensor(x.floats.map { $0 * scale }, shape: x.shape)
            try check(
                ElementwiseFunction(function: { sin($0 / scale) }, derivative: { cos($0 / scale) / scale }), at: input)
        }
    }

    @Test func acceptsKinksBetweenTheValues() throws {
        try check(ElementwiseFunction(function: { max($0, 0) }, derivative: { $0 > 0 ? 1 : 0 }))
    }

    @Test func acceptsAFunctionThatIsDefinedOnOneSideOnly() throws {
        let positive = Tensor((1..<20).map { Float($0) / 10 })
        try check(ElementwiseFunction(function: { log($0) }, derivative: { 1 / $0 }), at: positive)
        try check(
            ElementwiseFunction(function: { $0.squareRoot() }, derivative: { 0.5 / $0.squareRoot() }), at: positive)
    }

    @Test func refusesAnErrorOfATenthOfAPercent() {
        #expect(throws: CheckFailure.self) {
            try check(ElementwiseFunction(function: { sin($0) }, derivative: { cos($0) * 1.001 }))
        }
    }

    @Test func refusesAWrongSignAndAMissingTerm() {
        #expect(throws: CheckFailure.self) {
            try check(ElementwiseFunction(function: { $0 * $0 }, derivative: { -2 * $0 }))
        }
        #expect(throws: CheckFailure.self) {
            try check(ElementwiseFunction(function: { $0 * $0 + 0.01 * $0 }, derivative: { 2 * $0 }))
        }
    }

    @Test func refusesAZeroThatIsNone() throws {
        let error = #expect(throws: CheckFailure.self) {
            try check(ElementwiseFunction(function: { 0.001 * $0 }, derivative: { _ in 0 }))
        }
        #expect(try #require(error).description.contains("backward gives 0, finite differences"))
    }

    @Test func refusesOneWrongElementOfMany() {
        let many = Tensor((0..<400).map { Float($0) / 400 - 0.4987 })
        #expect(throws: CheckFailure.self) {
            try check(
                ElementwiseFunction(function: { sin($0) }, derivative: { $0 > 0.49 ? 0 : cos($0) }), at: many)
        }
    }

    @Test func refusesNotANumberAndAMissingGradient() {
        #expect(throws: CheckFailure.self) {
            try check(ElementwiseFunction(function: { $0 }, derivative: { $0 > 1 ? .nan : 1 }))
        }
        #expect(throws: CheckFailure.self) { try checkGradient(at: x) { $0[0].detached } }
    }

    @Test func refusesAFunctionWithoutSlope() throws {
        let error = #expect(throws: CheckFailure.self) {
            try check(ElementwiseFunction(function: { ($0 * 3).rounded() }, derivative: { _ in 3 }))
        }
        #expect(try #require(error).description.contains("random direction"))
    }

    @Test func checksEveryInputAndOutput() throws {
        let y = Tensor((0..<35).map { cos(Float($0)) }, shape: [5, 7])
        let check = GradientCheck()
        let square = ElementwiseFunction(function: { $0 * $0 }, derivative: { 2 * $0 })
        let wrong = ElementwiseFunction(function: { $0 * $0 }, derivative: { 2.1 * $0 })
        try check(at: [x, y]) { [$0[0] * $0[1], square.apply(to: $0[0])] }
        #expect(throws: CheckFailure.self) { try check(at: [x, y]) { [$0[0] * $0[1], wrong.apply(to: $0[0])] } }
        let error = #expect(throws: CheckFailure.self) { try check(at: [x, y]) { [$0[0] * wrong.apply(to: $0[1])] } }
        let text = try #require(error).description
        #expect(text.contains("gradient by input 1"))
        #expect(!text.contains("gradient by input 0"))
    }
}
