import NNCore
import Testing

@Suite(.onSeveralThreads) struct GatherTests {
    @Test(arguments: [0, 1, 2, -1])
    func takesNamedSlices(_ axis: Int) {
        let x = distinctTensor([4, 3, 5])
        let dimension = axis < 0 ? axis + 3 : axis
        let names: [Int32] = [2, 0, 2, 1]
        var shape = x.shape
        shape[dimension] = 4
        let expected = Tensor.tabulated(shape) { index in
            var index = index
            index[dimension] = Int(names[index[dimension]])
            return x.value(at: index)
        }
        expectClose(x.gathered(indices: Tensor(names), axis: axis), expected, tolerance: 0)
        let wide = Tensor(names.map(Int64.init))
        expectClose(x.gathered(indices: wide, axis: axis), expected, tolerance: 0)
    }

    @Test func replacesTheAxisByTheDimensionsOfTheIndices() {
        let table = countingTensor([5, 2])
        let result = table.gathered(indices: Tensor([4, 0, 1, 1, 2, 3] as [Int32], shape: [2, 3]))
        #expect(result.shape == [2, 3, 2])
        #expect(result.floats == [8, 9, 0, 1, 2, 3, 2, 3, 4, 5, 6, 7])
        #expect(table.gathered(indices: Tensor(scalar: Int32(3)), axis: 0).floats == [6, 7])
    }

    @Test func everyElementType() {
        for type in DataType.allCases {
            let x = countingTensor([4, 3]).cast(to: type)
            let result = x.gathered(indices: Tensor([3, 1] as [Int32]))
            #expect(result.dataType == type)
            #expect(result.floats == [9, 10, 11, 3, 4, 5])
        }
    }

    @Test(arguments: [0, 1, 2])
    func gradient(_ axis: Int) {
        let indices = Tensor([2, 0, 2, 1, 2] as [Int32])
        expectGradient(by: distinctTensor([3, 3, 3])) { $0[0].gathered(indices: indices, axis: axis) }
        expectSameInBFloat16(distinctTensor([3, 3, 70])) { $0[0].gathered(indices: indices, axis: axis % 2) }
    }

    @Test func manySmallTermsInBFloat16() {
        // 1 + 1/256 is not a bfloat16: summed in that type, the gradient would stay at 1.
        let table = Tensor.zeros([1, 1], dataType: .bfloat16).requiringGradient()
        let result = table.gathered(indices: Tensor([Int32](repeating: 0, count: 257)))
        let terms = [Float](repeating: 1.0 / 256, count: 256)
        let gradient = Tensor([1] + terms, shape: [257, 1]).cast(to: .bfloat16)
        #expect(result.backward(gradient: gradient)[table]!.floats == [2])
    }

    @Test func refusesWhatDoesNotFit() {
        let table = TensorSpecification(shape: [5, 2])
        let floats = TensorSpecification(shape: [3])
        #expect(refusal(of: table, floats) { _ = $0[0].gathered(indices: $0[1]) }?.contains("float32[3]") == true)
        let indices = TensorSpecification(shape: [3], dataType: .int32)
        #expect(
            refusal(of: table, indices) { _ = $0[0].gathered(indices: $0[1], axis: 2) }
                == "gather: [5, 2] has no axis 2")
    }
}
