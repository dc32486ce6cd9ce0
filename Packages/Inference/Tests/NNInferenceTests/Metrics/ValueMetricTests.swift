import Foundation
import NNInference
import NNLayers
import Testing

/// Logits and labels of flags or numbers with the metrics of them; written by Tests/Fixtures/make_value_metrics.py.
struct ValueMetricFixture: Sendable, CustomStringConvertible {
    struct Expected: Decodable, Sendable {
        var task: PredictionTask
        var thresholds: [Float]?
        /// By name, in percent for flags.
        var values: [String: Double]
        /// Of each class; nil where it is undefined.
        var ap: [Double?]?
        var bestF1: [Double?]?
        /// Of each output.
        var mae: [Double]?
        var rmse: [Double]?
        var r2: [Double?]?
    }

    let description: String
    let expected: Expected
    let logits: Tensor
    let labels: Tensor

    var names: [String] { (0..<labels.shape[1]).map { "output \($0)" } }

    static func all() throws -> [ValueMetricFixture] {
        let url = try #require(
            Bundle.module.url(forResource: "value_metrics", withExtension: "safetensors", subdirectory: "Fixtures"))
        let file = try SafetensorsFile(url)
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let cases = try decoder.decode([String: Expected].self, from: Data(#require(file.metadata["cases"]).utf8))
        return try cases.sorted { $0.key < $1.key }.map { name, expected in
            ValueMetricFixture(
                description: name, expected: expected, logits: try file.tensor(named: "\(name).logits"),
                labels: try file.tensor(named: "\(name).labels"))
        }
    }

    /// The metric of the whole, taken in three batches.
    func measured<M: Metric>(_ metric: M) -> M {
        var metric = metric
        let count = logits.shape[0]
        for part in [0..<7, 7..<count / 2, count / 2..<count] {
            metric.update(Predictions(logits: logits[part], task: expected.task), labels: labels[part])
        }
        return metric
    }
}

@Suite struct ValueMetricTests {
    private func isClose(_ found: [Double?], _ expected: [Double?], _ tolerance: Double = 1e-9) -> Bool {
        found.count == expected.count
            && zip(found, expected).allSatisfy { left, right in
                guard let left, let right else { return left == nil && right == nil }
                return abs(left - right) < tolerance * max(1, abs(right))
            }
    }

    @Test(arguments: try ValueMetricFixture.all())
    func agreesWithScikitLearn(_ fixture: ValueMetricFixture) throws {
        let expected = fixture.expected
        let found: [MetricValue]
        if expected.task == .multiLabel {
            let metric = fixture.measured(
                MultiLabelScores(classNames: fixture.names, thresholds: expected.thresholds))
            #expect(isClose(metric.averagePrecisions, try #require(expected.ap)))
            found = metric.values
        } else {
            let metric = fixture.measured(RegressionErrors(names: fixture.names))
            #expect(isClose(metric.sums.map(\.mae), try #require(expected.mae)))
            #expect(isClose(metric.sums.map(\.rmse), try #require(expected.rmse)))
            #expect(isClose(metric.sums.map(\.r2), try #require(expected.r2)))
            found = metric.values
        }
        #expect(Set(found.map(\.name)) == Set(expected.values.keys))
        for value in found { #expect(isClose([value.value], [expected.values[value.name]]), "\(value)") }
    }

    /// The thresholds that are chosen reach the largest F1 that any threshold does.
    @Test(arguments: try ValueMetricFixture.all().filter { $0.expected.task == .multiLabel })
    func thresholdsReachTheBestF1(_ fixture: ValueMetricFixture) throws {
        let chosen = try #require(fixture.measured(MultiLabelScores(classNames: fixture.names)).bestThresholds)
        let metric = fixture.measured(MultiLabelScores(classNames: fixture.names, thresholds: chosen))
        let found = metric.counts.map { $0.support > 0 ? $0.f1 : nil }
        #expect(isClose(found, try #require(fixture.expected.bestF1)))
        for (threshold, f1) in zip(chosen, found) where f1 == nil { #expect(threshold == 0.5) }
    }

    /// With more scores than bins the last bits are dropped, which changes little.
    @Test func manyScoresNeedNoMoreMemory() throws {
        let count = 1100
        let logits = Tensor.normal([count, 1], mean: 0, standardDeviation: 2, key: RandomKey(seed: 1))
        let labels = (logits + Tensor.normal([count, 1], mean: 0, standardDeviation: 2, key: RandomKey(seed: 2)))
            .isGreater(than: 0).cast(to: .float32)
        // A thousand and twenty-four bins for each of so many classes.
        let width = 1025
        let wide = logits.broadcast(to: [count, width])
        var coarse = MultiLabelScores(classNames: (0..<width).map { "\($0)" })
        coarse.update(Predictions(logits: wide, task: .multiLabel), labels: labels.broadcast(to: [count, width]))
        var exact = MultiLabelScores(classNames: ["0"])
        exact.update(Predictions(logits: logits, task: .multiLabel), labels: labels)
        let (found, expected) = (try #require(coarse.averagePrecisions[0]), try #require(exact.averagePrecisions[0]))
        #expect(abs(found - expected) < 1e-3)
        func f1(_ thresholds: [Float]?) throws -> Double {
            var metric = MultiLabelScores(classNames: ["0"], thresholds: [try #require(thresholds)[0]])
            metric.update(Predictions(logits: logits, task: .multiLabel), labels: labels)
            return metric.counts[0].f1 ?? 0
        }
        #expect(try f1(coarse.bestThresholds) > f1(exact.bestThresholds) - 0.01)
    }

    @Test func aClassWithoutPositivesIsLeftOut() {
        var metric = MultiLabelScores(classNames: ["a", "b"])
        let labels = Tensor([1, 0, 0, 0, .nan, .nan] as [Float], shape: [3, 2])
        metric.update(
            Predictions(logits: Tensor([2, 3, -1, -2, 5, 5] as [Float], shape: [3, 2]), task: .multiLabel),
            labels: labels)
        #expect(metric.averagePrecisions == [1, nil])
        func value(_ name: String) -> Double? { metric.values.first { $0.name == name }?.value }
        #expect(value("mAP") == 100 && value("macro_f1") == 100)
        // The wrong prediction of b counts among all, and the image without known labels does not.
        #expect(value("micro_precision") == 50 && value("exact_match") == 50)
        let row = metric.report?.split(separator: "\n").last?.split(separator: " ").map(String.init)
        #expect(row == ["b", "0", "—", "—", "—", "—", "0.500"])
        var empty = MultiLabelScores(classNames: ["a"])
        empty.update(
            Predictions(logits: Tensor([2] as [Float], shape: [1, 1]), task: .multiLabel),
            labels: Tensor([0] as [Float], shape: [1, 1]))
        #expect(empty.values.first { $0.name == "mAP" }?.isDefined == false)
    }

    /// Errors are those of what the task makes of logits.
    @Test func errorsAreInTheUnitsOfTheLabels() {
        let task = PredictionTask("count", labels: .values, defaultLoss: "mse", defaultMetrics: []) { $0.exp() }
        var metric = RegressionErrors(names: ["objects"])
        metric.update(
            Predictions(logits: Tensor([0, 0] as [Float], shape: [2, 1]), task: task),
            labels: Tensor([2, 4] as [Float], shape: [2, 1]))
        #expect(metric.values.first { $0.name == "mae" }?.value == 2)
        #expect(metric.values.first { $0.name == "mae" }?.mode == .min)
    }
}
