import NNLayers

/// Checks the properties that every loss must have, with the labels of each task that it supports.
///
/// - The loss is one finite float32 number, for bfloat16 logits too, and the symbolic run agrees.
/// - Its gradient agrees with finite differences.
/// - Confident correct logits have a smaller loss than confident wrong ones.
/// - Logits at ignored labels, and at unknown flags and numbers, have no influence.
/// - Measured over a set, `measure` is the same for batches of any size.
///
/// ```swift
/// try checkLoss(CrossEntropy(), classCount: 5)
/// ```
///
/// - Parameters:
///   - loss: The loss.
///   - classCount: The number of classes or outputs that it was built for.
///   - ignoreIndex: The label that it was built to ignore; nil for none.
///   - tasks: The tasks that it supports; by default those of nnkit whose labels it takes.
///   - gradientTolerance: The tolerance as a fraction of the gradient's length.
/// - Throws: ``CheckFailure`` with all findings.
public func checkLoss(
    _ loss: any Loss, classCount: Int, ignoreIndex: Int? = nil, tasks: [PredictionTask]? = nil,
    gradientTolerance: Double = 2e-4
) throws {
    var findings = Findings(String(describing: type(of: loss)))
    for task in tasks ?? PredictionTask.allCases.filter({ loss.labelKinds.contains($0.labels) }) {
        findings.expect(
            loss.labelKinds.contains(task.labels),
            "\(task.rawValue) has \(task.labels.noun), which 'labelKinds' does not list")
        let labels = TaskLabels(
            task, outputCount: classCount, count: task.isDense ? 2 : 6, imageSize: Size(height: 5, width: 3))
        try findings.collect(task.rawValue) {
            try check(loss, labels, ignoreIndex: ignoreIndex, tolerance: gradientTolerance)
        }
    }
    try findings.check()
}

private func check(_ loss: any Loss, _ example: TaskLabels, ignoreIndex: Int?, tolerance: Double) throws {
    let (labels, logits) = (example.labels, example.random)
    var findings = Findings("labels \(labels.shape)")

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
    findings.expect(
        loss(example.right, labels: labels).floats[0] < loss(example.wrong, labels: labels).floats[0],
        "confident correct logits do not have a smaller loss than wrong ones")

    checkMeasure(loss, logits, labels, &findings)
    // Flags and numbers may be unknown in any data.
    guard example.task.labels != .classes || ignoreIndex != nil else { return try findings.check() }
    let ignoring = example.labels(without: [1], ignoreIndex: ignoreIndex ?? 0)
    let (first, count) = (example.logitsPerLabel, example.logitsPerLabel)
    var other = logits
    other.withMutableScalars(as: Float.self) { $0[first] += 3 }
    findings.expect(
        loss(logits, labels: ignoring).floats == loss(other, labels: ignoring).floats,
        "logits at an ignored label change the loss")
    let variable = logits.requiringGradient()
    let result = loss(variable, labels: ignoring)
    findings.expect(result.floats.allSatisfy(\.isFinite), "the loss with an ignored label is \(result.floats)")
    let gradient = result.isTracked ? result.backward()[variable]?.floats ?? [] : []
    findings.expect(
        gradient.dropFirst(first).prefix(count).allSatisfy { $0 == 0 },
        "logits at an ignored label have a gradient")
    checkMeasure(loss, logits, ignoring, &findings)
    let all = example.labels(without: Set(0..<labels.elementCount), ignoreIndex: ignoreIndex ?? 0)
    findings.expect(
        loss(logits, labels: all).floats.allSatisfy(\.isFinite),
        "where every label is ignored the loss is \(loss(logits, labels: all).floats)")
    try findings.check()
}

/// Batches of one sample and of two add up to the whole.
private func checkMeasure(_ loss: any Loss, _ logits: Tensor, _ labels: Tensor, _ findings: inout Findings) {
    // What is wrong with others is among the findings already.
    guard loss(logits, labels: labels).elementCount == 1 else { return }
    let count = labels.shape[0]
    func measured(by size: Int) -> Double {
        var total = LossTotal()
        for start in stride(from: 0, to: count, by: size) {
            let range = start..<min(start + size, count)
            total += loss.measure(logits[range], labels: labels[range])
        }
        return total.value ?? .nan
    }
    let whole = measured(by: count)
    for size in [1, 2] {
        let found = measured(by: size)
        findings.expect(
            abs(found - whole) <= 1e-5 * max(1, abs(whole)),
            "measured in batches of \(size) it is \(found), in one \(whole)")
    }
}
