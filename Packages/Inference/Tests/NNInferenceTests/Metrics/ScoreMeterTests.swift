import NNLayers
import NNOptimizers
import Testing

@_spi(Internal) @testable import NNInference

struct ScoreMeterTests {
    private let logits = Tensor([3, 1, 0, 0, 2, 1] as [Float], shape: [2, 3])

    @Test func measuresLossAndMetrics() {
        var meter = ScoreMeter([TopKAccuracy(k: 1)])
        #expect(meter.values.isEmpty)
        meter.add(loss: 2, logits: logits, labels: Tensor([0, 2] as [Int32]))
        meter.add(loss: 5, logits: Tensor([3, 1, 0] as [Float], shape: [1, 3]), labels: Tensor([0] as [Int32]))
        #expect(meter.values.map(\.name) == ["loss", "top1"])
        #expect(meter.values[0].value == 3)
        #expect(abs(meter.values[1].value - 200.0 / 3) < 1e-10)
        meter.reset()
        #expect(meter.values.isEmpty)
    }

    @Test func goesOnFromCounts() throws {
        let metrics: [any Metric] = [
            TopKAccuracy(k: 2), ConfusionMatrix(classNames: ["a", "b", "c"]),
            SegmentationAreas(classNames: ["a", "b", "c"]),
        ]
        var whole = ScoreMeter(metrics)
        whole.add(loss: 1 / 3, logits: logits, labels: Tensor([0, 2] as [Int32]))
        let counts = try whole.counts()
        whole.add(loss: 0.1, logits: logits, labels: Tensor([1, 1] as [Int32]))
        var resumed = ScoreMeter(metrics)
        try resumed.restore(counts)
        resumed.add(loss: 0.1, logits: logits, labels: Tensor([1, 1] as [Int32]))
        #expect(resumed.values == whole.values)
        #expect(throws: SavedStateError.self) {
            var other = ScoreMeter([]); try other.restore(counts)
        }
    }
}

@Suite struct RunningMeanTests {
    @Test func weighsBatchesByTheirSize() {
        var mean = RunningMean()
        #expect(mean.value == nil)
        mean.add(2, count: 3)
        mean.add(6, count: 1)
        #expect(mean.value == 3)
        #expect(mean.count == 4)
        mean.reset()
        #expect(mean.value == nil)
    }
}
