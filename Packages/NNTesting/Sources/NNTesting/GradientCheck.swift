import NNCore

/// Compares gradients with central finite differences.
///
/// The loss is the sum of all outputs with random weights, added in double precision. It is
/// differentiated along random directions and along single coordinates of each input. Values and steps
/// lie on a power-of-two grid, so a step is exact in float32, and the differences of six step lengths
/// are extrapolated to zero (Ridders 1982): smooth functions are held to about 1e-5 although they are
/// calculated in float32. A kink, as of a ReLU, shows in the second difference; a direction that
/// crosses one at every step is drawn again.
public struct GradientCheck: Sendable {
    /// The allowed error, as a part of the gradient's length.
    public var tolerance = 2e-4
    /// How many random directions are tried for each input.
    public var directionCount = 3
    /// How many single coordinates are tried for each input.
    public var coordinateCount = 5
    /// What the random choices follow from.
    public var key = RandomKey(seed: 0)

    public init() {}

    /// Checks the gradients of a function by each of its floating-point inputs.
    ///
    /// - Parameters:
    ///   - inputs: Floating-point ones are float32; they are rounded to sixteen bits of the largest.
    ///   - function: The same inputs must give the same outputs.
    /// - Throws: ``CheckFailure`` with every input and direction that does not agree.
    public func callAsFunction(
        _ subject: String = "gradient", at inputs: [Tensor], function: @escaping ([Tensor]) -> [Tensor]
    ) throws {
        let places = inputs.indices.filter { inputs[$0].dataType.isFloatingPoint }
        func filled(_ values: [Tensor]) -> [Tensor] {
            var all = inputs
            for (place, value) in zip(places, values) { all[place] = value }
            return all
        }
        try check(
            subject,
            DifferentiableFunction(
                names: places.map { "input \($0)" }, values: places.map { inputs[$0] },
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
        for (place, gradient) in gradients.enumerated() {
            guard let gradient else {
                findings.add("\(function.names[place]) has no gradient")
                continue
            }
            guard gradient.shape == tensors[place].shape else {
                findings.add(
                    "the gradient by \(function.names[place]) is \(gradient.shape), not \(tensors[place].shape)")
                continue
            }
            let slope = Slope(value: values[place], gradient: gradient.floats.map(Double.init)) { changed in
                var inputs = tensors
                inputs[place] = changed
                return weightedSum(function.evaluate(inputs), weights)
            }
            for finding in slope.disagreements(with: self, random: &random) {
                findings.add("gradient by \(function.names[place]) \(tensors[place].shape): \(finding)")
            }
        }
        try findings.check()
    }
}

/// Checks the gradients of a function of one result by each of its floating-point inputs.
///
/// - Throws: ``CheckFailure``
/// - SeeAlso: ``GradientCheck``
public func checkGradient(
    _ subject: String = "gradient", at inputs: Tensor..., tolerance: Double = 2e-4,
    function: @escaping ([Tensor]) -> Tensor
) throws {
    var check = GradientCheck()
    check.tolerance = tolerance
    try check(subject, at: inputs) { [function($0)] }
}

/// A function as the check sees it: values by which it is differentiated, and how to run it.
struct DifferentiableFunction {
    let names: [String]
    let values: [Tensor]
    let evaluate: ([Tensor]) -> [Tensor]
    /// The gradients of the outputs' sum with the given weights; nil weights for an output of integers.
    let gradients: ([Tensor], [Tensor?]) -> [Tensor?]
}

/// The gradients of the sum of all outputs with weights. One run for each output, as a backward pass
/// starts at one tensor and uses the calculation up.
func gradientsOfWeightedSum(_ weights: [Tensor?], of function: () -> [Tensor]) -> Gradients {
    var sum = Gradients()
    for case (let index, let weights?) in weights.enumerated() {
        let output = function()[index]
        // One that depends on none of the variables adds nothing.
        guard output.isTracked else { continue }
        sum.accumulate(output.backward(gradient: weights.cast(to: output.dataType)))
    }
    return sum
}

/// The sum in double precision, and the sum's expected rounding error.
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
