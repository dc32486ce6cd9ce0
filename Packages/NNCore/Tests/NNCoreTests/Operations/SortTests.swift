import NNCore
import Testing

@Suite(.onSeveralThreads) struct SortTests {
    static let cases: [(Shape, Int)] = [
        ([1], 0), ([7], 0), ([3, 5], -1), ([3, 5], 0), ([5, 150], 1), ([150, 5], 0), ([2, 37, 3], 1),
        ([2, 60, 70], -2),
        ([300], 0), ([2, 2, 3, 2, 50], 4), ([2, 2, 3, 2, 3], 2),
    ]

    /// The indices that sort a line, and stay in order where values are equal; NaN is the greatest.
    private func order(_ line: [Float], descending: Bool) -> [Int] {
        func isLess(_ a: Float, _ b: Float) -> Bool { a < b || b.isNaN && !a.isNaN }
        return line.indices.sorted { a, b in
            let (x, y) = descending ? (line[b], line[a]) : (line[a], line[b])
            return isLess(x, y) || !isLess(y, x) && a < b
        }
    }

    private func expectSorted(_ x: Tensor, axis: Int, descending: Bool) {
        let dimension = axis < 0 ? axis + x.rank : axis
        let values = x.floats
        func line(_ index: [Int]) -> [Float] {
            (0..<x.shape[dimension]).map { element in
                var index = index
                index[dimension] = element
                return values[zip(index, x.shape.strides).reduce(0) { $0 + $1.0 * $1.1 }]
            }
        }
        var orders: [[Int]: [Int]] = [:]
        let expected = Tensor.tabulated(x.shape) { index in
            var first = index
            first[dimension] = 0
            let order = orders[first] ?? order(line(first), descending: descending)
            orders[first] = order
            return Float(order[index[dimension]])
        }
        let indices = x.argsorted(axis: axis, descending: descending)
        #expect(indices.dataType == .int32)
        expectClose(indices, expected, tolerance: 0)
        let sorted = x.sorted(axis: axis, descending: descending)
        #expect(sorted.dataType == x.dataType)
        expectClose(
            sorted, .tabulated(x.shape) { line($0)[Int(expected.value(at: $0))] }, tolerance: 0)
    }

    @Test(arguments: cases) func sorts(_ shape: Shape, _ axis: Int) {
        for descending in [false, true] { expectSorted(distinctTensor(shape), axis: axis, descending: descending) }
    }

    @Test(arguments: DataType.allCases, [9, 200]) func everyTypeWithTies(_ dataType: DataType, _ length: Int) {
        let values = Tensor((0..<3 * length).map { Float($0 * 37 % 23 - 11) }, shape: [3, length])
        for descending in [false, true] { expectSorted(values.cast(to: dataType), axis: 1, descending: descending) }
    }

    @Test(arguments: [20, 100]) func extremeValues(_ length: Int) {
        var floats: [Float] = [.nan, -.nan, .infinity, -.infinity, 0, -0.0, .leastNonzeroMagnitude, -1, 3e38, -3e38]
        floats += (0..<length - floats.count).map { Float($0 % 5 - 2) * (.leastNormalMagnitude / 16) }
        for descending in [false, true] {
            expectSorted(Tensor(floats), axis: 0, descending: descending)
            expectSorted(Tensor(floats).cast(to: .bfloat16), axis: 0, descending: descending)
        }
        let integers: [Int64] = [.max, .min, 0, -1, 1, 1 << 40, -(1 << 40)] + (7..<length).map { Int64($0 % 3) << 32 }
        #expect(Tensor(integers).sorted().scalars(as: Int64.self) == integers.sorted())
        #expect(Tensor(integers).sorted(descending: true).scalars(as: Int64.self) == integers.sorted(by: >))
        let narrow: [Int32] = [.max, .min, 0, -1] + (4..<length).map { Int32($0 % 3) << 20 }
        #expect(Tensor(narrow).sorted().scalars(as: Int32.self) == narrow.sorted())
    }

    @Test func gradient() {
        expectGradient(by: distinctTensor([3, 7])) { $0[0].sorted() }
        expectGradient(by: distinctTensor([4, 3, 2])) { $0[0].sorted(axis: 0, descending: true) }
        expectSameInBFloat16(distinctTensor([3, 60])) { $0[0].sorted() }
    }

    @Test func ofNoElements() throws {
        for axis in [0, 1] {
            let x = Tensor.zeros([2, 0]).requiringGradient()
            let sorted = x.sorted(axis: axis)
            #expect(sorted.shape == [2, 0] && x.argsorted(axis: axis).shape == [2, 0])
            #expect(try #require(sorted.sum().backward()[x]).shape == [2, 0])
        }
    }

