import NNDatasets
import NNLayers
import Testing

@testable import NNTraining

@Suite struct GradientExchangeTests {
    /// Parameters with gradients by rank: a product of some parameters with numbers of the rank.
    private func exchanged(
        ranks: Int, bucketBytes: Int = 64, steps: Int = 3,
        uses: @escaping @Sendable (_ rank: Int, _ parameter: Int) -> Bool
    ) throws -> [[[Float]?]] {
        let sizes = [3, 40, 1, 17, 5]
        return try runRanks(ranks) { group in
            let parameters = sizes.enumerated().map { index, size in
                ("p\(index)", Parameter(wrappedValue: Tensor.ones([size])))
            }
            let exchange = GradientExchange(group, compression: .none, bucketBytes: bucketBytes)
            var gradients = Gradients()
            for step in 0..<steps {
                // Another order on each rank, and in each step.
                let order = sizes.indices.map { ($0 * 2 + step + group.rank) % sizes.count }
                var loss = Tensor(scalar: Float(0))
                for index in order where uses(group.rank, index) {
                    loss = loss + (parameters[index].1.wrappedValue * Float(group.rank + 1 + index)).sum()
                }
                let flags = [Float(group.rank), 1]
                let result = try exchange.add(parameters, earlier: Gradients(), flags: { flags }) {
                    loss.backward(onGradient: $0)
                }
                #expect(result.flags == [Float(ranks * (ranks - 1) / 2), Float(ranks)])
                gradients = result.gradients
            }
            return parameters.map { $0.1.gradient(in: gradients)?.floats }
        }.map { try $0.get() }
    }

    @Test(arguments: [2, 3], [4, 64, 1 << 20]) func addsGradientsOfAllRanks(ranks: Int, bucketBytes: Int) throws {
        let found = try exchanged(ranks: ranks, bucketBytes: bucketBytes) { _, _ in true }
        for rank in found {
            for (index, gradient) in rank.enumerated() {
                let expected = (1...ranks).reduce(0) { $0 + $1 + index }
                #expect(gradient?.allSatisfy { $0 == Float(expected) } == true)
            }
        }
    }

    /// As of a branch that only some ranks take: it counts as 0 on the others, and as none where no rank takes it.
    @Test func gradientsMayBeMissing() throws {
        let found = try exchanged(ranks: 2) { rank, index in index != 4 && (index != 1 || rank == 1) }
        for rank in found {
            #expect(rank[0] == [3, 3, 3])
            #expect(rank[1]?.allSatisfy { $0 == 3 } == true)
            #expect(rank[4] == nil)
        }
    }

    @Test func spansOfTimeAreCountedOnce() {
        let start = ContinuousClock.now
        func span(_ from: Double, _ to: Double) -> (start: ContinuousClock.Instant, end: ContinuousClock.Instant) {
            (start + .seconds(from), start + .seconds(to))
        }
        #expect(abs(ExchangeTime.union([span(0, 1), span(0.5, 2), span(3, 4), span(3.2, 3.5)]) - 3) < 1e-9)
    }
}
