import Foundation
import NNLayers
import Testing
import NNInference

/// Logits and labels with the metrics of them; written by Tests/Fixtures/make_metrics.py.
struct MetricFixture: Sendable, CustomStringConvertible {
    struct Expected: Decodable, Sendable {
        var classes: Int
        var ignoreIndex: Int?
        /// By name, in percent.
        var values: [String: Double]
        /// By k.
        var topK: [String: Double]?
        /// Row by label, column by prediction.
        var confusion: [[Int]]
        /// Intersection, prediction and label of each class.
        var areas: [[Int]]?
    }

    let description: String
    let expected: Expected
    let logits: Tensor
    let labels: Tensor

    var classNames: [String] { (0..<expected.classes).map { "class \($0)" } }

    static func all() throws -> [MetricFixture] {
        let url = try #require(
            Bundle.module.url(forResource: "metrics", withExtension: "safetensors", subdirectory: "Fixtures"))
        let file = try SafetensorsFile(url)
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let cases = try decoder.decode([String: Expected].self, from: Data(#require(file.metadata["cases"]).utf8))
        return try cases.sorted { $0.key < $1.key }.map { name, expected in
            MetricFixture(
                description: name, expected: expected, logits: try file.tensor(named: "\(name).logits"),
                labels: try file.tensor(named: "\(name).labels"))
        }
    }

    /// The metric of the whole, taken in two batches.
    func measured<M: Metric>(_ metric: M) -> M {
        var metric = metric
        let half = logits.shape[0] / 2
        for part in [0..<half, half..<logits.shape[0]] {
            metric.update(Predictions(logits: logits[part]), labels: labels[part])
        }
        return metric
    }

    func expect(_ metric: some Metric) {
        for value in measured(metric).values {
            let expected = expected.values[value.name]
            #expect(expected != nil && abs(value.value - expected!) < 1e-9, "\(value) and \(expected ?? .nan)")
        }
    }
}

@Suite struct MetricFixtureTests {
    @Test(arguments: try MetricFixture.all())
    func agreesWithNumPy(_ fixture: MetricFixture) {
        let (names, ignoreIndex) = (fixture.classNames, fixture.expected.ignoreIndex)
        for (k, expected) in fixture.expected.topK ?? [:] {
            let found = fixture.measured(TopKAccuracy(k: Int(k)!, ignoreIndex: ignoreIndex)).values
            #expect(found.count == 1 && abs(found[0].value - expected) < 1e-9)
        }
        let matrix = fixture.measured(ConfusionMatrix(classNames: names, ignoreIndex: ignoreIndex))
        let counts = names.indices.map { label in names.indices.map { matrix.count(label: label, prediction: $0) } }
        #expect(counts == fixture.expected.confusion)
        fixture.expect(ConfusionMatrix(classNames: names, ignoreIndex: ignoreIndex))
        if let areas = fixture.expected.areas {
            let metric = SegmentationAreas(classNames: names, ignoreIndex: ignoreIndex)
            let found = fixture.measured(metric).areas.map { [$0.intersection, $0.prediction, $0.label] }
            #expect(found == areas)
            fixture.expect(metric)
        }
        if names.count == 2 { fixture.expect(BinaryScores(ignoreIndex: ignoreIndex)) }
    }
}
