import Foundation
import NNCore
import NNLayers
import SwiftProtobuf
import Testing

@testable import NNTensorBoard

@Suite struct SummaryTests {
    /// Against sums and counts by plain loops.
    @Test(arguments: [1, 2, 1000, 4097])
    func histogramsAddUp(count: Int) {
        let values = Tensor.normal([count], key: RandomKey(seed: UInt64(count))).floats.map { $0 * 3 - 1 }
        let histogram = ValueHistogram(Tensor(values))
        #expect(histogram.count == count)
        #expect(histogram.minimum == Double(values.min()!) && histogram.maximum == Double(values.max()!))
        #expect(abs(histogram.sum - values.reduce(0) { $0 + Double($1) }) < 1e-9)
        #expect(abs(histogram.sumOfSquares - values.reduce(0) { $0 + Double($1) * Double($1) }) < 1e-9)
        #expect(histogram.counts.reduce(0, +) == count && histogram.counts.count == histogram.limits.count)
        guard count > 1 else { return }
        #expect(histogram.limits.count == 30 && histogram.limits == histogram.limits.sorted())
        var left = histogram.minimum
        for (limit, found) in zip(histogram.limits.dropLast(), histogram.counts) {
            // A value at a limit may be on either side of it.
            let inside = values.count { Double($0) > left + 1e-6 && Double($0) < limit - 1e-6 }
            let near = values.count { abs(Double($0) - left) <= 1e-6 || abs(Double($0) - limit) <= 1e-6 }
            #expect((inside...inside + near).contains(found))
            left = limit
        }
    }

    @Test func valuesThatAreNotFiniteDoNotCount() {
        let values: [Float] = [.nan, 1, .infinity, 3, -.infinity, .greatestFiniteMagnitude, -.greatestFiniteMagnitude]
        let histogram = ValueHistogram(Tensor(values))
        #expect(histogram.count == 4 && histogram.counts.reduce(0, +) == 4)
        #expect(histogram.maximum == Double(Float.greatestFiniteMagnitude))
        #expect(
            histogram.counts.first == 1 && histogram.counts.last == 1
                && histogram.counts[15] + histogram.counts[14] == 2)
        let few = ValueHistogram(Tensor([Float.nan, 1, .infinity, 3]))
        #expect(few.sum == 4 && few.sumOfSquares == 10 && few.minimum == 1 && few.maximum == 3)
        let none = ValueHistogram(Tensor([Float.nan, .infinity]))
        #expect(none.count == 0 && none.sum == 0 && none.limits == [0] && none.counts == [0])
        let equal = ValueHistogram(Tensor([Float](repeating: 2.5, count: 7)))
        #expect(equal.limits == [2.5] && equal.counts == [7] && equal.sumOfSquares == 7 * 6.25)
        let tiny = ValueHistogram(Tensor([Float.leastNonzeroMagnitude, 0]))
        #expect(tiny.counts.first == 1 && tiny.counts.last == 1)
    }

    @Test func hyperparametersAreTheKeysOfTheConfiguration() throws {
        let settings = Hyperparameters([
            "optimizer": ["type": "sgd", "lr": 0.1, "nesterov": true, "momentum": .null], "epochs": 3,
            "transforms": ["flip", ["type": "resize", "size": 8]], "limit": ConfigNode(.float(.infinity)),
            "callbacks": [],
        ])
        let start = try Tensorboard_HParamsPluginData(
            serializedBytes: settings.start(Date(timeIntervalSince1970: 5)).metadata.pluginData.content)
        #expect(start.sessionStartInfo.startTimeSecs == 5)
        #expect(
            start.sessionStartInfo.hparams == [
                "optimizer.type": "sgd", "optimizer.lr": 0.1, "optimizer.nesterov": true, "epochs": 3,
                "transforms": "[flip, {type: resize, size: 8}]", "limit": "inf",
            ])
        let value = try settings.experiment(scores: ["validation/top1"])
        #expect(value.tag == "_hparams_/experiment" && value.metadata.pluginData.pluginName == "hparams")
        let experiment = try Tensorboard_HParamsPluginData(serializedBytes: value.metadata.pluginData.content)
            .experiment
        #expect(experiment.metricInfos.map(\.name.tag) == ["validation/top1"])
        #expect(
            experiment.hparamInfos.map(\.name) == [
                "optimizer.type", "optimizer.lr", "optimizer.nesterov", "epochs", "transforms", "limit",
            ])
        #expect(
            experiment.hparamInfos.map(\.type) == [
                .dataTypeString, .dataTypeFloat64, .dataTypeBool, .dataTypeFloat64, .dataTypeString, .dataTypeString,
            ])
        let end = try Tensorboard_HParamsPluginData(
            serializedBytes: Hyperparameters.end().metadata.pluginData.content)
        #expect(end.sessionEndInfo.status == .success)
    }
}
