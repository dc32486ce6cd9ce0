import NNCore
import Testing

@Suite(.onSeveralThreads) struct TransposeTests {
    /// Shapes about the 8x8 tiles and the 64-element bands of the kernel, and small ones.
    @Test(arguments: [[2, 3, 5, 4], [1, 7, 9, 3], [2, 8, 8, 64], [1, 9, 15, 67], [3, 1, 1, 5]])
    func exchangesChannelsAndPixels(_ dimensions: [Int]) {
        let x = countingTensor(Shape(dimensions))
        let y = x.transposed([0, 3, 1, 2])
        #expect(y.floats == reference(x, [0, 3, 1, 2]).floats)
        #expect(y.shape == [dimensions[0], dimensions[3], dimensions[1], dimensions[2]])
        #expect(y.transposed([0, 2, 3, 1]).floats == x.floats)
    }

    @Test(arguments: [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0], [-1, 0, 1]])
    func everyOrder(_ permutation: [Int]) {
        let x = countingTensor([11, 3, 10])
        #expect(x.transposed(permutation).floats == reference(x, permutation.map { $0 < 0 ? $0 + 3 : $0 }).floats)
    }

    @Test(arguments: DataType.allCases)
    func everyElementType(_ type: DataType) {
        let x = countingTensor([9, 12]).cast(to: type)
        let y = x.transposed([1, 0])
        #expect(y.dataType == type)
        #expect(y.floats == reference(x, [1, 0]).floats)
    }

    @Test func gradient() {
        expectGradient(by: distinctTensor([2, 3, 4])) { $0[0].transposed([2, 0, 1]) }
        expectSameInBFloat16(distinctTensor([3, 17])) { $0[0].transposed([1, 0]) }
    }

    @Test(arguments: [[0, 1], [0, 0, 1], [0, 1, 3]])
    func refusesOtherOrders(_ permutation: [Int]) {
        let specification = TensorSpecification(shape: [2, 3, 4])
        #expect(refusal(of: specification) { _ = $0[0].transposed(permutation) }?.hasPrefix("transpose:") == true)
    }

    private func reference(_ x: Tensor, _ permutation: [Int]) -> Tensor {
        let values = x.floats
        let strides = x.shape.strides
        return .tabulated(Shape(permutation.map { x.shape[$0] })) { index in
            values[zip(index, permutation).reduce(0) { $0 + $1.0 * strides[$1.1] }]
        }
    }
}
