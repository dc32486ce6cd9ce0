import Foundation
import NNLayers
import Testing
import NNInference

@Suite struct BinaryScoresTests {
    private func values(_ logits: [Float], _ labels: [Int32]) -> [Double] {
        var metric = BinaryScores()
        metric.update(Predictions(logits: Tensor(logits, shape: [logits.count, 1])), labels: Tensor(labels))
        return metric.values.map(\.value)
    }

    @Test func countsEqualScoresHalf() {
        #expect(values([1, 1, 1, 1], [0, 1, 0, 1]).last == 50)
        #expect(values([0, -0.0], [0, 1]).last == 50)
        // Of the four pairs two are in order, one is even.
        #expect(values([-1, 0.5, 0.5, 2], [0, 0, 1, 0]).last == 50)
        #expect(values([-2, -1, 1, 2], [1, 1, 0, 0]) == [0, 0, 0, 0, 0])
    }

    /// Without positives there is no recall, without positive predictions no precision, of one class no curve.
    @Test func whatOneClassLeavesOpenIsUndefined() {
        func texts(_ logits: [Float], _ labels: [Int32]) -> [String] {
            var metric = BinaryScores()
            metric.update(Predictions(logits: Tensor(logits, shape: [logits.count, 1])), labels: Tensor(labels))
            return metric.values.map(\.text)
        }
        #expect(texts([-1, -2], [0, 0]) == ["100.00", "—", "—", "—", "—"])
        #expect(texts([1, 2], [1, 1]) == ["100.00", "100.00", "100.00", "100.00", "—"])
        #expect(texts([-1, 2], [0, 0]) == ["50.00", "0.00", "—", "0.00", "—"])
        #expect(texts([-1, -2], [0, 1]) == ["50.00", "—", "0.00", "0.00", "0.00"])
        #expect(BinaryScores().values.isEmpty)
    }

    @Test func whatIsNotANumberIsNegative() {
        #expect(values([.nan, 1, .infinity, -.infinity], [1, 1, 1, 0])[0] == 75)
    }

    @Test func oneLogitGivesTheProbabilitiesOfTwoClasses() {
        let probabilities = Predictions(logits: Tensor([0, 3] as [Float], shape: [2, 1])).probabilities
        #expect(probabilities.shape == [2, 2])
        #expect(zip(probabilities.floats, [0.5, 0.5, 0.047426, 0.952574]).allSatisfy { abs($0 - $1) < 1e-5 })
    }

    /// The area under two overlapping uniform distributions, 0...1 and 0.5...1.5, is 7/8. Memory is bounded, and
    /// the result does not depend on the order.
    @Test func mergesScoresThatAreManyMoreThanCanBeKept() throws {
        let count = 100_000
        let scores = (0..<2 * count).map { Float($0 / 2) / Float(count) + ($0 % 2 == 0 ? 0 : 0.5) }
        let labels = (0..<2 * count).map { Int32($0 % 2) }
        let area = try #require(values(scores, labels).last)
        #expect(abs(area - 87.5) < 0.01)
        #expect(values(scores.reversed(), labels.reversed()).last == area)
    }

    /// A checkpoint within an epoch keeps the counts, and writes the same ones alike.
    @Test func isSavedAndRead() throws {
        var metric = BinaryScores(ignoreIndex: 9)
        let logits = (0..<60).map { Float(sin(Double($0) * 12.9)) }
        metric.update(
            Predictions(logits: Tensor(logits, shape: [60, 1])), labels: Tensor((0..<60).map { Int32($0 % 7 / 4) }))
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let data = try encoder.encode(metric)
        let copy = try JSONDecoder().decode(BinaryScores.self, from: data)
        #expect(copy.values == metric.values && copy.ignoreIndex == 9)
        #expect(try encoder.encode(copy) == data)
    }
}
