import NNLayers

/// Checks what every layer has to stand, on an input of your choice.
///
/// - The symbolic run gives the shapes and types of the real one, in training and inference, fp32 and bf16.
/// - Inference gives the same values again and changes nothing; a sample alone gives what it gives in a batch.
/// - Its state dictionary can be loaded and gives the same results.
/// - In training every parameter gets a gradient, and gradients agree with finite differences.
///
/// ```swift
/// @Test func scale() throws { try checkLayer(Scale(channels: 3), input: [2, 5, 7, 3]) }
/// ```
///
/// - Parameters:
///   - input: The shape of the input, `[N, ...]` with N of 2 or more.
///   - gradientTolerance: The allowed error as a part of the gradient's length.
///   - treatsSamplesAlone: Whether each sample of a batch is calculated without the others in inference.
/// - Throws: ``CheckFailure`` with all that is wrong.
public func checkLayer(
    _ layer: any Layer, input: Shape, gradientTolerance: Double = 2e-4, treatsSamplesAlone: Bool = true
) throws {
    let values = Tensor.normal(input, mean: 0, standardDeviation: 1, key: RandomKey(seed: 0))
    var conformance = ModuleConformance(layer, inputs: [values]) { [layer($0[0], $1)] }
    conformance.treatsSamplesAlone = treatsSamplesAlone
    var findings = Findings(layer.typeName)
    try conformance.check(&findings)
    var check = GradientCheck()
    check.tolerance = gradientTolerance
    try conformance.checkGradients(&findings, check: check)
    try findings.check()
}
