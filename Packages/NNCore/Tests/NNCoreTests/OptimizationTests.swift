import NNCore
import Testing

/// The fused steps against loops written from their definitions, over sizes on both sides of where
/// vectors, blocks and threads begin.
@Suite struct OptimizationTests {
    static let counts = [1, 7, 17, 4097, 40_001]
    private let adjustment = GradientAdjustment(scale: 0.5, limit: 0.3)

    private func values(_ count: Int, _ factor: Float) -> [Float] {
        (0..<count).map { Float(($0 &* 7919 &+ 13) % 1000 - 500) * factor / 500 }
    }

    private func adjusted(_ gradient: Float) -> Double { Double(min(max(gradient * 0.5, -0.3), 0.3)) }

    private func expectClose(_ tensor: Tensor, _ expected: [Double], sourceLocation: SourceLocation = #_sourceLocation)
    {
        let distance = zip(tensor.floats, expected).map { abs(Double($0) - $1) / max(1, abs($1)) }.max() ?? 0
        #expect(tensor.elementCount == expected.count && distance < 1e-6, sourceLocation: sourceLocation)
    }

    @Test(arguments: counts, [false, true])
    func sgd(_ count: Int, _ nesterov: Bool) {
        let (start, gradient, momentum) = (values(count, 2), values(count, 1), values(count, 0.7))
        let step = SGDStep(
            learningRate: 0.25, momentum: 0.75, dampening: nesterov ? 0 : 0.5, nesterov: nesterov, weightDecay: 0.125)
        var parameter = Tensor(start)
        var buffer = Tensor(momentum)
        step.update(&parameter, momentum: &buffer, gradient: Tensor(gradient), adjustment: adjustment)
        let g = zip(gradient, start).map { adjusted($0) + 0.125 * Double($1) }
        let m = zip(momentum, g).map { 0.75 * Double($0) + (nesterov ? 1 : 0.5) * $1 }
        expectClose(buffer, m)
        expectClose(
            parameter, start.indices.map { Double(start[$0]) - 0.25 * (nesterov ? g[$0] + 0.75 * m[$0] : m[$0]) })

        var plain = Tensor(start)
        step.update(&plain, gradient: Tensor(gradient), adjustment: adjustment)
        expectClose(plain, zip(start, g).map { Double($0) - 0.25 * $1 })
    }

    @Test(arguments: counts, [false, true])
    func adam(_ count: Int, _ decouples: Bool) {
        let (start, gradient) = (values(count, 2), values(count, 1))
        let (mean, variance) = (values(count, 0.1), values(count, 0.2).map(abs))
        let step = AdamStep(
            learningRate: 0.01, beta1: 0.8, beta2: 0.95, epsilon: 1e-3, weightDecay: 0.25,
            decouplesWeightDecay: decouples)
        var (parameter, first, second) = (Tensor(start), Tensor(mean), Tensor(variance))
        step.update(
            &parameter, mean: &first, variance: &second, number: 2, gradient: Tensor(gradient),
            adjustment: adjustment)
        let p = start.map { Double($0) * (decouples ? 1 - 0.01 * 0.25 : 1) }
        let g = zip(gradient, p).map { adjusted($0) + (decouples ? 0 : 0.25 * $1) }
        let m = zip(mean, g).map { 0.8 * Double($0) + 0.2 * $1 }
        let v = zip(variance, g).map { 0.95 * Double($0) + 0.05 * $1 * $1 }
        expectClose(first, m)
        expectClose(second, v)
        expectClose(
            parameter,
            p.indices.map { index in
                let root = (v[index] / (1 - 0.95 * 0.95)).squareRoot() + 1e-3
                return p[index] - 0.01 * m[index] / (1 - 0.8 * 0.8) / root
            })
    }

    @Test(arguments: counts)
    func movesTowardATarget(_ count: Int) {
        let (from, to) = (values(count, 2), values(count, -1))
        var average = Tensor(from)
        average.move(toward: Tensor(to), rate: 0.125)
        let moved: [Double] = zip(from, to).map { start, end in
            let way = Double(end - start)
            return Double(start) + 0.125 * way
        }
        expectClose(average, moved)
    }

    @Test(arguments: counts + [0, 5_000_003])
    func sumsSquares(_ count: Int) {
        let values = values(count, 3)
        let expected = values.reduce(0.0) { $0 + Double($1) * Double($1) }
        #expect(abs(Tensor(values).sumOfSquares - expected) <= 1e-5 * expected)
    }

    @Test func aNaNIsNotHiddenByALimit() {
        var parameter = Tensor([1, 1] as [Float])
        SGDStep(learningRate: 1).update(
            &parameter, gradient: Tensor([.nan, 1] as [Float]), adjustment: GradientAdjustment(limit: 0.5))
        #expect(parameter.floats[0].isNaN)
        #expect(parameter.floats[1] == 0.5)
    }

    @Test func otherTensorsKeepTheirValues() {
        var parameter = Tensor([1, 2] as [Float])
        let copy = parameter
        SGDStep(learningRate: 1).update(&parameter, gradient: .ones([2]))
        #expect(parameter.floats == [0, 1])
        #expect(copy.floats == [1, 2])
    }
}
