import NNLayers

/// Checks a calculation on tensors, such as a custom `TensorOperation`.
///
/// - The shape rules return the shapes and types of the real results.
/// - Results do not depend on whether gradients are recorded.
/// - Gradients with respect to the floating-point inputs agree with finite differences, and are the same if only one of
///   them is requested.
///
/// ```swift
/// try checkOperation("square", on: x) { [$0[0].squared()] }
/// ```
///
/// - Parameters:
///   - subject: What the failure calls the calculation.
///   - inputs: Inputs that have a gradient must be float32.
///   - check: The tolerance and the number of directions; nil for a calculation without gradients.
///   - function: The calculation.
/// - Throws: ``CheckFailure`` with all findings.
public func checkOperation(
    _ subject: String, on inputs: Tensor..., gradients check: GradientCheck? = GradientCheck(),
    function: @escaping ([Tensor]) -> [Tensor]
) throws {
    var findings = Findings(subject)
    let results = withoutGradients { function(inputs) }

    let trace = Trace()
    let symbolic = function(inputs.map { trace.input($0.specification) })
    if let failure = trace.failure {
        findings.add("the shape rule rejects inputs that the calculation accepts: \(failure)")
    } else {
        findings.expect(
            symbolic.map(\.specification) == results.map(\.specification),
            "the shape rule returns \(symbolic.map(\.specification)), the calculation \(results.map(\.specification))")
    }

    let recorded = function(inputs.map { $0.dataType.isFloatingPoint ? $0.requiringGradient() : $0 })
    try findings.collect("results differ if gradients are recorded") {
        for (one, other) in zip(recorded, results) { try checkEqual(one, other) }
    }
    guard let check else { return try findings.check() }

    try findings.collect("gradients") { try check(at: inputs, function: function) }
    let weights = results.map { $0.dataType.isFloatingPoint ? Tensor.ones($0.shape) : nil }
    let variables = inputs.map { $0.dataType.isFloatingPoint ? $0.requiringGradient() : $0 }
    let all = gradientsOfWeightedSum(weights) { function(variables) }
    for (position, variable) in variables.enumerated() where variable.isTracked && inputs.count > 1 {
        var single = inputs
        single[position] = variable
        let alone = gradientsOfWeightedSum(weights) { function(single) }
        guard let expected = all[variable] else { continue }
        guard let found = alone[variable] else {
            findings.add("input \(position) has no gradient if only this one is requested")
            continue
        }
        let scale = rootMeanSquare(expected.floats)
        try findings.collect("the gradient with respect to input \(position) differs if only this one is requested") {
            try checkClose(found, expected, relative: 1e-4, absolute: 1e-4 * scale)
        }
    }
    try findings.check()
}

/// Checks that a calculation in bfloat16 agrees with float32, except for rounding.
///
/// bfloat16 is too coarse for finite differences; results and gradients are compared with those of the same values in
/// float32.
///
/// - Parameters:
///   - subject: What the failure calls the calculation.
///   - inputs: The inputs; float32 ones are rounded to bfloat16.
///   - tolerance: The tolerance as a fraction of each element and of the root mean square of all.
///   - function: The calculation.
/// - Throws: ``CheckFailure`` with all findings.
public func checkBFloat16(
    _ subject: String, on inputs: Tensor..., tolerance: Double = 0.03, function: @escaping ([Tensor]) -> [Tensor]
) throws {
    var findings = Findings(subject)
    let rounded = inputs.map { $0.dataType == .float32 ? $0.cast(to: .bfloat16) : $0 }
    let exact = rounded.map { $0.dataType == .bfloat16 ? $0.cast(to: .float32) : $0 }
    let expected = withoutGradients { function(exact) }
    let weights = expected.enumerated().map { index, output -> Tensor? in
        guard output.dataType.isFloatingPoint else { return nil }
        // Rounded, like the gradient of a bfloat16 result.
        return Tensor.normal(
            output.shape, mean: 0, standardDeviation: 1, key: RandomKey(seed: 4).derived(UInt64(index))
        ).cast(to: .bfloat16).cast(to: .float32)
    }
    func compare(_ part: String, _ found: Tensor, _ expected: Tensor) throws {
        let absolute = tolerance * rootMeanSquare(expected.floats)
        try findings.collect(part) {
            try checkClose(
                found.cast(to: .float32), expected.cast(to: .float32), relative: tolerance, absolute: absolute)
        }
    }
    for (position, (found, expected)) in zip(withoutGradients { function(rounded) }, expected).enumerated() {
        try compare("result \(position)", found, expected)
    }
    func gradients(_ inputs: [Tensor]) -> [Tensor?] {
        let variables = inputs.map { $0.dataType.isFloatingPoint ? $0.requiringGradient() : $0 }
        let gradients = gradientsOfWeightedSum(weights) { function(variables) }
        return variables.map { gradients[$0] }
    }
    for (position, pair) in zip(gradients(rounded), gradients(exact)).enumerated() {
        switch pair {
        case (let found?, let expected?): try compare("gradient with respect to input \(position)", found, expected)
        case (nil, nil): break
        default: findings.add("input \(position) has a gradient in one type but not in the other")
        }
    }
    try findings.check()
}
