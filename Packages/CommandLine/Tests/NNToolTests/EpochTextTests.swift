import Foundation
import NNDatasets
import NNInference
import NNLayers
import NNTraining
import Testing

@testable import NNTool

@Suite struct EpochTextTests {
    /// The fields of an `EpochRecord`, which only training makes.
    private struct Epoch: Encodable {
        struct Time: Encodable {
            var total = 61.0
            var waitingForData = 0.0
            var sampleCount = 76_000
        }

        var epoch = 3
        var stepInEpoch = 100
        var stepsInEpoch = 100
        var step = 300
        var learningRate = 0.1
        var scores: [MetricValue] = []
        var isBest = true
        var trainingTime = Time()
        var evaluationSeconds = 1.0
    }

    private struct Best: Encodable {
        var metric = "validation_top1"
        var mode = "max"
        var minimumChange = 0.0
        var best: Double? = 84.1
        var bestEpoch: Int? = 2
    }

    private func made<Value: Decodable>(_ fields: some Encodable, as type: Value.Type = Value.self) throws -> Value {
        let (encoder, decoder) = (JSONEncoder(), JSONDecoder())
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try decoder.decode(type, from: try encoder.encode(fields))
    }

    private func scores(_ metric: String = "top1", _ splits: [Split] = [.train, .validation]) -> [MetricValue] {
        splits.flatMap { split in
            [
                MetricValue("loss", 0.43121, mode: .min, split: split),
                MetricValue(metric, 83.2, unit: .percent, mode: .max, split: split),
                MetricValue("top5", 99.5, unit: .percent, mode: .max, split: split),
            ]
        }
    }

    private func lines(
        _ epoch: Epoch, _ best: Best? = Best(), epochs: Int = 90, remainingSeconds: Double? = 3723
    ) throws -> [String] {
        try EpochText.lines(
            made(epoch), epochs: epochs, best: best.map { try made($0) }, remainingSeconds: remainingSeconds)
    }

    @Test func anEpochIsTwoLines() throws {
        #expect(
            try lines(Epoch(scores: scores())) == [
                "epoch  3/90  train loss 0.4312  top1 83.20 %  1,245 images/s  1:02",
                "  validation loss 0.4312  top1 83.20 %  best  ETA 1:02:03",
            ])
        #expect(
            try lines(Epoch(stepInEpoch: 50, scores: scores(), isBest: false), remainingSeconds: nil) == [
                "epoch  3/90  step 50/100  train loss 0.4312  top1 83.20 %  1,245 images/s  1:02",
                "  validation loss 0.4312  top1 83.20 %  best 84.10 % in epoch 2",
            ])
    }

    /// What is judged may be a loss, a score of the training samples, or undefined in every epoch.
    @Test func theJudgedScoreIsNamedWhereItDoesNotStand() throws {
        let ofLoss = Best(metric: "validation_loss", mode: "min", best: 0.4, bestEpoch: 1)
        #expect(
            try lines(Epoch(scores: scores(), isBest: false), ofLoss)[1]
                == "  validation loss 0.4312  top1 83.20 %  best loss 0.4000 in epoch 1  ETA 1:02:03")
        let ofTraining = Best(metric: "train_top5")
        #expect(
            try lines(Epoch(scores: scores()), ofTraining) == [
                "epoch  3/90  train loss 0.4312  top5 99.50 %  1,245 images/s  1:02",
                "  validation loss 0.4312  top5 99.50 %  best train top5  ETA 1:02:03",
            ])
        let alone = Epoch(scores: scores("top1", [.train]), isBest: false)
        #expect(try lines(alone, Best(metric: "train_top1"))[1] == "  best top1 84.10 % in epoch 2  ETA 1:02:03")
        let alsoBest = Epoch(scores: scores("top1", [.train]))
        let itself = Best(metric: "train_top1", best: 83.2, bestEpoch: 3)
        #expect(try lines(alsoBest, itself)[1] == "  best top1 83.20 % in epoch 3  ETA 1:02:03")
        let undefined = Epoch(scores: [MetricValue("loss", .nan, mode: .min, split: .train)], isBest: false)
        let none = Best(metric: "train_loss", best: nil, bestEpoch: nil)
        #expect(
            try lines(undefined, none, remainingSeconds: nil) == ["epoch  3/90  train loss —  1,245 images/s  1:02"])
        #expect(try lines(Epoch(scores: scores()), nil).count == 2)
        #expect(try lines(Epoch(), nil, remainingSeconds: nil).count == 1)
    }

    @Test(arguments: [1, 90, 10_000, 1_000_000_000], ["top1", "a_metric_with_a_very_long_name_of_its_own"])
    func fitsInto80Columns(_ epochs: Int, _ metric: String) throws {
        let best = Best(metric: "validation_\(metric)", bestEpoch: epochs)
        for isBest in [true, false] {
            let epoch = Epoch(
                epoch: epochs, stepInEpoch: 99_999, stepsInEpoch: 100_000, scores: scores(metric), isBest: isBest)
            let lines = try lines(epoch, best, epochs: epochs, remainingSeconds: 1e6)
            #expect(lines.count == 2 && lines.allSatisfy { $0.count <= 80 }, "\(lines)")
            #expect(lines[0].contains("  train loss 0.4312  ") && lines[0].contains(" 83.20 %"))
            #expect(lines[1].hasPrefix("  validation loss 0.4312  ") && lines[1].contains(" 83.20 %  best"))
        }
    }

    private func progress(
        _ evaluated: [MetricValue], _ best: Best?, epoch: String = "12/90", width: Int = 79
    ) throws -> String {
        let figures = EpochText.figures(
            running: scores("top1", [.train]).map { MetricValue($0.metric, $0.value, unit: $0.unit, mode: $0.mode) },
            evaluated: evaluated, best: try best.map { try made($0) }, remainingSeconds: 3723, imagesPerSecond: 1234.5,
            learningRate: 0.1)
        return ProgressLine(
            title: "epoch \(epoch)", fraction: 0.5, figures: figures[0], shorterFigures: Array(figures.dropFirst())
        ).text(width: width)
    }

    @Test func theProgressLineHasTheMostImportantFirst() throws {
        let all = "  loss 0.4312  validation top1 83.20 % (best 84.10 %)  ETA 1:02:03  1,234 images/s"
        #expect(try progress(scores(), Best(), width: 160).hasSuffix("]\(all)  train top1 83.20 %  lr 0.1"))
        #expect(try progress(scores(), Best(), width: 105).hasSuffix("]\(all)"))
        let line = try progress(scores(), Best())
        #expect(line == "epoch 12/90 [=====>    ]  loss 0.4312  top1 83.20 (84.10)  ETA 1:02:03  1,234/s")
        #expect(
            try progress(scores(), Best(best: 83.2)).hasSuffix(
                "]  loss 0.4312  top1 83.20 % (best)  ETA 1:02:03  1,234/s"))
        // Before the first evaluation there is nothing that is judged.
        #expect(
            try progress([], nil).hasSuffix("]  loss 0.4312  ETA 1:02:03  1,234 images/s"))
        #expect(
            try progress([], nil, width: 120).hasSuffix(
                "1,234 images/s  train top1 83.20 %  train top5 99.50 %  lr 0.1"))
    }

    @Test(arguments: 1...200)
    func theProgressLineFitsEveryWidth(_ width: Int) throws {
        let long = "a_metric_with_a_very_long_name_of_its_own"
        for epoch in ["1/2", "10000/10000, evaluating"] {
            let line = try progress(scores(long), Best(metric: "validation_\(long)"), epoch: epoch, width: width)
            #expect(line.count <= width)
        }
    }
}
