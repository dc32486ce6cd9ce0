import NNLayers
import NNOptimizers
import NNTraining
import Testing
@testable import NNTraining

@Suite struct EarlyStoppingTests {
    private let losses = [5, 4, 4, 3, 3, 3, 2, .nan, 9]

    @Test(arguments: [(1, 2), (2, 5), (3, nil)] as [(Int, Int?)])
    func stopsAfterItsPatience(_ patience: Int, _ expected: Int?) {
        var stopping = EarlyStopping(metric: "loss", mode: .min, patience: patience)
        let stop = losses.indices.first { stopping.report(losses[$0], epoch: $0) }
        #expect(stop == expected)
    }

    @Test func continuesFromSavedState() throws {
        for stop in losses.indices {
            var first = EarlyStopping(metric: "loss", mode: .min, patience: 2)
            for index in 0..<stop { _ = first.report(losses[index], epoch: index) }
            var second = EarlyStopping(metric: "loss", mode: .min, patience: 2)
            try second.restore(first.savedState)
            #expect(second == first)
        }
        var stopping = EarlyStopping(metric: "loss", mode: .min, patience: 2)
        #expect(throws: SavedStateError.self) { try stopping.restore(SavedState()) }
    }

    /// Configurations and initializers refuse the same.
    @Test func refusesSettingsWithoutMeaning() {
        for patience in [0, -1, Int.min, Int.max] {
            #expect(throws: OptionError.self) { try EarlyStopping.check(patience: patience, minimumChange: 0) }
        }
        for change in [-1, -1e-3, .nan, .infinity, -.infinity, 1e300] {
            #expect(throws: OptionError.self, "\(change)") {
                try EarlyStopping.check(patience: 1, minimumChange: change)
            }
        }
    }
}

@Suite struct BestTrackerTests {
    private func improvements(_ tracker: BestTracker, _ values: [Double]) -> [Bool] {
        var tracker = tracker
        return values.enumerated().map { tracker.report($0.element, epoch: $0.offset) }
    }

    @Test func findsTheLargestOrTheSmallest() {
        let values = [3, 2, 2, 4, .nan, 1]
        #expect(
            improvements(BestTracker(metric: "a", mode: .min), values) == [true, true, false, false, false, true])
        #expect(
            improvements(BestTracker(metric: "a", mode: .max), values) == [true, false, false, true, false, false])
        #expect(improvements(BestTracker(metric: "a", mode: .max), [.nan, 1]) == [false, true])
    }

    @Test func smallChangesDoNotCount() {
        let tracker = BestTracker(metric: "a", mode: .max, minimumChange: 0.5)
        #expect(improvements(tracker, [1, 1.4, 1.6, 2]) == [true, false, true, false])
    }

    @Test func continuesFromSavedState() throws {
        var tracker = BestTracker(metric: "a", mode: .min)
        var restored = BestTracker(metric: "a", mode: .min)
        try restored.restore(tracker.savedState)
        #expect(restored == tracker)
        _ = tracker.report(0.25, epoch: 7)
        try restored.restore(tracker.savedState)
        #expect(restored == tracker)
        #expect(restored.best == 0.25)
        #expect(restored.bestEpoch == 7)
        #expect(throws: SavedStateError.self) { try restored.restore(SavedState(scalars: ["best": 1])) }
        #expect(restored == tracker)
    }
}