    @Test func refusesAxesThatAreNotThere() {
        let x = TensorSpecification(shape: [2, 3])
        #expect(refusal(of: x) { _ = $0[0].sorted(axis: 2) } == "sorted: [2, 3] has no axis 2")
        #expect(refusal(of: x) { _ = $0[0].argsorted(axis: -3) } == "argsort: [2, 3] has no axis -3")
        #expect(refusal(of: TensorSpecification(shape: [])) { _ = $0[0].sorted() } == "sorted: [] has no axis -1")
    }
}

@Suite(.onSeveralThreads) struct ElementsAtIndicesTests {
    @Test(
        arguments: [([4, 3, 5], 0), ([4, 3, 5], 1), ([4, 3, 5], -1), ([6], 0), ([2, 3, 2, 3, 40], 2)] as [(Shape, Int)])
    func takesElements(_ shape: Shape, _ axis: Int) {
        let dimension = axis < 0 ? axis + shape.rank : axis
        for count in [1, 4] {
            var indexShape = shape
            indexShape[dimension] = count
            let indices = Tensor(
                (0..<indexShape.elementCount).map { Int32($0 * 7 % shape[dimension]) }, shape: indexShape)
            let x = distinctTensor(shape)
            let expected = Tensor.tabulated(indexShape) { index in
                var index = index
                index[dimension] = Int(indices.value(at: index))
                return x.value(at: index)
            }
            expectClose(x.elements(at: indices, axis: axis), expected, tolerance: 0)
            expectClose(x.elements(at: indices.cast(to: .int64), axis: axis), expected, tolerance: 0)
        }
    }

    @Test func everyType() {
        for dataType in DataType.allCases {
            let result = countingTensor([2, 3]).cast(to: dataType)
                .elements(at: Tensor([2, 0] as [Int64], shape: [2, 1]), axis: 1)
            #expect(result.dataType == dataType && result.shape == [2, 1] && result.floats == [2, 3])
        }
    }

    @Test func gradient() {
        let indices = Tensor([2, 0, 2, 1, 2, 2] as [Int32], shape: [2, 3])
        expectGradient(by: distinctTensor([2, 4])) { $0[0].elements(at: indices, axis: 1) }
        expectGradient(by: distinctTensor([5, 3])) { $0[0].elements(at: indices, axis: 0) }
        expectSameInBFloat16(distinctTensor([2, 4])) { $0[0].elements(at: indices, axis: 1) }
    }

    /// In float32 one after the other, the terms would be lost beside the first.
    @Test func manySmallTerms() throws {
        let x = Tensor.zeros([1, 1]).requiringGradient()
        let count = 1 << 20
        let result = x.elements(at: .zeros([1, count], dataType: .int32), axis: 1)
        let terms = [Float(1 << 24)] + [Float](repeating: 1, count: count - 1)
        let gradient = try #require(result.backward(gradient: Tensor(terms, shape: [1, count]))[x])
        #expect(gradient.item == Float((1 << 24) + count - 1))
    }

    @Test func ofNoElements() throws {
        let none = Tensor.zeros([2, 0], dataType: .int32)
        let x = Tensor.ones([2, 3]).requiringGradient()
        let result = x.elements(at: none, axis: 1)
        #expect(result.shape == [2, 0])
        #expect(try #require(result.sum().backward()[x]).floats == [Float](repeating: 0, count: 6))
        #expect(Tensor.ones([0, 3]).elements(at: .zeros([0, 1], dataType: .int32), axis: 1).shape == [0, 1])
    }

    @Test func refusesWhatDoesNotFit() async {
        let x = TensorSpecification(shape: [2, 3])
        for indices in [
            TensorSpecification(shape: [2, 1]), TensorSpecification(shape: [3, 1], dataType: .int32),
            TensorSpecification(shape: [2], dataType: .int32),
        ] {
            #expect(
                refusal(of: x, indices) { _ = $0[0].elements(at: $0[1], axis: 1) }
                    == "elements: takes int32 or int64 indices of the shape [2, 3] but along axis 1, not \(indices)")
        }
        let indices = TensorSpecification(shape: [2, 1], dataType: .int32)
        #expect(refusal(of: x, indices) { _ = $0[0].elements(at: $0[1], axis: 2) } == "elements: [2, 3] has no axis 2")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.ones([2, 3]).elements(at: Tensor([0, 3] as [Int32], shape: [2, 1]), axis: 1)
            }, "elements: index 3 at position 1 of [2, 1] is not in 0..<3")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.ones([2, 3]).elements(at: Tensor([0, 1 << 40] as [Int64], shape: [2, 1]), axis: 1)
            }, "elements: index 1099511627776 at position 1 of [2, 1] is not in 0..<3")
    }
}
