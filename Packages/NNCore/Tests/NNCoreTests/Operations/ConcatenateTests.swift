import NNCore
import Testing

@Suite(.onSeveralThreads) struct ConcatenateTests {
    @Test(arguments: [0, 1, 2, -1])
    func joinsAndSplitsAlongEveryAxis(_ axis: Int) {
        let dimension = axis < 0 ? axis + 3 : axis
        let parts = [2, 1, 4].enumerated().map { position, length in
            var shape: Shape = [3, 2, 5]
            shape[dimension] = length
            return distinctTensor(shape, seed: position + 1)
        }
        let joined = Tensor.concatenated(parts, axis: axis)
        var shape: Shape = [3, 2, 5]
        shape[dimension] = 7
        let expected = Tensor.tabulated(shape) { index in
            var index = index
            let part = index[dimension] < 2 ? 0 : index[dimension] < 3 ? 1 : 2
            index[dimension] -= [0, 2, 3][part]
            return parts[part].value(at: index)
        }
        expectClose(joined, expected, tolerance: 0)
        for (part, again) in zip(parts, joined.split(sizes: [2, 1, 4], axis: axis)) {
            expectClose(again, part, tolerance: 0)
        }
    }

    @Test func takesEmptyParts() {
        let joined = Tensor.concatenated([countingTensor([2, 0]), countingTensor([2, 3])], axis: 1)
        #expect(joined.floats == [0, 1, 2, 3, 4, 5])
        #expect(joined.split(sizes: [0, 3], axis: 1)[0].shape == [2, 0])
    }

    @Test func gradientOfJoining() {
        expectGradient(by: distinctTensor([2, 3, 2]), distinctTensor([2, 1, 2])) { .concatenated($0, axis: 1) }
        expectSameInBFloat16(distinctTensor([2, 3]), distinctTensor([2, 2])) { .concatenated($0, axis: -1) }
    }

    @Test func gradientOfOnePart() {
        expectGradient(by: distinctTensor([2, 5])) { $0[0].split(sizes: [2, 3], axis: 1)[1] }
    }

    @Test func gradientOfAllParts() {
        expectGradient(by: distinctTensor([2, 5])) {
            let parts = $0[0].split(sizes: [2, 3], axis: 1)
            return .concatenated([parts[1], parts[0], parts[1]], axis: 1)
        }
    }

    @Test func refusesWhatDoesNotFit() {
        let wide = TensorSpecification(shape: [2, 3])
        let long = TensorSpecification(shape: [3, 3])
        let narrow = TensorSpecification(shape: [2, 3], dataType: .bfloat16)
        #expect(refusal(of: wide, long) { _ = Tensor.concatenated($0, axis: 1) }?.contains("[3, 3]") == true)
        #expect(refusal(of: wide, narrow) { _ = Tensor.concatenated($0, axis: 1) }?.contains("bfloat16") == true)
        #expect(refusal(of: wide) { _ = Tensor.concatenated($0, axis: 2) } == "concatenate: [2, 3] has no axis 2")
        #expect(refusal(of: wide) { _ = $0[0].split(sizes: [1, 1], axis: 1) }?.contains("[1, 1]") == true)
    }
}
