import NNLayers
import Testing

@testable import NNTraining

/// Batch norm of several ranks, each with a part of a batch, against batch norm of the whole.
@Suite struct SharedStatisticsTests {
    private struct Pass: Sendable {
        var output: [Float]
        var inputGradient: [Float]
        var weightGradients: [[Float]]
        var statistics: [[Float]]
    }

    private static func pass(
        _ rows: Range<Int>, activates: Bool, statistics: (any StatisticsExchange)?
    ) -> Pass {
        let all = Tensor.normal([6, 3, 2, 4], mean: 2, standardDeviation: 3, key: RandomKey(seed: 1))
        let gradient = Tensor.normal([6, 3, 2, 4], mean: 0.1, standardDeviation: 1, key: RandomKey(seed: 2))
        let norm = BatchNorm(channels: 4)
        norm.initialize(key: RandomKey(seed: 0))
        norm.weight?.value = Tensor([1, 2, -1, 0.5] as [Float])
        norm.bias = Tensor([0.3, -0.2, 0.1, 0] as [Float])
        let input = all[rows].requiringGradient()
        let context = Context(training: true, random: RandomKey(seed: 3), statistics: statistics)
        var output = norm(input, context)
        if activates { output = output.activated(by: .mish) }
        let gradients = output.backward(gradient: gradient[rows])
        return Pass(
            output: output.floats, inputGradient: gradients[input]!.floats,
            weightGradients: [norm.weight!, norm.$bias].map { $0.gradient(in: gradients)!.floats },
            statistics: [norm.runningMean.floats, norm.runningVariance.floats])
    }

    private func isClose(_ one: [Float], _ other: [Float]) -> Bool {
        one.count == other.count && zip(one, other).allSatisfy { abs($0 - $1) < 2e-5 * max(1, abs($1)) }
    }

    @Test(arguments: [2, 3], [false, true]) func isThatOfTheWholeBatch(ranks: Int, activates: Bool) throws {
        let whole = Self.pass(0..<6, activates: activates, statistics: nil)
        // Parts of different sizes.
        let bounds = ranks == 2 ? [0, 4, 6] : [0, 1, 3, 6]
        let parts = try runRanks(ranks) { group in
            Self.pass(
                bounds[group.rank]..<bounds[group.rank + 1], activates: activates, statistics: GroupStatistics(group))
        }.map { try $0.get() }
        #expect(isClose(parts.flatMap(\.output), whole.output))
        #expect(isClose(parts.flatMap(\.inputGradient), whole.inputGradient))
        for index in 0..<2 {
            let sum = (0..<4).map { channel in parts.reduce(0) { $0 + $1.weightGradients[index][channel] } }
            #expect(isClose(sum, whole.weightGradients[index]))
            for part in parts { #expect(isClose(part.statistics[index], whole.statistics[index])) }
        }
    }
}
