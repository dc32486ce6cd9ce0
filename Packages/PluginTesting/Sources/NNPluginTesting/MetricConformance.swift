import Foundation
import NNInference
import NNLayers
import NNTesting
import NNTraining

/// Checks what every metric has to meet, for the labels of each task that it supports.
///
/// - Before the first sample and after a reset it has no values; where every label is ignored none that is infinite, but
///   undefined ones, NaN, are allowed.
/// - Batches of any size and in any order give the same values, and so does one that is saved and read in between.
/// - One that is a `MergeableMetric` gives the same values where parts of the labels are counted apart and added up.
/// - Values have names that logs can hold, all different, and are finite; percentages lie between 0 and 100.
/// - Right predictions are better than wrong ones in the declared direction.
/// - Logits at ignored labels, and at unknown flags and numbers, change nothing; bfloat16 logits are taken; of two classes,
///   one logit is as good as two.
///
/// - Parameters:
///   - metric: A new one.
///   - classCount: For how many classes or outputs it was made.
///   - ignoreIndex: The label that it was made to ignore; nil for none.
///   - tasks: For what it is meant; by default the tasks of nnkit whose labels it takes.
/// - Throws: `CheckFailure` with all findings.
public func checkMetric(
    _ metric: any Metric, classCount: Int, ignoreIndex: Int? = nil,
    tasks: [PredictionTask]? = nil
) throws {
    var findings = Findings(String(describing: type(of: metric)))
    for task in tasks ?? PredictionTask.allCases.filter({ metric.labelKinds.contains($0.labels) }) {
        findings.expect(
            metric.labelKinds.contains(task.labels),
            "\(task.rawValue) has \(task.labels.noun), which 'labelKinds' does not list")
        try findings.collect(task.rawValue) {
            try MetricCheck(metric, classCount: classCount, ignoreIndex: ignoreIndex, task: task).check()
        }
    }
    try findings.check()
}

private struct MetricCheck {
    let metric: any Metric
    let classCount: Int
    let ignoreIndex: Int?
    let example: TaskLabels
    let labels: Tensor
    let logits: Tensor
    /// The positions of ignored or unknown labels.
    let ignored: Set<Int>

    init(_ metric: any Metric, classCount: Int, ignoreIndex: Int?, task: PredictionTask) {
        self.metric = metric
        self.classCount = classCount
        self.ignoreIndex = ignoreIndex
        example = TaskLabels(task, outputCount: classCount, count: task.isDense ? 6 : 24, confidence: 12)
        let count = example.labels.elementCount
        let isIgnoring = task.labels != .classes || ignoreIndex != nil
        // In steps of 7 as well, so that not all are of one output.
        ignored = isIgnoring ? Set((0..<count).filter { $0 % 5 == 4 || $0 % 7 == 3 }) : []
        labels = example.labels(without: ignored, ignoreIndex: ignoreIndex ?? 0)
        logits = example.random * 2
    }

    private func predictions(_ logits: Tensor) -> Predictions { Predictions(logits: logits, task: example.task) }

    func check() throws {
        var findings = Findings("labels \(labels.shape)")
        findings.expect(metric.values.isEmpty, "it has values before the first sample: \(texts(metric.values))")
        let all = values(of: [(logits, labels)])
        checkValues(all, &findings)
        checkBatches(all, &findings)
        checkSaving(all, &findings)
        if let metric = metric as? any MergeableMetric { checkMerging(metric, all, &findings) }
        checkDirection(&findings)
        checkIgnored(all, &findings)
        checkLogits(all, &findings)

        var used = metric
        used.update(predictions(logits), labels: labels)
        _ = used.report
        used.reset()
        findings.expect(used.values.isEmpty, "it has values after a reset: \(texts(used.values))")
        used.update(predictions(logits), labels: labels)
        findings.expect(isSame(used.values, all), "after a reset it gives other values")
        try findings.check()
    }

    private func values(of batches: [(logits: Tensor, labels: Tensor)]) -> [MetricValue] {
        var metric = metric
        for batch in batches { metric.update(predictions(batch.logits), labels: batch.labels) }
        return metric.values
    }

    private func checkValues(_ values: [MetricValue], _ findings: inout Findings) {
        findings.expect(!values.isEmpty, "it has no values after \(labels.elementCount) labels")
        findings.expect(
            Set(values.map(\.name)).count == values.count, "several values have the same name: \(texts(values))")
        for value in values {
            let isColumn = value.name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-.".contains($0)) }
            findings.expect(
                isColumn && !value.name.isEmpty,
                "'\(value.name)' is no name for a log, which takes letters, digits, '_', '-' and '.'")
            findings.expect(value.value.isFinite, "\(value.name) is \(value.value)")
            findings.expect(
                value.unit != .percent || (-1e-9...100 + 1e-9).contains(value.value),
                "\(value.name) is \(value.value) percent")
        }
    }

