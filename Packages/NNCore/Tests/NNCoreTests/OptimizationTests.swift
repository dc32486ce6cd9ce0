@_spi(Kernels) import NNCore
import Testing

/// The kernels of optimizers against loops written from their definitions, over sizes on both sides of where vectors,
/// blocks and threads begin. The rules that call them are tested in NNOptimizers.
@Suite(.onSeveralThreads) struct OptimizationTests {
    static let counts = [1, 7, 17, 4097, 40_001]

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
        func step(_ parameter: inout Tensor, _ state: inout [Tensor]) {
            OptimizerKernels.sgd(
                &parameter, state: &state, gradient: Tensor(gradient), scale: 0.5, limit: 0.3, learningRate: 0.25,
                weightDecay: 0.125, momentum: 0.75, dampening: nesterov ? 0 : 0.5, nesterov: nesterov)
        }
        var parameter = Tensor(start)
        var state = [Tensor(momentum)]
        step(&parameter, &state)
        let g = zip(gradient, start).map { adjusted($0) + 0.125 * Double($1) }
        let m = zip(momentum, g).map { 0.75 * Double($0) + (nesterov ? 1 : 0.5) * $1 }
        expectClose(state[0], m)
        expectClose(
            parameter, start.indices.map { Double(start[$0]) - 0.25 * (nesterov ? g[$0] + 0.75 * m[$0] : m[$0]) })

        var plain = Tensor(start)
        state = []
        step(&plain, &state)
        expectClose(plain, zip(start, g).map { Double($0) - 0.25 * $1 })
    }

    @Test(arguments: counts, [false, true])
    func adam(_ count: Int, _ decouples: Bool) {
        let (start, gradient) = (values(count, 2), values(count, 1))
        let (mean, variance) = (values(count, 0.1), values(count, 0.2).map(abs))
        var (parameter, state) = (Tensor(start), [Tensor(mean), Tensor(variance)])
        OptimizerKernels.adam(
            &parameter, state: &state, gradient: Tensor(gradient), scale: 0.5, limit: 0.3, stepSize: 0.025,
            rootScale: 3, beta1: 0.8, beta2: 0.95, epsilon: 1e-3, weightDecay: decouples ? 0 : 0.25,
            shrinkage: decouples ? 0.9975 : 1)
        let p = start.map { Double($0) * (decouples ? 0.9975 : 1) }
        let g = zip(gradient, p).map { adjusted($0) + (decouples ? 0 : 0.25 * $1) }
        let m = zip(mean, g).map { 0.8 * Double($0) + 0.2 * $1 }
        let v = zip(variance, g).map { 0.95 * Double($0) + 0.05 * $1 * $1 }
        expectClose(state[0], m)
        expectClose(state[1], v)
        expectClose(
            parameter,
            p.indices.map { index in
                let root = v[index].squareRoot() * 3 + 1e-3
                return p[index] - 0.025 * m[index] / root
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

    /// The rates at both ends: the average is what it follows, or stays.
    @Test func averagesAreExactAtBothEnds() {
        let target: [Float] = [1e-4, -2e-4, 7]
        var average = Tensor([1e4, 1e8, -1e30] as [Float])
        average.move(toward: Tensor(target), rate: 1)
        #expect(average.floats == target)
        average.move(toward: Tensor([3, 4, 5] as [Float]), rate: 0)
        #expect(average.floats == target)
        // What does not change is not moved, however small the rate is.
        var constant = Tensor([0.1, 1e30] as [Float])
        for _ in 0..<1000 { constant.move(toward: Tensor([0.1, 1e30] as [Float]), rate: 1e-4) }
        #expect(constant.floats == [0.1, 1e30])
        var slow = Tensor([0] as [Float])
        for _ in 0..<20_000 { slow.move(toward: Tensor([1] as [Float]), rate: 1e-3) }
        #expect(abs(slow.floats[0] - 1) < 1e-4)
    }

    @Test func squaresNeitherOverflowNorVanish() {
        #expect(abs(Tensor([1e20, 1e20] as [Float]).sumOfSquares / 2e40 - 1) < 1e-6)
        let largest = Tensor([Float](repeating: .greatestFiniteMagnitude, count: 10_000)).sumOfSquares
        #expect(largest.isFinite && largest > 1e81)
        #expect(abs(Tensor([1e-23, 1e-23, 0] as [Float]).sumOfSquares / 2e-46 - 1) < 1e-6)
        #expect(Tensor([Float.leastNonzeroMagnitude]).sumOfSquares > 0)
        let many = Tensor.full([10_000_000], value: 0.1).sumOfSquares
        #expect(abs(many / (1e7 * Double(Float(0.1)) * Double(Float(0.1))) - 1) < 1e-9)
    }
}
