import Testing
import NNOptimizers

@Suite struct PlateauScheduleTests {
    private func rates(_ schedule: any Schedule, reporting values: [Double]) -> [Double] {
        var schedule = schedule
        return values.map { value in
            defer { schedule.report(value) }
            return schedule.learningRate(at: 0)
        }
    }

    private let losses = [1, 0.9, 0.95, 0.91, 0.9, 0.5, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6]
    private let schedule = PlateauSchedule(
        learningRate: 0.1, metric: "loss", factor: 0.5, patience: 1, cooldown: 1, minimum: 0.02)
    /// By PyTorch 2.
    private let expected = [0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05, 0.025, 0.025, 0.025, 0.02, 0.02]

    @Test func reducesOfALossThatDoesNotFall() {
        #expect(isClose(rates(schedule, reporting: losses), expected, tolerance: 1e-12))
    }

    @Test func reducesOfAnAccuracyThatDoesNotRise() {
        let schedule = PlateauSchedule(
            learningRate: 0.1, metric: "top1", mode: .max, patience: 0,
            threshold: PlateauSchedule.Threshold(amount: 0.1, isRelative: false))
        let found = rates(schedule, reporting: [10, 12, 12.05, 12.1, 13, 13, 13, 14])
        #expect(isClose(found, [0.1, 0.1, 0.1, 0.01, 0.001, 0.001, 0.0001, 1e-05], tolerance: 1e-12))
    }

    @Test func continuesFromSavedStateThroughAWarmup() throws {
        for stop in losses.indices {
            var first: any Schedule = Warmup(steps: 2, factor: 0, before: schedule)
            for value in losses[..<stop] { first.report(value) }
            var second: any Schedule = Warmup(steps: 2, factor: 0, before: schedule)
            try second.restore(first.savedState)
            #expect(second.metric == "loss")
            for (index, value) in losses.enumerated().dropFirst(stop) {
                #expect(abs(second.learningRate(at: 2) - expected[index]) < 1e-12)
                second.report(value)
            }
        }
    }

    @Test func anotherLearningRateIsReducedAsFar() throws {
        var first = PlateauSchedule(learningRate: 0.1, metric: "loss", factor: 0.5, patience: 0)
        for loss in [1, 1, 1.0] { first.report(loss) }
        #expect(first.learningRate(at: 0) == 0.025)
        var second = PlateauSchedule(learningRate: 0.01, metric: "loss", factor: 0.5, patience: 0)
        try second.restore(first.savedState)
        #expect(abs(second.learningRate(at: 0) - 0.0025) < 1e-12)
    }

    /// A minimum above the learning rate that a run had come down to leaves that as it is.
    @Test func neverRaisesTheLearningRate() throws {
        var first = PlateauSchedule(learningRate: 0.1, metric: "loss", factor: 0.5, patience: 0)
        for _ in 0..<4 { first.report(1) }
        var second = PlateauSchedule(learningRate: 0.1, metric: "loss", factor: 0.5, patience: 0, minimum: 0.05)
        try second.restore(first.savedState)
        let resumed = second.learningRate(at: 0)
        for _ in 0..<4 { second.report(1) }
        #expect(resumed == 0.0125 && second.learningRate(at: 0) == resumed)
    }

    /// A relative threshold is a part of the magnitude, for values below 0 too.
    @Test func aRelativeThresholdCountsMagnitudes() {
        let schedule = PlateauSchedule(
            learningRate: 1, metric: "score", mode: .max, factor: 0.5, patience: 0,
            threshold: PlateauSchedule.Threshold(amount: 0.1))
        #expect(rates(schedule, reporting: [-10, -9.5, -8, -8, -8]) == [1, 1, 0.5, 0.5, 0.25])
    }

    @Test func refusesForeignState() {
        var schedule = schedule
        #expect(throws: SavedStateError.self) { try schedule.restore(SavedState()) }
        var state = schedule.savedState
        state.scalars["cooldown_left"] = .nan
        #expect(throws: SavedStateError.self) { try schedule.restore(state) }
    }

    @Test func theDirectionIsThatOfTheMetricUnlessStated() {
        func rate(_ mode: MetricMode?, _ measured: MetricMode, _ values: [Double]) -> Double {
            var schedule = PlateauSchedule(learningRate: 1, metric: "top1", mode: mode, factor: 0.5, patience: 0)
            for value in values { schedule.report(value, mode: measured) }
            return schedule.learningRate(at: 0)
        }
        #expect(rate(nil, .max, [10, 20, 30]) == 1)
        #expect(rate(nil, .max, [30, 20]) == 0.5)
        #expect(rate(nil, .min, [30, 20]) == 1)
        #expect(rate(.min, .max, [10, 20]) == 0.5)
        var plain = PlateauSchedule(learningRate: 1, metric: "loss", factor: 0.5, patience: 0)
        for value in [3.0, 2, 1] { plain.report(value) }
        #expect(plain.learningRate(at: 0) == 1)
    }
}
