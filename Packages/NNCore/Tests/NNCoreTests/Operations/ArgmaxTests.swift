import NNCore
import Testing

@Suite(.onSeveralThreads) struct ArgmaxTests {
    @Test(
        arguments: [
            ([7], 0), ([3, 5], -1), ([3, 5], 0), ([5, 150], 1), ([2, 37, 3], 1), ([2, 9, 70], 1), ([300, 64], 1),
            ([2, 3], 0),
        ] as [(Shape, Int)])
    func findsTheGreatest(_ shape: Shape, _ axis: Int) {
        let x = distinctTensor(shape)
        let dimension = axis < 0 ? axis + shape.rank : axis
        var kept = shape.dimensions
        kept.remove(at: dimension)
        let expected = Tensor.tabulated(Shape(kept)) { index in
            let line = (0..<shape[dimension]).map { x.value(at: index[..<dimension] + [$0] + index[dimension...]) }
            return Float(line.firstIndex(of: line.max()!)!)
        }
        for dataType in [DataType.float32, .bfloat16] {
            let result = (x * 0.5).cast(to: dataType).argmax(axis: axis)
            #expect(result.dataType == .int32)
            // Rounding makes ties, of which the first counts: only float32 is held against the reference.
            if dataType == .float32 { expectClose(result, expected, tolerance: 0) }
        }
    }

    @Test func findsTheSmallest() {
        let x = Tensor([3, 1, 4, 1, 5, 9] as [Float], shape: [2, 3])
        #expect(x.argmin().scalars(as: Int32.self) == [1, 0] && x.argmin(axis: 0).floats == [1, 0, 0])
        #expect(Tensor([1, .nan, 0] as [Float]).argmin().item == 1)
    }

    @Test(arguments: [1, 5, 31, 32, 33, 64, 100])
    func tiesAndNaN(_ length: Int) {
        var values = [Float](repeating: 1, count: length)
        #expect(Tensor(values).argmax().item == 0)
        values[length - 1] = 2
        values[length / 2] = 2
        #expect(Tensor(values).argmax().item == Float(length / 2))
        #expect(Tensor(values).cast(to: .bfloat16).argmax().item == Float(length / 2))
        values[length / 3] = .nan
        #expect(Tensor(values).argmax().item == Float(length / 3))
        #expect(Tensor([Float](repeating: -.infinity, count: length)).argmax().item == 0)
    }

    @Test func greatestElementsInOrder() {
        let x = Tensor([3, 1, 4, 1, 5, 9, 2, 6, 9, 3] as [Float], shape: [2, 5])
        let (values, indices) = x.topK(3)
        #expect(values.floats == [5, 4, 3, 9, 9, 6] && indices.scalars(as: Int32.self) == [4, 2, 0, 0, 3, 2])
        let all = distinctTensor([4, 33]).topK(33).values
        #expect(
            (0..<4).allSatisfy {
                all.floats[$0 * 33..<$0 * 33 + 33].elementsEqual(all.floats[$0 * 33..<$0 * 33 + 33].sorted(by: >))
            })
        #expect(x.cast(to: .bfloat16).topK(1).values.floats == [5, 9])
    }

    @Test func gradientOfTheGreatestElements() {
        expectGradient(by: distinctTensor([3, 7])) { $0[0].topK(2).values }
        expectSameInBFloat16(distinctTensor([3, 7])) { $0[0].topK(4).values }
    }

    @Test func oneHotVectors() {
        let labels = Tensor([2, 0, -1, 3] as [Int32], shape: [2, 2]).oneHot(classCount: 3)
        #expect(labels.shape == [2, 2, 3] && labels.floats == [0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0])
        #expect(Tensor([255, 1] as [UInt8]).oneHot(classCount: 2, dataType: .bfloat16).floats == [0, 0, 0, 1])
    }

    @Test func refusesWhatDoesNotFit() {
        let specification = TensorSpecification(shape: [2, 3])
        #expect(refusal(of: specification) { _ = $0[0].argmax(axis: 2) }?.hasPrefix("argmax: [2, 3]") == true)
        #expect(refusal(of: specification) { _ = $0[0].topK(4) }?.hasPrefix("topK: [2, 3] has no 4") == true)
    }
}
