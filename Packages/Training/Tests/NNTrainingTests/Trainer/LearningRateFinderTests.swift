import Foundation
import NNDatasets
import NNLayers
import NNLosses
import NNOptimizers
import Testing

@testable import NNTraining

@Suite struct LearningRateFinderTests {
    /// Losses at rates in equal ratios, as they are.
    private func test(
        _ losses: [Double], from lowest: Double = 1e-4, ending: LearningRateTest.Ending = .completed
    ) -> LearningRateTest {
        let points = losses.enumerated().map { index, loss in
            LearningRateTest.Point(rate: lowest * pow(2, Double(index)), loss: loss, smoothedLoss: loss)
        }
        return LearningRateTest(points: points, ending: ending, plannedSteps: losses.count)
    }

    @Test func ratesRiseInEqualRatios() throws {
        let finder = LearningRateFinder(from: 1e-3, to: 10, steps: 13)
        #expect(finder.rate(at: 0) == 1e-3 && abs(finder.rate(at: 12) - 10) < 1e-12)
        #expect(abs(finder.rate(at: 6) - 0.1) < 1e-12)
        for (low, high, steps) in [
            (1.0, 1.0, 20), (2, 1, 20), (0, 1, 20), (-1, 1, 20), (.nan, 1, 20), (1, .nan, 20),
            (1, 1e9, 20), (1, 2, 9), (1, 2, 10_001),
        ] {
            #expect(throws: OptionError.self) { try LearningRateFinder.check(from: low, to: high, steps: steps) }
        }
    }

    /// 1, then (0.98 * 0.02 + 0.02 * 3) / (1 - 0.98^2).
    @Test func theMeanHasNoBiasTowardsZero() {
        var smoother = LossSmoother(keeping: 0.98)
        #expect(smoother.add(1) == 1)
        #expect(abs(smoother.add(3) - (0.98 * 0.02 * 1 + 0.02 * 3) / (1 - 0.98 * 0.98)) < 1e-12)
    }

    /// The fall is from index 4 to 13, 10 long with the start at 3; the middle is 3 + 3 + 1.
    @Test func suggestionsAreThoseOfTheCurve() throws {
        let losses = [4, 4, 4, 4, 4, 3.9, 3.7, 3.4, 3.0, 2.0, 1.8, 1.7, 1.6, 1.5, 2, 3, 4, 5, 6, 7.0]
        let test = test(losses)
        #expect(test.judged.count == 18 && test.falls)
        let rate = { (index: Int) in 1e-4 * pow(2, Double(index)) }
        #expect(test.lowest == rate(13) && test.belowLowest == rate(13) / 10)
        #expect(test.steepest == rate(8))
        let valley = try #require(test.valley)
        #expect(valley == rate(7))
        #expect(test.cycle == (valley / 4)...valley)
        // The last five of a test that ended early are on the way up.
        #expect(self.test(losses, ending: .rose).judged.count == 13)
    }

    @Test func whatNeverFallsSuggestsNothing() {
        let rising = test((0..<20).map { 1 + Double($0) })
        let noise = test((0..<40).map { 2 + ($0 % 2 == 0 ? 0.2 : -0.2) * ($0 % 3 == 0 ? 1 : 0.9) })
        for test in [rising, noise, test([]), test([1])] {
            #expect(!test.falls && test.valley == nil && test.steepest == nil && test.belowLowest == nil)
            #expect(test.cycle == nil)
        }
    }

    /// Gradient descent on h/2 x^2 diverges above a rate of 2 / h, and converges at once at 1 / h.
    @Test(arguments: [0.01, 1, 250.0]) func suggestionsAreOfTheScaleOfTheProblem(_ curvature: Double) throws {
        let finder = LearningRateFinder(from: 1e-5 / curvature, to: 1e3 / curvature, steps: 200)
        var smoother = LossSmoother(keeping: LearningRateFinder.smoothing)
        var (x, points) = (1.0, [LearningRateTest.Point]())
        for step in 0..<200 {
            let loss = 0.5 * curvature * x * x
            let smoothed = smoother.add(loss)
            points.append(.init(rate: finder.rate(at: step), loss: loss, smoothedLoss: smoothed))
            if smoothed > 4 * (points.map(\.smoothedLoss).min() ?? 0) { break }
            x -= finder.rate(at: step) * curvature * x
        }
        #expect(points.count < 200)
        let test = LearningRateTest(points: points, ending: .rose, plannedSteps: 200)
        let valley = try #require(test.valley) * curvature
        #expect(valley > 0.005 && valley < 1)
        #expect(try #require(test.belowLowest) * curvature < 1)
    }

    private final class Scaled: Loss {
        let factor: Float
        private let loss = CrossEntropy()
        init(_ factor: Float) { self.factor = factor }
        func callAsFunction(_ logits: Tensor, labels: Tensor) -> Tensor { loss(logits, labels: labels) * factor }
    }

    /// With 2^7 times the loss, the same steps need rates that are 2^7 times as small.
    @Test func ratesFollowTheScaleOfTheLoss() throws {
        func valley(_ factor: Float) throws -> (Double, LearningRateTest) {
            let experiment = try TestExperiment.experiment()
            let network = try experiment.makeNetwork()
            let before = network.stateDictionary.entries.map { $0.tensor.floats }
            let optimizer = SGD(network.parameters, learningRate: 0.1)
            let finder = LearningRateFinder(from: 1e-4 / Double(factor), to: 30 / Double(factor), steps: 40)
            var told = 0
            let test = try finder.run(
                network, loss: Scaled(factor), optimizer: optimizer, training: experiment.makeTrainingLoader()
            ) { _ in told += 1 }
            // An epoch has 12 steps, so that the data was repeated; the network is as before.
            #expect(told == test.points.count && told > 12)
            #expect(network.stateDictionary.entries.map { $0.tensor.floats } == before)
            return (try #require(test.valley), test)
        }
        let (one, first) = try valley(1)
        let (scaled, second) = try valley(128)
        #expect(abs(one / scaled / 128 - 1) < 1e-6)
        #expect(first.points.count == second.points.count)
    }

    @Test func experimentsAreTriedWithoutARunFolder() throws {
        let experiment = try TestExperiment.experiment {
            $0.optimizer = ["type": "adamw", "lr": 1]
            $0.precision = .bfloat16
            $0.training.freeze = ["backbone"]
            $0.training.bestMetric = "validation_top1"
        }
        let test = try LearningRateFinder(from: 1e-5, to: 1, steps: 30).run(experiment)
        #expect(test.points.count >= 10)
        #expect(test.points.first?.rate == 1e-5)
        #expect(try LearningRateFinder(from: 1e-5, to: 1, steps: 30).run(experiment) == test)
    }

    @Test func ratesThatAreTooLargeAtOnceAreRefused() throws {
        let experiment = try TestExperiment.experiment { $0.optimizer = ["type": "sgd", "lr": 1, "momentum": 0] }
        #expect {
            _ = try LearningRateFinder(from: 1e5, to: 1e6, steps: 60).run(experiment)
        } throws: { error in
            "\(error)".contains("no rate in reach")
        }
    }

    @Test func itCanBeInterrupted() throws {
        let interruption = Interruption()
        interruption.request()
        let test = try LearningRateFinder().run(TestExperiment.experiment(), until: interruption)
        #expect(test.ending == .interrupted && test.points.isEmpty)
    }
}
