@_spi(Kernels) import NNCore
import Testing

@Suite(.onSeveralThreads) struct ReshapeTests {
    @Test func keepsOrderAndSharesMemory() {
        let x = countingTensor([2, 3, 4])
        let y = x.reshaped([4, -1])
        #expect(y.shape == [4, 6])
        #expect(y.floats == x.floats)
        #expect(y.memoryIdentity == x.memoryIdentity)
    }

    @Test func writingLeavesTheOriginal() {
        let x = countingTensor([2, 2])
        var y = x.reshaped([4])
        y.withMutableScalars(as: Float.self) { $0[0] = 9 }
        #expect(x.floats == [0, 1, 2, 3])
        #expect(y.floats == [9, 1, 2, 3])
    }

    @Test func takesScalarsAndEmptyTensors() {
        #expect(Tensor(scalar: Float(3)).reshaped([1, -1]).shape == [1, 1])
        #expect(countingTensor([1]).reshaped([]).shape == [])
        #expect(Tensor.zeros([0, 3]).reshaped([3, 0]).shape == [3, 0])
    }

    @Test func gradient() {
        expectGradient(by: distinctTensor([2, 3])) { $0[0].reshaped([3, 2]) }
        expectSameInBFloat16(distinctTensor([2, 3])) { $0[0].reshaped([6]) }
    }

    @Test(arguments: [[5, 2], [-1, -1], [4, -1], [-2, 3]])
    func refusesOtherCounts(_ dimensions: [Int]) {
        let specification = TensorSpecification(shape: [2, 3])
        #expect(refusal(of: specification) { _ = $0[0].reshaped(Shape(dimensions)) }?.contains("[2, 3]") == true)
    }
}
