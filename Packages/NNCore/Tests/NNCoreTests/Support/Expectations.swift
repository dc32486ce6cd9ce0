import NNCore
import Testing

/// Expects equal shapes and values that differ by `tolerance` times the larger of 1 and their magnitude.
func expectClose(
    _ actual: Tensor, _ expected: Tensor, tolerance: Float = 1e-5, _ subject: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    guard actual.shape == expected.shape else {
        Issue.record("\(subject): shape \(actual.shape), expected \(expected.shape)", sourceLocation: sourceLocation)
        return
    }
    if let results = SeenResults.current {
        #expect(
            results.agrees(actual), "\(subject): other bits on \(Engine.threadCount) threads",
            sourceLocation: sourceLocation)
    }
    for (index, (left, right)) in zip(actual.floats, expected.floats).enumerated() {
        let isClose = left == right || abs(left - right) <= tolerance * max(1, abs(right)) || left.isNaN && right.isNaN
        guard isClose else {
            Issue.record(
                "\(subject): element \(index) is \(left), expected \(right), on \(Engine.threadCount) threads",
                sourceLocation: sourceLocation)
            return
        }
    }
}

/// Expects the gradients by all inputs of `body` to agree with central finite differences of
/// Σ coefficient · result, with fixed coefficients that differ.
func expectGradient(
    by inputs: Tensor..., step: Float = 1e-2, tolerance: Float = 5e-3,
    sourceLocation: SourceLocation = #_sourceLocation, of body: ([Tensor]) -> Tensor
) {
    let variables = inputs.map { $0.requiringGradient() }
    let result = body(variables)
    let coefficients = Tensor.tabulated(result.shape) { index in
        let mixed = index.reduce(3) { ($0 * 7 + $1 * 5) % 11 }
        return Float(mixed) / 5 - 1
    }
    let gradients = result.backward(gradient: coefficients)
    func loss(_ inputs: [Tensor]) -> Double {
        zip(body(inputs).floats, coefficients.floats).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    for (position, input) in inputs.enumerated() {
        guard let gradient = gradients[variables[position]] else {
            Issue.record("no gradient by input \(position)", sourceLocation: sourceLocation)
            continue
        }
        var slopes = input.floats
        for index in slopes.indices {
            func shifted(_ distance: Float) -> Double {
                var changed = inputs
                var values = input.floats
                values[index] += distance
                changed[position] = Tensor(values, shape: input.shape)
                return loss(changed)
            }
            slopes[index] = Float((shifted(step) - shifted(-step)) / Double(2 * step))
        }
        expectClose(
            gradient, Tensor(slopes, shape: input.shape), tolerance: tolerance, "gradient by input \(position)",
            sourceLocation: sourceLocation)
    }
}

/// Expects `body` to give for bfloat16 inputs what it gives in float32 for the same rounded values, in
/// results and in gradients, up to the rounding of the results.
func expectSameInBFloat16(
    _ inputs: Tensor..., tolerance: Float = 1.0 / 128, sourceLocation: SourceLocation = #_sourceLocation,
    of body: ([Tensor]) -> Tensor
) {
    let rounded = inputs.map { $0.cast(to: .bfloat16) }
    let narrow = rounded.map { $0.requiringGradient() }
    let wide = rounded.map { $0.cast(to: .float32).requiringGradient() }
    let results = (narrow: body(narrow), wide: body(wide))
    #expect(results.narrow.dataType == .bfloat16, sourceLocation: sourceLocation)
    expectClose(results.narrow, results.wide, tolerance: tolerance, "result", sourceLocation: sourceLocation)
    let coefficients = Tensor.tabulated(results.wide.shape) { Float($0.reduce(1) { ($0 * 3 + $1) % 5 }) / 4 - 0.5 }
    let narrowGradients = results.narrow.backward(gradient: coefficients.cast(to: .bfloat16))
    let wideGradients = results.wide.backward(gradient: coefficients)
    for (left, right) in zip(narrow, wide) {
        guard let actual = narrowGradients[left], let expected = wideGradients[right] else {
            Issue.record("no gradient", sourceLocation: sourceLocation)
            continue
        }
        #expect(actual.dataType == .bfloat16, sourceLocation: sourceLocation)
        expectClose(actual, expected, tolerance: tolerance, "gradient", sourceLocation: sourceLocation)
    }
}

/// The reason for which the shape rules refuse a calculation on tensors that look like this.
func refusal(of specifications: TensorSpecification..., body: ([Tensor]) -> Void) -> String? {
    let trace = Trace()
    body(specifications.map(trace.input))
    return trace.failure?.description
}
