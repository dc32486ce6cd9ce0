import Foundation
import NNCore
import Testing

@Suite(.onSeveralThreads) struct ReductionTests {
    /// Σ, max or min over some dimensions in double precision.
    private func reference(
        _ x: Tensor, axes: [Int], start: Double, _ combine: (Double, Double) -> Double
    ) -> Tensor {
        let isReduced = x.shape.indices.map { axes.contains($0) || axes.contains($0 - x.rank) }
        let kept = Shape(zip(x.shape, isReduced).map { $1 ? 1 : $0 })
        var results = [Double](repeating: start, count: kept.elementCount)
        for (index, value) in zip(indices(of: x.shape), x.floats) {
            let position = zip(zip(index, isReduced).map { $1 ? 0 : $0 }, kept.strides).reduce(0) { $0 + $1.0 * $1.1 }
            results[position] = combine(results[position], Double(value))
        }
        let shape = Shape(zip(x.shape, isReduced).filter { !$0.1 }.map(\.0))
        return Tensor(results.map { Float($0) }, shape: shape)
    }

    static let cases: [(Shape, [Int])] = [
        ([7], [0]), ([3, 5], [1]), ([3, 5], [0]), ([3, 5], [0, 1]), ([3, 70, 4], [1]), ([2, 3, 4, 5], [1, 2]),
        ([2, 3, 4, 5], [0, 2]), ([2, 3, 4, 5], [-1, 1]), ([2, 3, 4, 5], [0, 1, 2]), ([3, 1, 200], [1]),
        ([3, 1, 200], [-1]), ([4, 131], [0]), ([2, 2, 3, 2, 3], [0, 2, 4]), ([2, 3], []), ([90, 65], [0]),
        ([3, 40], [1]),
    ]

    @Test(arguments: cases)
    func reducesOverAxes(_ shape: Shape, _ axes: [Int]) {
        let x = distinctTensor(shape)
        expectClose(x.sum(axes: axes), reference(x, axes: axes, start: 0, +), tolerance: 1e-4)
        expectClose(x.max(axes: axes), reference(x, axes: axes, start: -.infinity, max), tolerance: 0)
        expectClose(x.min(axes: axes), reference(x, axes: axes, start: .infinity, min), tolerance: 0)
        let sum = reference(x, axes: axes, start: 0, +)
        let count = Float(x.elementCount / sum.elementCount)
        expectClose(x.mean(axes: axes), Tensor(sum.floats.map { $0 / count }, shape: sum.shape))
        let kept = x.sum(axes: axes, keepsDimensions: true)
        #expect(kept.rank == x.rank && kept.floats == x.sum(axes: axes).floats)
    }

    @Test(arguments: [([3, 5], [1]), ([2, 3, 4], [0, 2]), ([2, 3, 4], [1]), ([6], [0])] as [(Shape, [Int])])
    func gradients(_ shape: Shape, _ axes: [Int]) {
        let x = distinctTensor(shape)
        expectGradient(by: x) { $0[0].sum(axes: axes) }
        expectGradient(by: x) { $0[0].mean(axes: axes, keepsDimensions: true) }
        expectGradient(by: x) { $0[0].max(axes: axes) }
        expectGradient(by: x) { $0[0].min(axes: axes, keepsDimensions: true) }
        expectGradient(by: x) { $0[0].variance(axes: axes) }
        expectSameInBFloat16(x) { $0[0].sum(axes: axes) }
        expectSameInBFloat16(x) { $0[0].mean(axes: axes) }
        expectSameInBFloat16(x) { $0[0].max(axes: axes) }
        expectSameInBFloat16(x) { $0[0].variance(axes: axes) }
    }

    @Test func wholeTensor() {
        let x = distinctTensor([5, 9])
        #expect(x.sum().shape == [] && x.max().item == x.floats.max() && x.min().item == x.floats.min())
        let mean = x.floats.reduce(0, +) / 45
        #expect(abs(x.mean().item - mean) < 1e-5)
        let squares = x.floats.map { ($0 - mean) * ($0 - mean) }
        #expect(abs(x.variance().item - squares.reduce(0, +) / 45) < 1e-5)
        expectGradient(by: x) { $0[0].mean() }
        expectGradient(by: x) { $0[0].max() }
    }

    /// Summed one by one in float32, the sums would be wrong in the third digit.
    @Test func longSumsStayAccurate() {
        let count = 3_000_001
        let x = Tensor.full([count], value: 0.1)
        let expected = Float(Double(Float(0.1)) * Double(count))
        #expect(abs(x.sum().item / expected - 1) < 1e-6)
        #expect(abs(x.mean().item / 0.1 - 1) < 1e-6)
        let narrow = Tensor.full([count], value: 0.1, dataType: .bfloat16).sum()
        #expect(narrow.item == Float(BFloat16(Float(Double(Float(BFloat16(0.1))) * Double(count)))))
        let columns = Tensor.full([100_003, 5], value: 0.1).sum(axes: [0])
        let columnSum = Float(Double(Float(0.1)) * 100_003)
        #expect(columns.floats.allSatisfy { abs($0 / columnSum - 1) < 1e-6 })
    }

    /// Values far from zero: the mean of squares less the square of the mean would have no digit left.
    @Test func varianceDoesNotCancel() {
        let x = Tensor((0..<1000).map { 10_000 + Float($0 % 2) })
        #expect(abs(x.variance().item - 0.25) < 1e-6)
    }

    @Test func integers() {
        let mask = Tensor([UInt8](repeating: 200, count: 1001)).sum()
        #expect(mask.dataType == .int64 && mask.item == 200_200)
        let large: Int64 = 1 << 60
        let long = Tensor([large, 1, -3])
        #expect(long.sum().scalars(as: Int64.self) == [large - 2])
        #expect(long.max().scalars(as: Int64.self) == [large])
        #expect(Tensor([3, -4, 2] as [Int32]).min().scalars(as: Int32.self) == [-4])
    }

    @Test func emptyTensors() {
        let empty = Tensor.zeros([0, 3])
        #expect(empty.sum().item == 0 && empty.sum(axes: [0]).floats == [0, 0, 0])
        #expect(empty.mean().item.isNaN)
        #expect(empty.sum(axes: [1]).shape == [0])
        let specification = TensorSpecification(shape: [0, 3])
        #expect(refusal(of: specification) { _ = $0[0].max(axes: [0]) } == "maximum: [0, 3] has no elements to compare")
    }

    @Test func notANumberWins() {
        var values = [Float](repeating: 1, count: 200)
        values[77] = .nan
        #expect(Tensor(values).max().item.isNaN && Tensor(values).min().item.isNaN && Tensor(values).sum().item.isNaN)
    }

    @Test func equalElementsShareTheGradient() {
        let x = Tensor([1, 3, 3, 2] as [Float]).requiringGradient()
        #expect(x.max().backward()[x]?.floats == [0, 0.5, 0.5, 0])
    }

    @Test func refusesAxesThatAreNotThere() {
        let specification = TensorSpecification(shape: [2, 3])
        #expect(refusal(of: specification) { _ = $0[0].sum(axes: [2]) } == "sum: [2, 3] has no axis 2")
        let integers = TensorSpecification(shape: [2], dataType: .int32)
        #expect(refusal(of: integers) { _ = $0[0].mean() } == "mean: takes float32 or bfloat16, not int32[2]")
    }
}
