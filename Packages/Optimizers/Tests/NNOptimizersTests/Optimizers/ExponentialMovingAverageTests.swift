import NNLayers
import Testing
import NNOptimizers

@Suite struct ExponentialMovingAverageTests {
    private final class Scale: Module {
        @Parameter var weight = Tensor([1, 2] as [Float])
        @Buffer var mean = Tensor([10] as [Float])
        @Buffer var count = Tensor([7] as [Int64])
    }

    /// One parameter and one buffer through three updates, by hand.
    private func average(of values: [Float], decay: Double) -> Float {
        var average = values[0]
        for (index, value) in values.dropFirst().enumerated() {
            average += Float(1 - min(decay, Double(1 + index) / Double(10 + index))) * (value - average)
        }
        return average
    }

    @Test func followsItsDefinition() {
        let module = Scale()
        let averages = ExponentialMovingAverage(of: module, decay: 0.15)
        for step in 1...3 {
            module.$weight.update { $0 = Tensor([1 + Float(step), 2 - Float(step)]) }
            module.mean = Tensor([10 * Float(step)])
            averages.update()
        }
        averages.withAveragedWeights {
            let expected = [average(of: [1, 2, 3, 4], decay: 0.15), average(of: [2, 1, 0, -1], decay: 0.15)]
            #expect(isClose(module.weight.floats, expected))
            #expect(isClose(module.mean.floats, [average(of: [10, 10, 20, 30], decay: 0.15)]))
            #expect(module.count.floats == [7])
        }
        #expect(module.weight.floats == [4, -1])
        #expect(module.mean.floats == [30])
        #expect(averages.updateCount == 3)
    }

    @Test func weightsAreStillVariablesAfterAnExchange() {
        let module = Scale()
        let averages = ExponentialMovingAverage(of: module, decay: 0.9)
        averages.update()
        averages.withAveragedWeights { #expect(module.weight.isTracked) }
        let gradients = module.weight.backward(gradient: Tensor([3, 4] as [Float]))
        #expect(module.$weight.gradient(in: gradients)?.floats == [3, 4])
    }

    @Test func continuesFromSavedState() throws {
        let module = Scale()
        let averages = ExponentialMovingAverage(of: module, decay: 0.9)
        module.$weight.update { $0 = Tensor([5, 6] as [Float]) }
        averages.update()
        let restored = ExponentialMovingAverage(of: module, decay: 0.9)
        try restored.restore(averages.savedState)
        #expect(restored.updateCount == 1)
        averages.update()
        restored.update()
        #expect(restored.savedState.tensors.mapValues(\.floats) == averages.savedState.tensors.mapValues(\.floats))
    }

    @Test func refusesForeignState() {
        let averages = ExponentialMovingAverage(of: Scale(), decay: 0.9)
        var state = averages.savedState
        state.tensors["weight"] = .zeros([3])
        #expect(throws: SavedStateError.self) { try averages.restore(state) }
        #expect(throws: SavedStateError.self) { try averages.restore(SavedState()) }
    }
}
