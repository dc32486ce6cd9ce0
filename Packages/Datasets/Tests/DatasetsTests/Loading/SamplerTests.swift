import Datasets
import NNLayers
import Testing

@Suite struct SamplerTests {
    let dataset = PatternDataset(count: 50)
    let key = RandomKey(seed: 3)

    @Test func sequentialKeepsTheOrder() {
        #expect(SequentialSampler().order(of: dataset, epoch: 4, key: key) == Array(0..<50))
    }

    @Test func shuffleVisitsEachSampleOnce() {
        let order = ShuffleSampler().order(of: dataset, epoch: 0, key: key)
        #expect(order != Array(0..<50))
        #expect(order.sorted() == Array(0..<50))
    }

    @Test func shuffleIsAPureFunctionOfSeedAndEpoch() {
        let sampler = ShuffleSampler()
        let order = sampler.order(of: dataset, epoch: 2, key: key)
        #expect(sampler.order(of: dataset, epoch: 2, key: RandomKey(seed: 3)) == order)
        #expect(sampler.order(of: dataset, epoch: 3, key: key) != order)
        #expect(sampler.order(of: dataset, epoch: 2, key: RandomKey(seed: 4)) != order)
    }
}
