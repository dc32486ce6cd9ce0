import NNOptimizers
import Testing
import NNTraining

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
