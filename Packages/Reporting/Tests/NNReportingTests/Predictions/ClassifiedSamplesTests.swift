import Foundation
@_spi(Internal) import NNDatasets
@_spi(Internal) import NNInference
import NNLayers
import Testing

@testable import NNReporting

@Suite struct ClassifiedSamplesTests {
    private let known = KnownPredictions(classNames: ["a", "b", "c", "d"], count: 60)

    private func measured(_ known: KnownPredictions) throws -> ClassifiedSamples {
        let loader = try DataLoader(known.dataset, batchSize: 7, evaluates: true)
        return try ClassifiedSamples(Evaluator(TableNetwork(known.rows), metrics: []), on: loader)
    }

    private func isClose(_ left: Float, _ right: Double) -> Bool { abs(Double(left) - right) < 1e-5 }

    @Test func numbersAreThoseOfSoftmax() throws {
        let samples = try measured(known).samples
        #expect(samples.map(\.index) == Array(0..<60))
        for sample in samples {
            let logits = known.rows[sample.index].map(Double.init)
            let sum = logits.reduce(0.0) { $0 + exp($1) }
            let probabilities = logits.map { exp($0) / sum }
            let sorted = probabilities.sorted(by: >)
            #expect(sample.label == known.label(sample.index))
            #expect(probabilities[sample.prediction] == sorted[0])
            #expect(isClose(sample.confidence, sorted[0]))
            #expect(isClose(sample.labelProbability, probabilities[sample.label]))
            #expect(isClose(sample.loss, -log(probabilities[sample.label])))
            #expect(isClose(sample.margin, sorted[0] - sorted[1]))
            #expect(isClose(sample.entropy, -probabilities.reduce(0.0) { $0 + $1 * log($1) }))
        }
    }

    @Test func theWorstAndTheLeastCertainComeFirst() throws {
        let predictions = try measured(known)
        let losses = predictions.samples.map(\.loss).sorted(by: >)
        #expect(predictions.worst(10).map(\.loss) == Array(losses.prefix(10)))
        let margins = predictions.samples.map(\.margin).sorted()
        #expect(predictions.leastCertain(7).map(\.margin) == Array(margins.prefix(7)))
        #expect(predictions.worst(1000).count == 60)
    }

    @Test func countsAndCalibrationAreThoseOfTheMetric() throws {
        let predictions = try measured(known)
        let scores = ClassificationScores(classNames: known.dataset.classNames)
        let loader = try DataLoader(known.dataset, batchSize: 60, evaluates: true)
        let result = try Evaluator(TableNetwork(known.rows), metrics: [scores]).evaluate(loader)
        let table = try #require(result.tables.first)
        for (row, counts) in zip(table.rows, predictions.counts) {
            #expect(
                row.values == [Double(counts.support)]
                    + [counts.precision, counts.recall, counts.f1].map { $0.map { $0 * 100 } })
        }
        var reliability = Reliability()
        for sample in predictions.samples { reliability.add(confidence: sample.confidence, isRight: sample.isRight) }
        let expected = try #require(result.scores.first { $0.name == "ece" }).value / 100
        #expect(abs(try #require(reliability.calibrationError) - expected) < 1e-6)
    }

    @Test func confusionsAreSortedByFrequency() throws {
        let predictions = try measured(known)
        var counts: [[Int]: Int] = [:]
        for sample in predictions.samples where sample.label != sample.prediction {
            counts[[sample.label, sample.prediction], default: 0] += 1
        }
        let confusions = predictions.confusions
        #expect(confusions.count == counts.count && !confusions.isEmpty)
        for confusion in confusions { #expect(counts[[confusion.label, confusion.prediction]] == confusion.count) }
        #expect(confusions.map(\.count) == counts.values.sorted(by: >))
    }

    @Test func oneLogitIsThatOfClassOne() throws {
        let dataset = IndexedImages(classNames: ["no", "yes"], targets: [.label(0), .label(1), .label(1)])
        let samples = try measured(KnownPredictions(dataset, rows: [[-2], [-1], [3]])).samples
        #expect(samples.map(\.prediction) == [0, 0, 1])
        #expect(isClose(samples[1].labelProbability, 1 / (1 + exp(1))))
        #expect(isClose(samples[2].loss, log(1 + exp(-3))))
    }

    @Test func largeLogitsDoNotOverflowAndIgnoredLabelsAreLeftOut() throws {
        var dataset = IndexedImages(classNames: ["a", "b"], targets: [.label(1), .label(0), .label(255)])
        dataset.ignoreIndex = 255
        let samples = try measured(KnownPredictions(dataset, rows: [[3e4, -3e4], [200, 0], [0, 0]])).samples
        #expect(samples.count == 2)
        #expect(samples[0].loss == 6e4 && samples[0].confidence == 1 && samples[0].entropy == 0)
    }

    @Test func logitsThatAreNoNumbersAreTheWorst() throws {
        let dataset = IndexedImages(classNames: ["a", "b"], targets: [.label(0), .label(1), .label(0)])
        let predictions = try measured(KnownPredictions(dataset, rows: [[1, 0], [.nan, 1], [0, 5]]))
        #expect(predictions.worst(2).map(\.index) == [1, 2])
        #expect(predictions.samples[1].loss.isNaN && predictions.samples[1].confidence.isNaN)
        #expect(predictions.leastCertain(9).map(\.index) == [0, 2])
    }

    @Test func firstElementsAreThoseOfSorting() {
        var random = RandomGenerator(key: RandomKey(seed: 5))
        let numbers = (0..<500).map { _ in random.index(below: 100) }
        var list = FirstElements<Int>(20)
        for number in numbers { list.insert(number, by: <) }
        #expect(list.elements == Array(numbers.sorted().prefix(20)))
        var none = FirstElements<Int>(0)
        none.insert(1, by: <)
        #expect(none.elements.isEmpty)
    }

    @Test func thresholdsCountWhatIsAbove() throws {
        var random = RandomGenerator(key: RandomKey(seed: 6))
        let scores = (0..<300).map { _ -> (score: Float, isPositive: Bool) in
            (score: Float(random.unit()), isPositive: random.unit() > 0.4)
        }
        for point in ThresholdCurve(scores).points {
            let above = scores.filter { Int($0.score * 1000) >= Int((point.threshold * 1000).rounded()) }
            #expect(point.truePositives == above.count { $0.isPositive })
            #expect(point.falsePositives == above.count { !$0.isPositive })
        }
    }
}
