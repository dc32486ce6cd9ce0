import Foundation
@_spi(Internal) import NNDatasets
@_spi(Internal) @testable import NNInference
import NNLayers
import Testing

@testable import NNReporting

@Suite struct ValueSectionsTests {
    private func flags(_ targets: [TargetValues], _ rows: [[Float]], names: [String]) -> KnownPredictions {
        let dataset = IndexedImages(classNames: names, targets: targets.map(Target.values), labelKind: .flags)
        return KnownPredictions(dataset, rows: rows)
    }

    @Test func missedAndWrongClassesAreNamed() throws {
        let known = flags(
            [[1, 0, .nan], [0, 1, 1], [1, 1, 0]], [[4, -4, 3], [4, -4, 4], [2, 2, -2]], names: ["cat", "<dog>", "bird"])
        let (sections, result) = try known.source(.multiLabel).sections()
        #expect(sections.map(\.anchor) == ["classes", "worst", "thresholds"])
        #expect(result.scores.contains { $0.name == "mAP" })
        let worst = sections.body("worst")
        #expect(worst.contains("✗ missed: &lt;dog&gt; 2 %") && worst.contains("✗ not there: cat 98 %"))
        #expect(worst.count(of: "nnp-is-right") == 2 && worst.count(of: "nnp-is-wrong") == 1)
        let loss = (log(1 + exp(4.0)) * 2 + log(1 + exp(-4.0))) / 3
        #expect(worst.contains("✗ loss \(Wording.number(loss))"))
    }

    @Test func theWorstFlagsComeFirst() throws {
        var samples = ValuedSamples(task: .multiLabel, names: ["a", "b"], sampleCount: 40)
        var random = RandomGenerator(key: RandomKey(seed: 2))
        let logits = (0..<80).map { _ in random.number(in: -4...4) }
        let labels = (0..<80).map { _ in random.unit() > 0.5 ? Float(1) : 0 }
        samples.add(
            EvaluatedSamples(
                indices: Array(0..<40), logits: Tensor(logits, shape: [40, 2]), labels: Tensor(labels, shape: [40, 2])))
        func loss(_ index: Int) -> Double {
            let logit = Double(logits[index])
            return log(1 + exp(labels[index] == 1 ? -logit : logit))
        }
        let losses = (0..<40).map { row -> Double in loss(2 * row) + loss(2 * row + 1) }
        let expected = (0..<40).sorted { losses[$0] > losses[$1] }.prefix(ValuedSamples.worstCount)
        #expect(samples.worst[0].elements.map(\.index) == Array(expected))
        #expect(samples.count == 40)
    }

    @Test func numbersStandBesideTheirLabels() throws {
        let labels: [TargetValues] = [[1, 10], [2, 20], [3, .nan], [4, 40]]
        let dataset = IndexedImages(
            classNames: ["age", "\"height\""], targets: labels.map(Target.values), labelKind: .values)
        let known = KnownPredictions(dataset, rows: [[1, 12], [2.5, 20], [1, 5], [4, 39]])
        let sections = try known.source(.regression).sections().0
        #expect(sections.map(\.anchor) == ["outputs", "values", "worst"])
        let worst = sections.body("worst")
        #expect(worst.contains("<b>1 (-2)</b><span>is 3</span>"))
        // The output that is not known of a sample is not among its worst.
        #expect(worst.count(of: "<figure") == 4 + 3)
        #expect(sections.body("values").count(of: "<circle") == 4 + 3)
        #expect(sections.body("values").contains("&quot;height&quot;: residuals"))
    }

    @Test func predictionsThatAreNoNumbersAreTheWorst() throws {
        let dataset = IndexedImages(classNames: ["age"], targets: [.values([1]), .values([2])], labelKind: .values)
        let sections = try KnownPredictions(dataset, rows: [[5], [.nan]]).source(.regression).sections().0
        let worst = sections.body("worst")
        #expect(worst.contains("<b>— (—)</b>") && !worst.contains("nan"))
        #expect(sections.body("values").count(of: "<circle") == 1)
    }

    @Test func aConstantIsDrawn() throws {
        let dataset = IndexedImages(classNames: ["age"], targets: [.values([0])], labelKind: .values)
        let sections = try KnownPredictions(dataset, rows: [[0]]).source(.regression).sections().0
        #expect(!sections.markup.contains("nan") && !sections.markup.contains("inf"))
    }

    @Test func numbersOfAnotherFormAreNotShown() throws {
        let target = Target.values(TargetValues([1, 2], shape: [2, 1]))
        let dataset = IndexedImages(classNames: ["age"], targets: [target], labelKind: .values)
        let (sections, result) = try KnownPredictions(dataset, rows: [[5]]).source(.regression).sections()
        #expect(sections.markup.contains("Predictions of the task regression are not shown"))
        #expect(result.sampleCount == 1)
    }
}
