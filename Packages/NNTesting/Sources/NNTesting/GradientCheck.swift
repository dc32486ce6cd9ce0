import NNCore

/// Compares gradients with central finite differences.
///
/// The loss is a randomly weighted sum of all outputs in double precision. It is differentiated along random directions
/// and single coordinates of each input. Values and steps lie on a power-of-two grid, so that steps are exact in float32,
/// and the differences of six step lengths are extrapolated to zero (Ridders 1982): smooth functions are checked to about
/// 1e-5 although they run in float32. Kinks, such as that of ReLU, show in the second difference; a direction that crosses
/// one at every step is drawn again.
///
/// ```swift
/// try GradientCheck()(at: [x, y]) { [$0[0] * $0[1]] }
/// ```
public struct GradientCheck: Sendable {
    /// The tolerance as a fraction of the gradient's length.
    public var tolerance = 2e-4
    /// The number of random directions for each input.
    public var directionCount = 3
    /// The number of single coordinates for each input.
    public var coordinateCount = 5
    /// The key of the random choices.
    public var key = RandomKey(seed: 0)

    /// Creates a check with the default settings.
    public init() {}

    /// Checks the gradients of a function with respect to each floating-point input.
    ///
    /// - Parameters:
    ///   - subject: What the failure calls the function.
    ///   - inputs: Floating-point inputs must be float32. They are rounded to multiples of 2^-16 of the largest value.
    ///   - function: Must be deterministic.
    /// - Throws: ``CheckFailure`` with every input and direction that disagrees.
    public func callAsFunction(
        _ subject: String = "gradient", at inputs: [Tensor], function: @escaping ([Tensor]) -> [Tensor]
    ) throws {
        let positions = inputs.indices.filter { inputs[$0].dataType.isFloatingPoint }
        func filled(_ values: [Tensor]) -> [Tensor] {
            var all = inputs
            for (position, value) in zip(positions, values) { all[position] = value }
            return all
        }
        try check(
            subject,
            DifferentiableFunction(
                names: positions.map { "input \($0)" }, values: positions.map { inputs[$0] },
                evaluate: { values in withoutGradients { function(filled(values)) } },
                gradients: { values, weights in
                    let variables = values.map { $0.requiringGradient() }
                    let gradients = gradientsOfWeightedSum(weights) { function(filled(variables)) }
                    return variables.map { gradients[$0] }
                }))
    }

    func check(_ subject: String, _ function: DifferentiableFunction) throws {
        var random = RandomGenerator(key: key)
        var findings = Findings(subject)
        let values = function.values.map { GridTensor($0) }
        let tensors = values.map(\.tensor)
        let outputs = function.evaluate(tensors)
        let weights = outputs.map { output in
            output.dataType.isFloatingPoint
                ? Tensor(
                    (0..<output.elementCount).map { _ in Float.random(in: -1...1, using: &random) }, shape: output.shape
                )
                : nil
        }
        let gradients = function.gradients(tensors, weights)
        for (position, gradient) in gradients.enumerated() {
            guard let gradient else {
                findings.add("\(function.names[position]) has no gradient")
                continue
            }
            guard gradient.shape == tensors[position].shape else {
                findings.add(
                    "the gradient by \(function.names[position]) is \(gradient.shape), not \(tensors[position].shape)")
                continue
            }
            let slope = Slope(value: values[position], gradient: gradient.floats.map(Double.init)) { changed in
                var inputs = tensors
                inputs[position] = changed
                return weightedSum(function.evaluate(inputs), weights)
            }
            for finding in slope.disagreements(with: self, random: &random) {
                findings.add("gradient by \(function.names[position]) \(tensors[position].shape): \(finding)")
            }
        }
        try findings.check()
    }
}

/// Checks the gradients of a function with a single output with respect to each floating-point input.
///
/// ```swift
/// try checkGradient(at: x, y) { $0[0] * $0[1] }
/// ```
///
/// - Parameters:
///   - subject: What the failure calls the function.
///   - inputs: Floating-point inputs must be float32.
///   - tolerance: The tolerance as a fraction of the gradient's length.
///   - function: Must be deterministic.
/// - Throws: ``CheckFailure`` with every input and direction that disagrees.
/// - SeeAlso: ``GradientCheck``
public func checkGradient(
    _ subject: String = "gradient", at inputs: Tensor..., tolerance: Double = 2e-4,
    function: @escaping ([Tensor]) -> Tensor
) throws {
    var check = GradientCheck()
    check.tolerance = tolerance
    try check(subject, at: inputs) { [function($0)] }
}

/// A function with the values by which it is differentiated.
struct DifferentiableFunction {
    let names: [String]
    let values: [Tensor]
    let evaluate: ([Tensor]) -> [Tensor]
    /// The gradients of the weighted sum of the outputs; integer outputs have nil weights.
    let gradients: ([Tensor], [Tensor?]) -> [Tensor?]
}

/// The gradients of the weighted sum of all outputs. One run for each output, since a backward pass starts at one tensor
/// and consumes the recorded calculation.
func gradientsOfWeightedSum(_ weights: [Tensor?], of function: () -> [Tensor]) -> Gradients {
    var sum = Gradients()
    for case (let index, let weights?) in weights.enumerated() {
        let output = function()[index]
        // An output that depends on no variable adds nothing.
        guard output.isTracked else { continue }
        sum.accumulate(output.backward(gradient: weights.cast(to: output.dataType)))
    }
    return sum
}

/// The weighted sum in double precision, with its expected rounding error.
private func weightedSum(_ outputs: [Tensor], _ weights: [Tensor?]) -> (value: Double, noise: Double) {
    var value = 0.0
    var squares = 0.0
    for case (let output, let weights?) in zip(outputs, weights) {
        for (element, weight) in zip(output.floats, weights.floats) {
            let term = Double(element) * Double(weight)
            value += term
            squares += term * term
        }
    }
    return (value, squares.squareRoot() * Double(Float.ulpOfOne))
}
