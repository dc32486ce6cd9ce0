import NNInference
import NNLayers
import NNOptimizers
import NNPluginTesting
import NNTraining
import Testing

@Suite struct MetricConformanceTests {
    private static func metric(_ name: String, classes: Int) throws -> any Metric {
        let names = (0..<classes).map { "class \($0)" }
        return try Registry(plugins: [InferencePlugin()]).build(
            .metric, from: ConfigNode(.string(name)), MetricEnvironment(classNames: names, ignoreIndex: 255))
    }

    @Test func everyMetricConforms() throws {
        for name in try Registry(plugins: [InferencePlugin()]).names(of: .metric) {
            for classes in name == "binary" ? [2] : [2, 5] {
                try checkMetric(Self.metric(name, classes: classes), classCount: classes, ignoreIndex: 255)
            }
        }
        try checkMetric(TopKAccuracy(k: 2, ignoreIndex: 255), classCount: 5, ignoreIndex: 255)
    }

    /// The part of right predictions, with the faults that a test chooses.
    private struct Planted: Metric {
        enum Fault: String, Codable {
            case none, meanOfBatches, name, tenfold, direction, kept, unsaved, ignored, early
        }

        var fault = Fault.none
        private var sum = 0.0
        private var count = 0.0

        private enum CodingKeys: CodingKey { case fault, sum, count }

        init(_ fault: Fault) { self.fault = fault }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            fault = try container.decode(Fault.self, forKey: .fault)
            if fault == .unsaved { return }
            sum = try container.decode(Double.self, forKey: .sum)
            count = try container.decode(Double.self, forKey: .count)
        }

        mutating func update(_ predictions: Predictions, labels: Tensor) {
            var (right, total) = (0.0, 0.0)
            for (prediction, label) in zip(
                predictions.classes.scalars(as: Int32.self), labels.scalars(as: Int32.self))
            where label != 255 || fault == .ignored {
                // At ignored labels, the fault counts the class 0.
                right += prediction == (label == 255 ? 0 : label) ? 1 : 0
                total += 1
            }
            sum += fault == .meanOfBatches ? right / max(total, 1) : right
            count += fault == .meanOfBatches ? 1 : total
        }

        mutating func reset() { if fault != .kept { self = Planted(fault) } }

        var values: [MetricValue] {
            if count == 0, fault != .early { return [] }
            let part = sum / max(count, 1)
            return [
                MetricValue(
                    fault == .name ? "right (%)" : "right", part * (fault == .tenfold ? 1000 : 100), unit: .percent,
                    mode: fault == .direction ? .min : .max)
            ]
        }
    }

    @Test func plantedFaultsAreFound() throws {
        func expect(_ text: String, _ fault: Planted.Fault) throws {
            try expectFinding(text) { try checkMetric(Planted(fault), classCount: 3, ignoreIndex: 255) }
        }
        try checkMetric(Planted(.none), classCount: 3, ignoreIndex: 255)
        try expect("batches of 5 give right", .meanOfBatches)
        try expect("'right (%)' is no name for a log", .name)
        try expect("percent", .tenfold)
        try expect("which is better than 100.0 of right ones", .direction)
        try expect("it has values after a reset", .kept)
        try expect("saved and read in between it gives", .unsaved)
        try expect("logits at an ignored label change it", .ignored)
        try expect("it has values before the first sample", .early)
    }
}
