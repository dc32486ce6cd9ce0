import NNCore
import Testing

@Suite(.onSeveralThreads) struct CumulativeSumTests {
    @Test(
        arguments: [
            ([1], 0), ([7], 0), ([3, 5], 1), ([3, 5], 0), ([3, 5], -2), ([2, 37, 3], 1), ([4, 9, 70], 1),
            ([2, 2, 3, 2, 3], 2), ([300], -1),
        ] as [(Shape, Int)])
    func sums(_ shape: Shape, _ axis: Int) {
        let x = distinctTensor(shape)
        let dimension = axis < 0 ? axis + shape.rank : axis
        let expected = Tensor.tabulated(shape) { index in
            (0...index[dimension]).reduce(0) { sum, element in
                var index = index
                index[dimension] = element
                return sum + x.value(at: index)
            }
        }
        expectClose(x.cumulativeSum(axis: axis), expected, tolerance: 1e-5)
    }

    @Test func gradient() {
        expectGradient(by: distinctTensor([3, 5])) { $0[0].cumulativeSum(axis: 0) }
        expectGradient(by: distinctTensor([3, 5])) { $0[0].cumulativeSum(axis: -1).squared() }
        expectGradient(by: distinctTensor([2, 4, 3])) { $0[0].cumulativeSum(axis: 1) }
        expectSameInBFloat16(distinctTensor([3, 5])) { $0[0].cumulativeSum(axis: 1) }
    }

    @Test(arguments: [DataType.int32, .int64, .uint8]) func integersGiveInt64(_ dataType: DataType) {
        let sums = Tensor([100, 200, 250] as [Float]).cast(to: dataType).cumulativeSum(axis: 0)
        #expect(sums.dataType == .int64 && sums.scalars(as: Int64.self) == [100, 300, 550])
    }

    @Test func integersAreExactAndWrapAround() {
        #expect(
            Tensor([Int32.max, .max]).cumulativeSum(axis: 0).scalars(as: Int64.self)[1] == 2 * Int64(Int32.max))
        #expect(Tensor([Int64.max, 1]).cumulativeSum(axis: 0).scalars(as: Int64.self) == [.max, .min])
    }

    /// Summed in float32, or in bfloat16, the sums would stop to grow.
    @Test func longSumsStayAccurate() {
        let count = 3_000_001
        let sums = Tensor.full([count], value: 0.1).cumulativeSum(axis: 0).floats
        for index in [999, 99_999, count - 1] {
            #expect(abs(Double(sums[index]) / (Double(Float(0.1)) * Double(index + 1)) - 1) < 1e-6)
        }
        let narrow = Tensor.ones([2000, 2], dataType: .bfloat16).cumulativeSum(axis: 0)
        #expect(narrow.dataType == .bfloat16 && narrow.floats.last == 2000)
    }

    @Test func ofNoElements() throws {
        for axis in [0, 1, 2] {
            let x = Tensor.zeros([2, 0, 3]).requiringGradient()
            let sums = x.cumulativeSum(axis: axis)
            #expect(sums.shape == [2, 0, 3])
            #expect(try #require(sums.sum().backward()[x]).shape == [2, 0, 3])
        }
    }

    @Test func refusesAxesThatAreNotThere() {
        #expect(
            refusal(of: TensorSpecification(shape: [2, 3])) { _ = $0[0].cumulativeSum(axis: 2) }
                == "cumulativeSum: [2, 3] has no axis 2")
    }
}
