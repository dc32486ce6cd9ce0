import NNCore
import Testing

@Suite(.onSeveralThreads) struct ComparisonTests {
    @Test func comparesElements() {
        let left = Tensor([1, 2, 3, .nan] as [Float])
        let right = Tensor([2, 2, 2, 2] as [Float])
        let cases: [(Tensor, [UInt8])] = [
            (left.isEqual(to: right), [0, 1, 0, 0]), (left.isNotEqual(to: right), [1, 0, 1, 1]),
            (left.isLess(than: right), [1, 0, 0, 0]), (left.isLessOrEqual(to: right), [1, 1, 0, 0]),
            (left.isGreater(than: right), [0, 0, 1, 0]), (left.isGreaterOrEqual(to: right), [0, 1, 1, 0]),
            (left.isEqual(to: 2), [0, 1, 0, 0]), (left.isNotEqual(to: 2), [1, 0, 1, 1]),
            (left.isLess(than: 2), [1, 0, 0, 0]), (left.isLessOrEqual(to: 2), [1, 1, 0, 0]),
            (left.isGreater(than: 2), [0, 0, 1, 0]), (left.isGreaterOrEqual(to: 2), [0, 1, 1, 0]),
        ]
        for (actual, expected) in cases { #expect(actual.scalars(as: UInt8.self) == expected) }
    }

    @Test func operatorsAreTheComparisons() {
        let left = Tensor([1, 2, 3, .nan] as [Float])
        let right = Tensor([2, 2, 2, 2] as [Float])
        let number: Float = 2
        let cases: [([Tensor], [UInt8])] = [
            ([left .== right, left .== 2, left .== number, 2 .== left, number .== left], [0, 1, 0, 0]),
            ([left .!= right, left .!= 2, left .!= number, 2 .!= left, number .!= left], [1, 0, 1, 1]),
            ([left .< right, left .< 2, left .< number, right .> left, 2 .> left, number .> left], [1, 0, 0, 0]),
            (
                [left .<= right, left .<= 2, left .<= number, right .>= left, 2 .>= left, number .>= left],
                [1, 1, 0, 0]
            ),
            ([left .> right, left .> 2, left .> number, right .< left, 2 .< left, number .< left], [0, 0, 1, 0]),
            (
                [left .>= right, left .>= 2, left .>= number, right .<= left, 2 .<= left, number .<= left],
                [0, 1, 1, 0]
            ),
        ]
        for (actual, expected) in cases {
            for mask in actual { #expect(mask.dataType == .uint8 && mask.scalars(as: UInt8.self) == expected) }
        }
        #expect((Tensor([16_777_216] as [Int64]) .< 16_777_217).item == 1)
        #expect((Tensor.zeros([2, 0]) .< Tensor.zeros([1])).shape == [2, 0])
        #expect(((countingTensor([4]) .> 0) .& (countingTensor([4]) .< 3)).floats == [0, 1, 1, 0])
        #expect((countingTensor([4]) .> 0 .& countingTensor([4]) .< 3).floats == [0, 1, 1, 0])
    }

    @Test(arguments: DataType.allCases)
    func comparesEveryTypeWithBroadcasting(_ dataType: DataType) {
        let left = countingTensor([5, 37]).cast(to: dataType)
        let right = Tensor([17, 3, 99, 0, 150] as [Float], shape: [5, 1]).cast(to: dataType)
        let expected = Tensor.tabulated([5, 37]) { index in
            left.value(at: index) < right.value(at: [index[0], 0]) ? 1 : 0
        }
        let actual = left.isLess(than: right)
        #expect(actual.dataType == .uint8)
        expectClose(actual, expected, tolerance: 0)
    }

    @Test func comparesMixedTypesExactly() {
        let third = Tensor([1.0 / 3] as [Float])
        #expect(third.cast(to: .bfloat16).isEqual(to: third).floats == [0])
        #expect(Tensor([1, 255] as [UInt8]).isEqual(to: Tensor([1, -1] as [Int32])).floats == [1, 0])
        let large = Tensor([1 << 24 + 1] as [Int64])
        #expect(large.isEqual(to: large - 1).floats == [0])
    }

    @Test func selects() {
        let mask = Tensor([1, 0, 2] as [UInt8])
        let result = Tensor.select(mask, Tensor([1, 2, 3] as [Float]), Tensor([4, 5, 6] as [Float]))
        #expect(result.floats == [1, 5, 3])
    }

    @Test func replaces() {
        let x = Tensor([1, 2, 3] as [Float])
        let mask = Tensor([1, 0, 2] as [UInt8])
        #expect(x.replacing(with: Tensor([4, 5, 6] as [Float]), where: mask).floats == [4, 2, 6])
        #expect(x.replacing(with: 0, where: x .> 1).floats == [1, 0, 0])
        #expect(x.replacing(with: -.infinity, where: mask).floats == [-.infinity, 2, -.infinity])
        #expect(Tensor([1, 2] as [Int64]).replacing(with: -100, where: Tensor([0, 1] as [UInt8])).dataType == .int64)
        #expect(x.cast(to: .bfloat16).replacing(with: 0.5, where: mask).dataType == .bfloat16)
        expectGradient(by: distinctTensor([3, 5]), distinctTensor([5])) {
            $0[0].replacing(with: $0[1], where: distinctTensor([3, 1]) .> 0)
        }
    }

    @Test(arguments: DataType.allCases)
    func selectsEveryTypeWithBroadcasting(_ dataType: DataType) {
        let shapes: [[Shape]] = [
            [[4, 19], [19], [4, 19]], [[4, 1], [19], [4, 19]], [[19], [4, 1], []], [[], [3, 1], [1, 5]],
            [[3, 5], [], []], [[2, 1, 3], [4, 1], [2, 4, 3]],
        ]
        for shape in shapes {
            let mask = Tensor((0..<shape[0].elementCount).map { UInt8($0 * 7 % 3 == 0 ? 1 : 0) }, shape: shape[0])
            let left = countingTensor(shape[1]).cast(to: dataType)
            let right = (countingTensor(shape[2]) + 100).cast(to: dataType)
            let result = Tensor.select(mask, left, right)
            #expect(result.dataType == dataType)
            let full = result.shape
            let weights = mask.cast(to: .float32).broadcast(to: full).floats
            let (a, b) = (left.broadcast(to: full).floats, right.broadcast(to: full).floats)
            #expect(result.floats == weights.indices.map { weights[$0] != 0 ? a[$0] : b[$0] }, "\(shape)")
        }
    }

    @Test func gradientOfSelect() {
        let mask = Tensor([1, 0, 0, 1, 1] as [UInt8])
        expectGradient(by: distinctTensor([3, 5]), distinctTensor([3, 1])) { .select(mask, $0[0], $0[1]) }
        expectSameInBFloat16(distinctTensor([3, 5]), distinctTensor([5])) { .select(mask, $0[0], $0[1]) }
    }

    @Test func refusesAMaskOfFloats() {
        let floats = TensorSpecification(shape: [2])
        #expect(refusal(of: floats) { _ = Tensor.select($0[0], $0[0], $0[0]) }?.contains("uint8 mask") == true)
    }

    @Test func broadcastsToAShape() {
        let x = distinctTensor([3, 1, 2])
        let result = x.broadcast(to: [2, 3, 4, 2])
        expectClose(result, .tabulated([2, 3, 4, 2]) { x.value(at: [$0[1], 0, $0[3]]) }, tolerance: 0)
        expectGradient(by: x) { $0[0].broadcast(to: [2, 3, 4, 2]) }
        let specification = TensorSpecification(shape: [3])
        #expect(refusal(of: specification) { _ = $0[0].broadcast(to: [1]) }?.hasPrefix("broadcast: [3]") == true)
    }
}
