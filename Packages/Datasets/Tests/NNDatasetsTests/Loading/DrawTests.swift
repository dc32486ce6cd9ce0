import NNDatasets
import NNLayers
import Testing

@Suite struct DrawTests {
    /// A run that is resumed after an update must draw what it would have drawn.
    @Test func drawsStayTheSame() {
        var random = RandomGenerator(key: RandomKey(seed: 7).derived("draws"))
        #expect((0..<8).map { _ in random.index(below: 1000) } == [659, 87, 67, 334, 248, 957, 760, 967])
        #expect((0..<3).map { _ in random.unit() } == [0.7057222131758192, 0.5504806662800308, 0.7456660372606909])
    }

    @Test func indicesAreUniform() {
        var random = RandomGenerator(key: RandomKey(seed: 2))
        var counts = [0, 0, 0]
        for _ in 0..<3000 { counts[random.index(below: 3)] += 1 }
        // 1000 of each are expected; 5 standard deviations are 129.
        #expect(counts.allSatisfy { 871...1129 ~= $0 })
        #expect(random.index(below: 1) == 0)
    }

    @Test func normalNumbersHaveTheirMoments() {
        var random = RandomGenerator(key: RandomKey(seed: 3))
        let numbers = (0..<20_000).map { _ in random.normal() }
        let mean = numbers.reduce(0, +) / 20_000
        let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20_000
        // 5 standard deviations.
        #expect(abs(mean) < 0.036 && abs(variance - 1) < 0.05)
    }

    @Test func emptyRangesTrap() async {
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                var random = RandomGenerator(key: RandomKey(seed: 0))
                _ = random.index(below: 0)
            }, "index: below 0")
    }
}
