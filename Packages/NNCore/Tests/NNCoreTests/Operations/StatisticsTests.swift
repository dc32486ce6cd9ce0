import Foundation
import NNCore
import Testing

@Suite(.onSeveralThreads) struct StatisticsTests {
    static let cases: [(Shape, [Int])] = [
        ([7], [0]), ([3, 5], [1]), ([3, 5], [0, 1]), ([2, 3, 4, 5], [-1, 1]), ([2, 2, 3, 2, 3], [0, 2, 4]),
        ([2, 3], []),
        ([4, 131], [0]),
    ]

    /// A number of each list of the elements that are reduced to one.
    private func reference(_ x: Tensor, axes: [Int], _ body: ([Double]) -> Double) -> Tensor {
        let isReduced = x.shape.indices.map { axes.contains($0) || axes.contains($0 - x.rank) }
        let kept = Shape(zip(x.shape, isReduced).map { $1 ? 1 : $0 })
        var lists = [[Double]](repeating: [], count: kept.elementCount)
        for (index, value) in zip(indices(of: x.shape), x.floats) {
            let position = zip(zip(index, isReduced).map { $1 ? 0 : $0 }, kept.strides).reduce(0) { $0 + $1.0 * $1.1 }
            lists[position].append(Double(value))
        }
        return Tensor(
            lists.map { Float(body($0)) }, shape: Shape(zip(x.shape, isReduced).filter { !$0.1 }.map(\.0)))
    }

    private func variance(_ values: [Double], _ correction: Int) -> Double {
        let mean = values.reduce(0, +) / Double(values.count)
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return squares / Double(max(values.count - correction, 0))
    }

    @Test(arguments: cases) func variances(_ shape: Shape, _ axes: [Int]) {
        let x = distinctTensor(shape)
        for correction in [0, 1, 2] {
            expectClose(
                x.variance(axes: axes, correction: correction),
                reference(x, axes: axes) { variance($0, correction) })
            expectClose(
                x.standardDeviation(axes: axes, correction: correction),
                reference(x, axes: axes) { variance($0, correction).squareRoot() })
        }
        #expect(x.standardDeviation(axes: axes, keepsDimensions: true).rank == x.rank)
        #expect(x.variance(axes: axes, correction: 1, keepsDimensions: true).rank == x.rank)
        let all = x.floats.map(Double.init)
        #expect(abs(Double(x.variance(correction: 1).item) / variance(all, 1) - 1) < 1e-5)
        #expect(abs(Double(x.standardDeviation().item) / variance(all, 0).squareRoot() - 1) < 1e-5)
    }

    @Test(arguments: [([3, 5], [1]), ([2, 3, 4], [0, 2]), ([6], [0])] as [(Shape, [Int])])
    func gradientsOfDeviations(_ shape: Shape, _ axes: [Int]) {
        let x = distinctTensor(shape)
        for correction in [0, 1] {
            expectGradient(by: x) { $0[0].variance(axes: axes, correction: correction) }
            expectGradient(by: x) { $0[0].standardDeviation(axes: axes, correction: correction, keepsDimensions: true) }
            expectSameInBFloat16(x) { $0[0].standardDeviation(axes: axes, correction: correction) }
        }
    }

    @Test func equalElementsHaveNoDeviationAndNoGradient() throws {
        let x = Tensor([2, 2, 2, 1, 2, 3] as [Float], shape: [2, 3]).requiringGradient()
        let deviations = x.standardDeviation(axes: [1], correction: 1)
        #expect(deviations.floats == [0, 1])
        #expect(try #require(deviations.sum().backward()[x]).floats == [0, 0, 0, -0.5, 0, 0.5])
    }

    @Test func ofTooFewElements() {
        #expect(Tensor([3] as [Float]).variance(correction: 1).item.isNaN)
        #expect(Tensor([3, 4] as [Float]).standardDeviation(correction: 3).item == .infinity)
        #expect(Tensor.zeros([2, 0]).variance(axes: [1]).floats.allSatisfy { $0.isNaN })
        #expect(Tensor.zeros([2, 0]).standardDeviation(axes: [1], correction: 1).floats.allSatisfy { $0.isNaN })
        #expect(Tensor.zeros([0, 2]).standardDeviation(axes: [1]).shape == [0])
        #expect(Tensor(scalar: Float(3)).variance().item == 0)
    }

