import NNCore
import Testing

/// Products of elements.
@Suite(.onSeveralThreads) struct ProductTests {
    /// Π over some dimensions in double precision.
    private func reference(_ x: Tensor, axes: [Int]) -> Tensor {
        let isReduced = x.shape.indices.map { axes.contains($0) || axes.contains($0 - x.rank) }
        let kept = Shape(zip(x.shape, isReduced).map { $1 ? 1 : $0 })
        var results = [Double](repeating: 1, count: kept.elementCount)
        for (index, value) in zip(indices(of: x.shape), x.floats) {
            let position = zip(zip(index, isReduced).map { $1 ? 0 : $0 }, kept.strides).reduce(0) { $0 + $1.0 * $1.1 }
            results[position] *= Double(value)
        }
        return Tensor(results.map { Float($0) }, shape: Shape(zip(x.shape, isReduced).filter { !$0.1 }.map(\.0)))
    }

    /// Numbers around 1, so that products of many stay within float32.
    private func factors(_ shape: Shape) -> Tensor { distinctTensor(shape).clamped(min: -2, max: 2) * 0.1 + 1 }

    @Test(arguments: ReductionTests.cases)
    func multipliesOverAxes(_ shape: Shape, _ axes: [Int]) {
        let x = factors(shape)
        expectClose(x.product(axes: axes), reference(x, axes: axes), tolerance: 1e-5)
        #expect(x.product(axes: axes, keepsDimensions: true).rank == x.rank)
        expectClose(x.product(), reference(x, axes: Array(shape.indices)), tolerance: 1e-5)
    }

    @Test(
        arguments: [([3, 5], [1]), ([2, 3, 4], [0, 2]), ([2, 3, 4], [1]), ([6], [0]), ([3, 2], []), ([], [])]
            as [(Shape, [Int])])
    func gradients(_ shape: Shape, _ axes: [Int]) {
        let x = factors(shape)
        expectGradient(by: x, step: 1e-3) { $0[0].product(axes: axes) }
        expectGradient(by: x, step: 1e-3) { $0[0].product(axes: axes, keepsDimensions: true) }
        expectSameInBFloat16(x) { $0[0].product(axes: axes) }
    }

    @Test func gradientsBesideZeros() throws {
        let x = Tensor([2, 0, 3, 0, 0, 5, 1, 2, 4] as [Float], shape: [3, 3])
        expectGradient(by: x) { $0[0].product(axes: [1]) }
        let variable = x.requiringGradient()
        let gradient = variable.product(axes: [-1]).backward(gradient: .ones([3]))[variable]
        #expect(try #require(gradient).floats == [0, 6, 0, 0, 0, 0, 8, 4, 2])
        #expect(try #require((variable * 1).product().backward()[variable]).floats == [Float](repeating: 0, count: 9))
    }

    @Test(arguments: [DataType.int32, .int64, .uint8]) func integersGiveInt64(_ dataType: DataType) {
        let x = Tensor([100, 200, 3, 4] as [Float], shape: [2, 2]).cast(to: dataType)
        #expect(x.product().dataType == .int64 && x.product().item(as: Int64.self) == 240_000)
        #expect(x.product(axes: [0]).scalars(as: Int64.self) == [300, 800])
    }

    @Test func integersAreExactAndWrapAround() {
        #expect(
            Tensor([3_037_000_500, 3_037_000_499] as [Int64]).product().item(as: Int64.self)
                == 9_223_372_033_963_249_500)
        #expect(Tensor([Int64.max, 2]).product().item(as: Int64.self) == -2)
    }

    /// In float32 the first half is infinite, or 0.
    @Test func staysInRangeBetween() {
        let x = Tensor([1e30, 1e30, 1e-30, 1e-30] as [Float])
        #expect(abs(x.product().item - 1) < 1e-6)
        #expect(abs(Tensor([1e-30, 1e-30, 1e30, 1e30] as [Float]).product().item - 1) < 1e-6)
        #expect(Tensor([Float.nan, 0]).product().item.isNaN)
    }

    /// Several pieces of work, in each of which the factors cancel.
    @Test func ofManyElements() {
        #expect(Tensor((0..<200_064).map { $0 / 64 % 2 == 0 ? Float(2) : 0.5 } + [3]).product().item == 3)
        let columns = Tensor((0..<300_000).map { $0 / 3 % 2 == 0 ? Float(-2) : 0.5 }, shape: [100_000, 3])
        #expect(columns.product(axes: [0]).floats == [1, 1, 1])
    }

    @Test func ofNoElements() throws {
        #expect(Tensor.zeros([0]).product().item == 1)
        #expect(Tensor.zeros([2, 0, 3]).product(axes: [1]).floats == [Float](repeating: 1, count: 6))
        #expect(Tensor.zeros([0, 2], dataType: .int32).product(axes: [0]).scalars(as: Int64.self) == [1, 1])
        #expect(Tensor.zeros([0, 3]).product(axes: [1]).shape == [0])
        let x = Tensor.zeros([2, 0]).requiringGradient()
        #expect(try #require(x.product(axes: [1]).sum().backward()[x]).shape == [2, 0])
    }

    @Test func refusesAxesThatAreNotThere() {
        let specification = TensorSpecification(shape: [2, 3])
        #expect(refusal(of: specification) { _ = $0[0].product(axes: [2]) } == "product: [2, 3] has no axis 2")
        #expect(
            refusal(of: specification) { _ = $0[0].product(axes: [1, -1]) }
                == "product: an axis of [2, 3] appears twice in [1, -1]")
    }
}
