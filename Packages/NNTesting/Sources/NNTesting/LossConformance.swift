import NNLayers

/// Checks the properties that every loss must have, with labels of images and of pixels.
///
/// - The loss is one finite float32 number, for bfloat16 logits too, and the symbolic run agrees.
/// - Its gradient agrees with finite differences.
/// - Confident correct logits have a smaller loss than confident wrong ones.
/// - Logits at ignored labels have no influence.
///
/// ```swift
/// try checkLoss(CrossEntropy(), classCount: 5)
/// ```
///
/// - Parameters:
///   - loss: The loss.
///   - classCount: The number of classes that it was built for.
///   - ignoreIndex: The label that it was built to ignore; nil for none.
///   - tasks: The tasks that it supports.
///   - gradientTolerance: The tolerance as a fraction of the gradient's length.
/// - Throws: ``CheckFailure`` with all findings.
public func checkLoss(
    _ loss: any Loss, classCount: Int, ignoreIndex: Int? = nil,
    tasks: [PredictionTask] = [.classification, .segmentation],
    gradientTolerance: Double = 2e-4
) throws {
    var findings = Findings(String(describing: type(of: loss)))
    for task in tasks {
        let shape: Shape = task == .classification ? [6] : [2, 5, 3]
        try findings.collect(task.rawValue) {
            try check(
                loss, labelShape: shape, classCount: classCount, ignoreIndex: ignoreIndex, tolerance: gradientTolerance)
        }
    }
    try findings.check()
}

private func check(
    _ loss: any Loss, labelShape: Shape, classCount: Int, ignoreIndex: Int?, tolerance: Double
) throws {
    var findings = Findings("labels \(labelShape)")
    let classes = (0..<labelShape.elementCount).map { ($0 * 7 + 3) % classCount }
    let labels = Tensor(classes.map(Int32.init), shape: labelShape)
    let logits = Tensor.normal(
        Shape(labelShape.dimensions + [classCount]), mean: 0, standardDeviation: 1, key: RandomKey(seed: 0))

    for dataType in [DataType.float32, .bfloat16] {
        let value = loss(logits.cast(to: dataType), labels: labels)
        findings.expect(
            value.elementCount == 1 && value.dataType == .float32,
            "the loss of \(dataType) logits is \(value.specification), not one float32 number")
        findings.expect(
            value.floats.allSatisfy(\.isFinite),
            "the loss of \(dataType) logits is \(value.floats), which is not finite")
        let trace = Trace()
        let symbolic = loss(trace.input(TensorSpecification(shape: logits.shape, dataType: dataType)), labels: labels)
        findings.expect(
            trace.failure == nil && symbolic.specification == value.specification,
            "the symbolic run of \(dataType) logits returns \(trace.failure.map(String.init(describing:)) ?? "\(symbolic.specification)")"
        )
    }

    var gradientCheck = GradientCheck()
    gradientCheck.tolerance = tolerance
    try findings.collect("gradient") {
        try gradientCheck("with respect to the logits", at: [logits]) { [loss($0[0], labels: labels)] }
    }

    /// The loss of logits that are 4 at one class for each label, and 0 elsewhere.
    func confident(_ chosen: (Int) -> Int) -> Float {
        var values = [Float](repeating: 0, count: logits.elementCount)
        for (position, label) in classes.enumerated() { values[position * classCount + chosen(label)] = 4 }
        return loss(Tensor(values, shape: logits.shape), labels: labels).floats[0]
    }
    findings.expect(
        confident { $0 } < confident { ($0 + 1) % classCount },
        "confident correct logits do not have a smaller loss than wrong ones")

    if let ignoreIndex {
        var changed = classes.map(Int32.init)
        changed[1] = Int32(ignoreIndex)
        let ignoring = Tensor(changed, shape: labelShape)
        var other = logits
        other.withMutableScalars(as: Float.self) { $0[classCount] += 3 }
        findings.expect(
            loss(logits, labels: ignoring).floats == loss(other, labels: ignoring).floats,
            "logits at an ignored label change the loss")
        let variable = logits.requiringGradient()
        let result = loss(variable, labels: ignoring)
        let gradient = result.isTracked ? result.backward()[variable]?.floats ?? [] : []
        findings.expect(
            gradient.dropFirst(classCount).prefix(classCount).allSatisfy { $0 == 0 },
            "logits at an ignored label have a gradient")
    }
    try findings.check()
}
