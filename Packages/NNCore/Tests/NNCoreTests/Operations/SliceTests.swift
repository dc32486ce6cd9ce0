import NNCore
import Testing

@Suite(.onSeveralThreads) struct SliceTests {
    @Test(arguments: [0, 1, 2, -1], [1, 2, 3])
    func takesEveryStep(_ axis: Int, _ step: Int) {
        let x = countingTensor([4, 5, 6])
        let dimension = axis < 0 ? axis + 3 : axis
        let part = x.slice(axis: axis, range: 1..<4, step: step)
        var shape: Shape = [4, 5, 6]
        shape[dimension] = (3 + step - 1) / step
        let expected = Tensor.tabulated(shape) { index in
            var index = index
            index[dimension] = 1 + index[dimension] * step
            return x.value(at: index)
        }
        expectClose(part, expected, tolerance: 0)
    }

    @Test func subscripts() {
        let x = countingTensor([3, 4, 5])
        #expect(x[1].shape == [4, 5])
        #expect(x[-1].floats == Array(x.floats.suffix(20)))
        #expect(x[0..., 2..<4].shape == [3, 2, 5])
        #expect(x[...1, ..<2, 1...3].shape == [2, 2, 3])
        #expect(x[2, 0..., 4].floats == [44, 49, 54, 59])
        #expect(x[1, 2, 3].shape == [])
        #expect(x[1, 2, 3].item == 33)
        #expect(x[0..., 2..<2].shape == [3, 0, 5])
    }

    @Test func gradient() {
        expectGradient(by: distinctTensor([3, 5])) { $0[0].slice(axis: 1, range: 0..<5, step: 2) }
        expectGradient(by: distinctTensor([3, 2, 3])) { $0[0][1..., 0, ...1] }
        expectSameInBFloat16(distinctTensor([3, 5])) { $0[0].slice(axis: 0, range: 1..<3) }
    }

    @Test func refusesWhatLiesOutside() {
        let x = TensorSpecification(shape: [3, 4])
        #expect(refusal(of: x) { _ = $0[0][0..., 2..<5] } == "slice: 2..<5 is not within axis 1 of [3, 4]")
        #expect(refusal(of: x) { _ = $0[0][3] } == "slice: 3..<4 is not within axis 0 of [3, 4]")
        #expect(refusal(of: x) { _ = $0[0][5...] }?.contains("axis 0") == true)
        #expect(refusal(of: x) { _ = $0[0].slice(axis: 0, range: 0..<3, step: 0) }?.contains("step 0") == true)
    }
}
