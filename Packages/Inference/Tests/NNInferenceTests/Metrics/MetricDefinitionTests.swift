import Foundation
import NNInference
import NNLayers
import Testing

/// Logits and labels with what torchmetrics and MMSegmentation say of them; written by
/// Tests/Fixtures/make_metric_definitions.py.
struct DefinitionFixture: Sendable, CustomStringConvertible {
    struct Expected: Decodable, Sendable {
        var kind: String
        var classes: Int
        var values: [String: Double?]
        /// By the name of the column.
        var perClass: [String: [Double?]]?
    }

    let description: String
    let expected: Expected
    let logits: Tensor
    let labels: Tensor

    static func all() throws -> [DefinitionFixture] {
        let url = try #require(
            Bundle.module.url(
                forResource: "metric_definitions", withExtension: "safetensors", subdirectory: "Fixtures"))
        let file = try SafetensorsFile(url)
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .custom { keys in
            let key = keys[keys.count - 1]
            return key.stringValue == "per_class" ? Key("perClass") : key
        }
        let cases = try decoder.decode([String: Expected].self, from: Data(#require(file.metadata["cases"]).utf8))
        return try cases.sorted { $0.key < $1.key }.map { name, expected in
            DefinitionFixture(
                description: name, expected: expected, logits: try file.tensor(named: "\(name).logits"),
                labels: try file.tensor(named: "\(name).labels"))
        }
    }

    private struct Key: CodingKey {
        let stringValue: String
        let intValue: Int? = nil
        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.init(stringValue) }
        init?(intValue: Int) { nil }
    }

    var metrics: [any Metric] {
        let names = (0..<expected.classes).map { "class \($0)" }
        switch expected.kind {
        case "classes":
            return [
                ClassificationScores(classNames: names, ignoreIndex: 255), TopKAccuracy(ignoreIndex: 255),
                TopKAccuracy(k: 2, ignoreIndex: 255), ErrorRate(ignoreIndex: 255),
                ConfusionMatrix(classNames: names, ignoreIndex: 255),
            ]
        case "binary": return [BinaryScores(ignoreIndex: 255)]
        case "flags": return [MultiLabelScores(classNames: names)]
        case "values": return [RegressionErrors(names: names)]
        default: return [SegmentationAreas(classNames: names, ignoreIndex: 255)]
        }
    }

    var task: PredictionTask {
        switch expected.kind {
        case "flags": .multiLabel
        case "values": .regression
        case "pixels": .segmentation
        default: .classification
        }
    }

    func measured<M: Metric>(_ metric: M, batchSize: Int) -> any Metric {
        var metric = metric
        for start in stride(from: 0, to: labels.shape[0], by: batchSize) {
            let range = start..<min(start + batchSize, labels.shape[0])
            metric.update(Predictions(logits: logits[range], task: task), labels: labels[range])
        }
        return metric
    }
}

struct MetricDefinitionTests {
    /// In batches of 1, 2, 5 and in one; torchmetrics calculates in float32.
    @Test(arguments: try DefinitionFixture.all(), [1, 2, 5, 1000])
    func agreesWithTorchmetricsAndMMSegmentation(_ fixture: DefinitionFixture, batchSize: Int) throws {
        var missing = Set(fixture.expected.values.keys)
        for metric in fixture.metrics {
            let metric = fixture.measured(metric, batchSize: batchSize)
            for value in metric.values {
                guard let expected = fixture.expected.values[value.name] else { continue }
                missing.remove(value.name)
                // They return 0 for what is undefined.
                #expect(
                    value.isDefined ? abs(value.value - (expected ?? .nan)) < 1e-4 : (expected ?? 0) == 0,
                    "\(value) and \(expected.map { "\($0)" } ?? "undefined")")
            }
            for (name, column) in fixture.expected.perClass ?? [:] {
                guard let table = metric.table, let index = table.columns.firstIndex(where: { $0.name == name })
                else { continue }
                let found = table.rows.prefix(column.count).map { $0.values[index] }
                #expect(zip(found, column).allSatisfy { abs(($0 ?? 0) - ($1 ?? 0)) < 1e-4 }, "\(name) \(found)")
            }
        }
        #expect(missing.isEmpty)
    }

    /// Class 0 is never predicted, class 4 is nothing at all.
    @Test func whatIsUndefinedIsShownSo() throws {
        let fixture = try #require(try DefinitionFixture.all().first { $0.description == "absent" })
        let metric = ClassificationScores(classNames: ["a, b", "b", "c", "d", "e", "f"], ignoreIndex: 255)
        let table = try #require(fixture.measured(metric, batchSize: 7).table)
        let first = table.text.split(separator: "\n")[2].split(separator: " ").map(String.init)
        #expect(first == ["a,", "b", "13", "—", "0.00", "0.00"])
        let nothing = table.text.split(separator: "\n")[6].split(separator: " ").map(String.init)
        #expect(nothing == ["e", "0", "—", "—", "—"])
        let lines = table.csv.split(separator: "\n")
        #expect(lines[0] == "class,support,precision,recall,f1" && lines[1] == "\"a, b\",13,,0.0,0.0")
        #expect(lines[5] == "e,0,,," && lines.count == 10)
        let json = String(decoding: try JSONEncoder().encode(table), as: UTF8.self)
        #expect(json.contains("null") && !json.contains("NaN"))
        #expect(table.rows.map(\.name).suffix(3) == ["macro average", "weighted average", "micro average"])
    }

    @Test func ofManyClassesTheWorstAreShown() throws {
        var metric = ClassificationScores(classNames: (0..<60).map { "class \($0)" })
        let labels = (0..<58).map { Int32($0) }
        let logits = (0..<58).flatMap { row in (0..<60).map { Float($0 == (row < 30 ? 0 : row) ? 9 : 0) } }
        metric.update(Predictions(logits: Tensor(logits, shape: [58, 60])), labels: Tensor(labels))
        let lines = try #require(metric.report).split(separator: "\n")
        #expect(lines[0] == "the classes with the smallest F1, of 60:" && lines.count == 26)
        #expect(lines[3].hasPrefix("class 1 ") && lines[22].hasPrefix("class 20 ") && lines[23].hasPrefix("macro"))
        #expect(metric.table?.rows.count == 63)
    }

    @Test func errorsAreWhatAccuraciesLeave() throws {
        var metric = ErrorRate(k: 2)
        metric.update(
            Predictions(logits: Tensor([3, 2, 1, 3, 2, 1] as [Float], shape: [2, 3])),
            labels: Tensor([1, 2] as [Int32]))
        #expect(metric.values == [MetricValue("top2_error", 50, unit: .percent, mode: .min)])
        let registry = try Registry(plugins: [InferencePlugin()])
        let environment = MetricEnvironment(classNames: ["a", "b", "c"], ignoreIndex: 255)
        let built = try registry.build(.metric, from: ["type": "error", "k": 2], environment)
        #expect((built as? ErrorRate)?.k == 2)
    }
}
