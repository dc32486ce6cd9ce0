import NNCore
import Testing

@Suite(.onSeveralThreads) struct MaskLogicTests {
    private let left = Tensor([0, 0, 1, 3] as [UInt8])
    private let right = Tensor([0, 2, 0, 255] as [UInt8])

    @Test func combinesMasks() {
        #expect((left .& right).scalars(as: UInt8.self) == [0, 0, 0, 1])
        #expect((left .| right).scalars(as: UInt8.self) == [0, 1, 1, 1])
        #expect((left .^ right).scalars(as: UInt8.self) == [0, 1, 1, 0])
        #expect((.!left).scalars(as: UInt8.self) == [1, 1, 0, 0])
    }

    @Test(
        arguments: [
            ([5, 37], [37]), ([5, 1], [1, 37]), ([], [3]), ([2, 0], [1]), ([2, 1, 3, 1, 2], [4, 1, 5, 1]),
        ] as [(Shape, Shape)])
    func broadcasts(_ left: Shape, _ right: Shape) {
        let a = Tensor((0..<left.elementCount).map { UInt8($0 % 3 == 0 ? 0 : $0 % 200) }, shape: left)
        let b = Tensor((0..<right.elementCount).map { UInt8($0 % 2 * 7) }, shape: right)
        let both = a .& b
        let (x, y) = (a.broadcast(to: both.shape).floats, b.broadcast(to: both.shape).floats)
        #expect(both.floats == zip(x, y).map { $0 != 0 && $1 != 0 ? 1 : 0 })
        #expect((a .| b).floats == zip(x, y).map { $0 != 0 || $1 != 0 ? 1 : 0 })
        #expect((a .^ b).floats == zip(x, y).map { ($0 != 0) != ($1 != 0) ? 1 : 0 })
        #expect((.!a).floats == a.floats.map { $0 == 0 ? 1 : 0 })
    }

    @Test(arguments: DataType.allCases) func anyAndAll(_ dataType: DataType) {
        let x = Tensor([0, 0, 3, 0, 1, 2, 7, 8, 9] as [Float], shape: [3, 3]).cast(to: dataType)
        #expect(x.any().item == 1 && x.all().item == 0 && x.any().shape == [] && x.all().dataType == .uint8)
        #expect(x.any(axes: [1]).scalars(as: UInt8.self) == [1, 1, 1])
        #expect(x.all(axes: [-1]).scalars(as: UInt8.self) == [0, 0, 1])
        #expect(x.any(axes: [0], keepsDimensions: true).shape == [1, 3])
        #expect(x.all(axes: [0]).scalars(as: UInt8.self) == [0, 0, 1])
        #expect(x.all(axes: []).scalars(as: UInt8.self) == [0, 0, 1, 0, 1, 1, 1, 1, 1])
        #expect((x * 0).any().item == 0 && (x * 0 + 1).all().item == 1)
    }

    @Test func negativeOnesAndNaNAreNotZero() {
        #expect(Tensor([-1, 0] as [Int32]).any().item == 1 && Tensor([-1, 2] as [Int64]).all().item == 1)
        #expect(Tensor([Float.nan]).any().item == 1 && Tensor([Float.nan]).all().item == 1)
        #expect(Tensor([-0.0] as [Float]).any().item == 0)
        // Not the sum of the values, which is 0.
        #expect(Tensor([-1, 1] as [Float]).any().item == 1)
        #expect(Tensor([UInt8](repeating: 128, count: 512)).any().item == 1)
    }

    @Test(arguments: DataType.allCases) func ofNoElements(_ dataType: DataType) {
        let x = Tensor.zeros([2, 0, 3], dataType: dataType)
        #expect(x.any().item == 0 && x.all().item == 1)
        #expect(x.any(axes: [1]).floats == [Float](repeating: 0, count: 6))
        #expect(x.all(axes: [1], keepsDimensions: true).floats == [Float](repeating: 1, count: 6))
        #expect(x.all(axes: [0]).shape == [0, 3])
    }

    @Test func refusesWhatIsNoMask() {
        let (floats, mask) = (TensorSpecification(shape: [2]), TensorSpecification(shape: [3], dataType: .uint8))
        #expect(
            refusal(of: mask, floats) { _ = $0[0] .& $0[1] } == "and: takes uint8 masks, not uint8[3] and float32[2]")
        #expect(refusal(of: floats) { _ = .!$0[0] } == "not: takes a uint8 mask, not float32[2]")
        #expect(
            refusal(of: mask, TensorSpecification(shape: [2], dataType: .uint8)) { _ = $0[0] .| $0[1] }
                == "or: [3] and [2] do not broadcast to one shape")
        #expect(refusal(of: floats) { _ = $0[0].any(axes: [1]) } == "sum: [2] has no axis 1")
    }
}
