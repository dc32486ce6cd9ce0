import NNLayers
import Testing
import NNTraining

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
