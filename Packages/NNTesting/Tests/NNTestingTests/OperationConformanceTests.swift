import NNCore
import NNTesting
import Testing

@Suite struct OperationConformanceTests {
    let x = Tensor((0..<12).map { Float($0) / 7 - 0.81 }, shape: [3, 4])
    let y = Tensor((0..<12).map { 1.3 - Float($0) / 5 }, shape: [3, 4])

    private func findings(_ function: @escaping ([Tensor]) -> [Tensor]) throws -> String {
        let error = #expect(throws: CheckFailure.self) { try checkOperation("operation", on: x, y, function: function) }
        return try #require(error).description
    }

    @Test func acceptsRightCalculations() throws {
        try checkOperation("product", on: x, y) { [$0[0] * $0[1], $0[0] + 1] }
        try checkOperation("comparison", on: x, gradients: nil) { [$0[0].argmax(axis: -1)] }
    }

    @Test func comparesTheShapeRuleWithTheCalculation() throws {
        let text = try findings { [$0[0].isSymbolic ? $0[0].reshaped([4, 3]) : $0[0] * $0[1]] }
        #expect(text.contains("the shape rule returns [float32[4, 3]], the calculation [float32[3, 4]]"), "\(text)")
    }

    @Test func noticesShapesThatTheRuleRejects() throws {
        let text = try findings { [$0[0].isSymbolic ? $0[0].reshaped([5]) : $0[0] * $0[1]] }
        #expect(text.contains("the shape rule rejects inputs that the calculation accepts: "), "\(text)")
    }

    @Test func comparesRecordedResults() throws {
        let text = try findings { [$0[0].isTracked ? $0[0] * $0[1] * 1.001 : $0[0] * $0[1]] }
        #expect(text.contains("results differ if gradients are recorded"), "\(text)")
    }

    @Test func comparesGradientsOfSingleInputs() throws {
        let text = try findings {
            let isSingle = $0[0].isTracked != $0[1].isTracked
            return [isSingle ? $0[0] * $0[1] * 2 + ($0[0] * $0[1] * -1).detached : $0[0] * $0[1]]
        }
        #expect(text.contains("the gradient with respect to input 0 differs if only this one is requested"), "\(text)")
        let missing = try findings { [$0[1].isTracked ? $0[0] * $0[1] : ($0[0] * $0[1]).detached] }
        #expect(missing.contains("input 0 has no gradient if only this one is requested"), "\(missing)")
    }

    @Test func comparesBFloat16WithFloat32() throws {
        try checkBFloat16("product", on: x, y) { [$0[0] * $0[1]] }
        let values = #expect(throws: CheckFailure.self) {
            try checkBFloat16("product", on: x, y) {
                [$0[0].dataType == .bfloat16 ? ($0[0] * $0[1] + 0.2) : $0[0] * $0[1]]
            }
        }
        let text = try #require(values).description
        #expect(text.contains("result 0: tensors:") && !text.contains("gradient"), "\(text)")
        let gradients = #expect(throws: CheckFailure.self) {
            try checkBFloat16("product", on: x, y) {
                [$0[0].dataType == .bfloat16 ? $0[0].detached * $0[1] : $0[0] * $0[1]]
            }
        }
        #expect(
            try #require(gradients).description.contains("input 0 has a gradient in one type but not in the other"))
    }
}
