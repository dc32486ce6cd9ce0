import NNLayers
import NNOptimizers
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