    private func checkBatches(_ all: [MetricValue], _ findings: inout Findings) {
        let count = labels.shape[0]
        for size in [1, 5] {
            let batches = stride(from: 0, to: count, by: size).map { start in
                let range = start..<min(start + size, count)
                return (logits.slice(axis: 0, range: range), labels.slice(axis: 0, range: range))
            }
            for (order, batches) in [("", batches), (" in the opposite order", batches.reversed())] {
                let found = values(of: batches)
                findings.expect(
                    isSame(found, all),
                    "batches of \(size)\(order) give \(texts(found)), one batch of all \(texts(all))")
            }
        }
    }

    /// As a checkpoint within an epoch does.
    private func checkSaving(_ all: [MetricValue], _ findings: inout Findings) {
        func restored<M: Metric>(_ metric: M) throws -> any Metric {
            try JSONDecoder().decode(M.self, from: JSONEncoder().encode(metric))
        }
        let half = labels.shape[0] / 2
        var metric = metric
        metric.update(
            predictions(logits.slice(axis: 0, range: 0..<half)), labels: labels.slice(axis: 0, range: 0..<half))
        do {
            var metric = try restored(metric)
            metric.update(
                predictions(logits.slice(axis: 0, range: half..<labels.shape[0])),
                labels: labels.slice(axis: 0, range: half..<labels.shape[0]))
            findings.expect(
                isSame(metric.values, all),
                "saved and read in between it gives \(texts(metric.values)), else \(texts(all))")
        } catch {
            findings.add("it cannot be saved and read: \(error)")
        }
    }

    /// As training on several machines does.
    private func checkMerging<M: MergeableMetric>(_ metric: M, _ all: [MetricValue], _ findings: inout Findings) {
        let count = labels.shape[0]
        // One part has nothing.
        let parts = [0..<0, 0..<count / 3, count / 3..<count].map { range in
            var part = metric
            if !range.isEmpty {
                part.update(
                    predictions(logits.slice(axis: 0, range: range)), labels: labels.slice(axis: 0, range: range))
            }
            return part
        }
        for (order, parts) in [("", parts), (" in the opposite order", parts.reversed())] {
            let sum = parts.reduce(into: metric) { $0.merge($1) }
            findings.expect(
                isSame(sum.values, all), "added up from parts\(order) it gives \(texts(sum.values)), else \(texts(all))"
            )
        }
    }

    private func checkDirection(_ findings: inout Findings) {
        let right = values(of: [(example.right, example.labels)])
        let wrong = values(of: [(example.wrong, example.labels)])
        var isTold = false
        for value in right {
            guard let other = wrong.first(where: { $0.name == value.name }) else {
                findings.add("\(value.name) is measured of right predictions only")
                continue
            }
            findings.expect(
                !value.mode.isBetter(other.value, than: value.value),
                "\(value.name) is \(other.value) of wrong predictions, which is better than \(value.value) of right ones"
            )
            isTold = isTold || value.mode.isBetter(value.value, than: other.value)
        }
        findings.expect(isTold, "right predictions are no better than wrong ones: \(texts(right)), \(texts(wrong))")
    }

    private func checkIgnored(_ all: [MetricValue], _ findings: inout Findings) {
        guard !ignored.isEmpty else { return }
        var other = logits
        other.withMutableScalars(as: Float.self) { logits in
            for position in ignored {
                for index in 0..<example.logitsPerLabel { logits[position * example.logitsPerLabel + index] *= -0.5 }
            }
        }
        let found = values(of: [(other, labels)])
        findings.expect(isSame(found, all), "logits at an ignored label change it")
        let nothing = example.labels(without: Set(0..<labels.elementCount), ignoreIndex: ignoreIndex ?? 0)
        let none = values(of: [(logits, nothing)])
        findings.expect(
            none.allSatisfy { !$0.value.isInfinite }, "where every label is ignored it has the values \(texts(none))")
    }

    private func checkLogits(_ all: [MetricValue], _ findings: inout Findings) {
        let rounded = values(of: [(logits.cast(to: .bfloat16), labels)])
        findings.expect(
            rounded.map(\.name) == all.map(\.name) && rounded.allSatisfy(\.value.isFinite),
            "of bfloat16 logits it gives \(texts(rounded))")
        guard classCount == 2, example.task.labels == .classes else { return }
        let parts = logits.split(sizes: [1, 1], axis: -1)
        let one = values(of: [(parts[1] - parts[0], labels)])
        findings.expect(
            isSame(one, all, tolerance: 1e-4), "of one logit it gives \(texts(one)), of two \(texts(all))")
    }

    private func isSame(_ one: [MetricValue], _ other: [MetricValue], tolerance: Double = 1e-9) -> Bool {
        one.map(\.name) == other.map(\.name)
            && zip(one, other).allSatisfy {
                $0.isDefined == $1.isDefined
                    && (!$0.isDefined || abs($0.value - $1.value) <= tolerance * max(1, abs($1.value)))
            }
    }

    private func texts(_ values: [MetricValue]) -> String {
        values.isEmpty ? "nothing" : values.map { "\($0.name) \($0.value)" }.joined(separator: ", ")
    }
}
