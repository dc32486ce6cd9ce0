import NNCore
import Testing

@Suite(.onSeveralThreads) struct MaxUnpoolTests {
    @Test(arguments: [3, 65])
    func putsMaximaBack(_ channels: Int) {
        let x = distinctTensor([2, 7, 6, channels])
        let (values, indices) = x.maxPooledWithIndices(kernel: 2)
        let restored = values.maxUnpooled(indices: indices, outputSize: Size(height: 7, width: 6))
        let maxima = Set(values.floats)
        expectClose(restored, Tensor(x.floats.map { maxima.contains($0) ? $0 : 0 }, shape: x.shape), tolerance: 0)
    }

    @Test func lastOfEqualIndicesCounts() {
        let values = Tensor([1, 2, 3] as [Float], shape: [1, 1, 3, 1])
        let indices = Tensor([3, 0, 3] as [Int32], shape: [1, 1, 3, 1])
        #expect(values.maxUnpooled(indices: indices, outputSize: 2).floats == [2, 0, 0, 3])
    }

    @Test func gradient() {
        let indices = Tensor([3, 1, 0, 2] as [Int32], shape: [1, 1, 2, 2])
        expectGradient(by: distinctTensor([1, 1, 2, 2])) { $0[0].maxUnpooled(indices: indices, outputSize: 2) }
        expectSameInBFloat16(distinctTensor([1, 1, 2, 2])) { $0[0].maxUnpooled(indices: indices, outputSize: 3) }
    }

    @Test func refusesOtherIndices() {
        let values = TensorSpecification(shape: [1, 2, 2, 3])
        let floats = TensorSpecification(shape: [1, 2, 2, 3])
        let fewer = TensorSpecification(shape: [1, 2, 1, 3], dataType: .int32)
        for indices in [floats, fewer] {
            let message = refusal(of: values, indices) { _ = $0[0].maxUnpooled(indices: $0[1], outputSize: 4) }
            #expect(message == "maxUnpool: indices \(indices) for values \(values)")
        }
    }
}
