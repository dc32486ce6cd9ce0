import NNLayers
import Testing
import Training

@Suite struct RunningMeanTests {
    @Test func weighsBatchesByTheirSize() {
        var mean = RunningMean()
        #expect(mean.value == nil)
        mean.add(2, count: 3)
        mean.add(6, count: 1)
        #expect(mean.value == 3)
        var other = RunningMean()
        other.add(9, count: 2)
        mean.merge(other)
        #expect(mean.value == 5)
        #expect(mean.count == 6)
        mean.reset()
        #expect(mean.value == nil)
    }
}
