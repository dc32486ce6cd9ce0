import NNLayers
import Testing
import NNInference

@Suite struct TopKAccuracyTests {
    private func accuracy(_ logits: [Float], labels: [Int32], k: Int, ignoreIndex: Int? = nil) -> Double? {
        var metric = TopKAccuracy(k: k, ignoreIndex: ignoreIndex)
        let shape: Shape = [labels.count, logits.count / labels.count]
        metric.update(Predictions(logits: Tensor(logits, shape: shape)), labels: Tensor(labels))
        return metric.values.first?.value
    }

    private let logits: [Float] = [
        0.1, 0.9, 0.5, 0.3,
        2, -1, 1, 0,
        0, 1, 2, 3,
        -4, -3, -2, -1,
    ]

    @Test(arguments: [(1, 25.0), (2, 50.0), (3, 75.0), (4, 100.0), (5, 100.0)])
    func countsTheLikeliestClasses(_ k: Int, _ expected: Double) {
        #expect(accuracy(logits, labels: [1, 2, 1, 0], k: k) == expected)
    }

    @Test func readsBFloat16AndNamesItself() {
        var metric = TopKAccuracy(k: 5)
        metric.update(
            Predictions(logits: Tensor(logits, shape: [4, 4]).cast(to: .bfloat16)),
            labels: Tensor([1, 2, 1, 0] as [Int32]))
        #expect(metric.values.map(\.name) == ["top5"])
        #expect(metric.values[0].text == "100.00")
    }

    /// A network that has died must not look perfect.
    @Test func equalAndUndefinedLogitsEarnNothing() {
        #expect(accuracy([1, 1, 1, 1, 1, 1], labels: [0, 2], k: 1) == 50)
        #expect(accuracy([.nan, .nan, .nan, .nan], labels: [0, 1], k: 1) == 0)
        #expect(accuracy([.nan, 1, 0, .nan], labels: [1, 0], k: 1) == 0)
    }

    @Test func leavesOutWhatIsIgnored() {
        #expect(accuracy(logits, labels: [1, 255, 255, 0], k: 1, ignoreIndex: 255) == 50)
        #expect(accuracy([1, 2], labels: [255], k: 1, ignoreIndex: 255) == nil)
    }

    @Test func takesOneLogitAsTwoClasses() {
        let one: [Float] = [2, -1, 0, .nan, -3]
        func accuracy(k: Int) -> Double? {
            var metric = TopKAccuracy(k: k)
            metric.update(
                Predictions(logits: Tensor(one, shape: [5, 1])), labels: Tensor([1, 1, 0, 0, 0] as [Int32]))
            return metric.values.first?.value
        }
        // Right are the first, the third (0 is not positive) and the last.
        #expect(accuracy(k: 1) == 60)
        #expect(accuracy(k: 2) == 80)
    }

    @Test func addsUpBatchesAndResets() {
        var metric = TopKAccuracy()
        metric.update(Predictions(logits: Tensor([1, 0] as [Float], shape: [1, 2])), labels: Tensor([0] as [Int32]))
        metric.update(
            Predictions(logits: Tensor([1, 0, 1, 0, 1, 0] as [Float], shape: [3, 2])),
            labels: Tensor([1, 1, 0] as [Int32]))
        #expect(metric.values.first?.value == 50)
        metric.reset()
        #expect(metric.values.isEmpty)
    }
}
