import Foundation
import NNCore
import Testing

/// The fused steps against loops written from their definitions, over sizes on both sides of where
/// vectors, blocks and threads begin.
@Suite(.onSeveralThreads) struct OptimizationTests {
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

    /// Where Adam's steps bring one parameter of 1.
    private func adamPath(_ gradients: [Float], beta1: Double, beta2: Double, learningRate: Double = 1e-3) -> [Float] {
        let step = AdamStep(learningRate: learningRate, beta1: beta1, beta2: beta2)
        var (parameter, mean, variance) = (Tensor([1] as [Float]), Tensor([0] as [Float]), Tensor([0] as [Float]))
        return gradients.enumerated().map { number, gradient in
            step.update(
                &parameter, mean: &mean, variance: &variance, number: number + 1, gradient: Tensor([gradient]))
            return parameter.floats[0]
        }
    }

    /// Steps by sign: none is longer than the learning rate, whatever came before.
    @Test func adamWithoutMemory() {
        let gradients = Tensor.normal([200], key: RandomKey(seed: 3)).floats.enumerated()
            .map { number, gradient in number % 3 == 0 ? gradient * 1e4 : gradient * 1e-4 }
        let path = [1] + adamPath(gradients, beta1: 0, beta2: 0)
        for (number, gradient) in gradients.enumerated() {
            let expected = path[number] - (gradient > 0 ? 1e-3 : -1e-3)
            #expect(abs(path[number + 1] - expected) < 2e-6 || abs(gradient) < 1e-5)
        }
        // One spike of 1e4, then 1e-4, with a first moment that remembers it, against doubles.
        let spiked = [1e4] + [Float](repeating: 1e-4, count: 50)
        var (expected, mean) = (1.0, 0.0)
        for (number, gradient) in spiked.enumerated() {
            mean = 0.9 * mean + 0.1 * Double(gradient)
            expected -= 1e-3 * mean / (1 - pow(0.9, Double(number + 1))) / (Double(gradient) + 1e-8)
        }
        let last = Double(adamPath(spiked, beta1: 0.9, beta2: 0).last!)
        #expect(abs(last / expected - 1) < 1e-4)
    }

    /// Its square overflows, but not the part of it that counts: PyTorch's values.
    @Test func anEnormousGradientDoesNotEndTheTraining() {
        let path = adamPath([1e20, 1, 1], beta1: 0.9, beta2: 0.999)
        #expect(abs(path[0] - 0.999) < 1e-6)
        #expect(path.allSatisfy { $0.isFinite } && abs(path[2] - 0.9975) < 6e-4)
        // Beyond that the second moment is infinite, and the parameter stays.
        let stays = adamPath([1e25, 1, 1], beta1: 0.9, beta2: 0.999)
        #expect(stays == [1, 1, 1])
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