    @Test(arguments: cases, [1, 2, 3, 1.5, .infinity] as [Float])
    func norms(_ values: (Shape, [Int]), _ p: Float) {
        let (shape, axes) = values
        let x = distinctTensor(shape)
        func norm(_ values: [Double]) -> Double {
            p == .infinity
                ? values.map(abs).max() ?? 0 : pow(values.reduce(0) { $0 + pow(abs($1), Double(p)) }, 1 / Double(p))
        }
        expectClose(x.norm(p, axes: axes), reference(x, axes: axes, norm), tolerance: 1e-5)
        #expect(x.norm(p, axes: axes, keepsDimensions: true).rank == x.rank)
        expectClose(x.norm(p), reference(x, axes: Array(shape.indices), norm), tolerance: 1e-5)
    }

    @Test(arguments: [1, 2, 3, .infinity] as [Float]) func gradientsOfNorms(_ p: Float) {
        let x = distinctTensor([3, 5]) + 0.02
        expectGradient(by: x) { $0[0].norm(p, axes: [1]) }
        expectGradient(by: x) { $0[0].norm(p, axes: [0], keepsDimensions: true) }
        expectSameInBFloat16(x) { $0[0].norm(p, axes: [1]) }
    }

    @Test(arguments: [1, 2, 3, .infinity] as [Float]) func theGradientAtZeroIsZero(_ p: Float) throws {
        let x = Tensor([0, 0, 0, 3, 0, 0] as [Float], shape: [2, 3]).requiringGradient()
        let norms = x.norm(p, axes: [1])
        #expect(norms.floats == [0, 3])
        let expected = Tensor([0, 0, 0, 1, 0, 0] as [Float], shape: [2, 3])
        expectClose(try #require(norms.sum().backward()[x]), expected, tolerance: 1e-6)
    }

    @Test func normsOfNoElements() {
        for p: Float in [1, 2, 3] { #expect(Tensor.zeros([2, 0]).norm(p, axes: [1]).floats == [0, 0]) }
        #expect(Tensor.zeros([0, 2]).norm(.infinity, axes: [1]).shape == [0])
        #expect(Tensor(scalar: Float(-3)).norm().item == 3)
        #expect(Tensor([Float.nan, 1]).norm().item.isNaN && Tensor([3, 4] as [Float]).norm().item == 5)
    }

    /// Rounded to bfloat16 before they are summed, the squares would show it.
    @Test func bfloat16IsCalculatedInFloat32() {
        let x = distinctTensor([400]).cast(to: .bfloat16)
        let wide = x.cast(to: .float32)
        #expect(x.norm().dataType == .bfloat16 && x.norm().floats == wide.norm().cast(to: .bfloat16).floats)
        #expect(x.standardDeviation().floats == wide.standardDeviation().cast(to: .bfloat16).floats)
    }

    @Test func refusesWhatDoesNotFit() {
        let (x, integers) = (TensorSpecification(shape: [2, 3]), TensorSpecification(shape: [2], dataType: .int32))
        #expect(refusal(of: x) { _ = $0[0].norm(0.5, axes: [1]) } == "norm: p must be 1 or more, not 0.5")
        #expect(refusal(of: x) { _ = $0[0].norm(.nan) } == "norm: p must be 1 or more, not nan")
        #expect(refusal(of: integers) { _ = $0[0].norm() } == "norm: takes float32 or bfloat16, not int32[2]")
        #expect(
            refusal(of: integers) { _ = $0[0].standardDeviation() } == "mean: takes float32 or bfloat16, not int32[2]")
        #expect(
            refusal(of: x) { _ = $0[0].variance(correction: -1) } == "variance: correction must be 0 or more, not -1")
        #expect(refusal(of: x) { _ = $0[0].variance(axes: [2], correction: 1) } == "mean: [2, 3] has no axis 2")
        #expect(refusal(of: x) { _ = $0[0].norm(axes: [-3]) } == "sum: [2, 3] has no axis -3")
        #expect(
            refusal(of: TensorSpecification(shape: [2, 0])) { _ = $0[0].norm(.infinity) }
                == "maximum: [2, 0] has no elements to compare")
    }
}
