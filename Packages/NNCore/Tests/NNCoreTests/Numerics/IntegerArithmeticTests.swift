import NNCore
import Testing

/// Whole numbers of integer tensors never pass through a float, which has none of its own above 2^24.
@Suite struct IntegerArithmeticTests {
    @Test func literalsAreExact() {
        #expect((Tensor([1] as [Int64]) * 123_456_789).item(as: Int64.self) == 123_456_789)
        #expect((123_456_789 * Tensor([1] as [Int64])).item(as: Int64.self) == 123_456_789)
        #expect((Tensor([0] as [Int32]) + 16_777_217).item(as: Int32.self) == 16_777_217)
        #expect((16_777_217 + Tensor([0] as [Int32])).item(as: Int32.self) == 16_777_217)
        #expect((Tensor([0] as [Int32]) - 16_777_217).item(as: Int32.self) == -16_777_217)
        #expect((16_777_217 - Tensor([0] as [Int32])).item(as: Int32.self) == 16_777_217)
        let large = 9_007_199_254_740_993
        #expect((Tensor([0] as [Int64]) + large).item(as: Int64.self) == Int64(large))
        #expect((-Tensor([16_777_217] as [Int64])).item(as: Int64.self) == -16_777_217)
    }

    @Test func comparisonsAreExact() {
        let number = Tensor([16_777_216] as [Int32])
        #expect(number.isEqual(to: 16_777_217).item == 0)
        #expect(number.isNotEqual(to: 16_777_217).item == 1)
        #expect(number.isLess(than: 16_777_217).item == 1)
        #expect(number.isLessOrEqual(to: 16_777_215).item == 0)
        #expect(number.isGreater(than: 16_777_215).item == 1)
        #expect(number.isGreaterOrEqual(to: 16_777_217).item == 0)
    }

    @Test func constantsAreExact() {
        #expect(
            Tensor.full([2], value: 16_777_217, dataType: .int64).scalars(as: Int64.self) == [16_777_217, 16_777_217])
        #expect(Tensor.full([1], value: 2_147_483_647, dataType: .int32).item(as: Int32.self) == .max)
        #expect(Tensor.full([1], value: -2_147_483_648, dataType: .int32).item(as: Int32.self) == .min)
        #expect(Tensor.full([1], value: Int.max, dataType: .int64).item(as: Int64.self) == .max)
        #expect(Tensor.full([3], value: 255, dataType: .uint8).scalars(as: UInt8.self) == [255, 255, 255])
        #expect(Tensor.full([1], value: Float(7), dataType: .int32).item == 7)
        #expect(Tensor.full([2], value: 3).floats == [3, 3])
        #expect(Tensor.ones([2], dataType: .bfloat16).floats == [1, 1])
        #expect(Tensor.zeros([0]).elementCount == 0 && Tensor.ones([0, 3]).elementCount == 0)
    }

    @Test func literalsBesideFloatsAreFloats() {
        let x = Tensor([0.5, -2] as [Float])
        #expect((x * 2 + 1).floats == [2, -3])
        #expect((1 - x / 2).floats == [0.75, 2])
        #expect((1 / x).floats == [2, -0.5])
        #expect((x.cast(to: .bfloat16) * 2).dataType == .bfloat16)
        #expect((Tensor([1, 2] as [Int32]) / 4).floats == [0.25, 0.5])
    }

    @Test func sumsAreExact() {
        let sum = Tensor([16_777_217, Int32.max, Int32.max]).sum()
        #expect(sum.item(as: Int64.self) == 16_777_217 + 2 * Int64(Int32.max))
        #expect("\(sum)".contains("4311744511"))
        #expect(Tensor([UInt8](repeating: 255, count: 70_000)).sum().item(as: Int64.self) == 17_850_000)
    }

    @Test func productsOfMatricesTakeFloats() {
        let (floats, integers) = (
            TensorSpecification(shape: [2, 2]), TensorSpecification(shape: [2, 2], dataType: .int64)
        )
        for operands in [[integers, floats], [floats, integers], [integers, integers]] {
            let message = refusal(of: operands[0], operands[1]) { _ = Tensor.matmul($0[0], $0[1]) }
            #expect(message?.contains("takes float32 or bfloat16, not int64[2, 2]") == true)
        }
    }

    @Test(arguments: [DataType.int32, .int64, .uint8])
    func variancesTakeFloats(_ type: DataType) {
        let message = refusal(of: TensorSpecification(shape: [4], dataType: type)) { _ = $0[0].variance() }
        #expect(message?.contains("takes float32 or bfloat16, not \(type)[4]") == true)
    }

    @Test func castsSaturate() {
        let wide = Tensor([300, -1, Int64(Int32.max) + 5, .min, 7])
        #expect(wide.cast(to: .int32).scalars(as: Int32.self) == [300, -1, .max, .min, 7])
        #expect(wide.cast(to: .uint8).scalars(as: UInt8.self) == [255, 0, 255, 0, 7])
        let floats = Tensor([2.9, -2.9, 3e9, -3e9, 1e30, -.infinity, .nan, 254.9, 255.1] as [Float])
        #expect(
            floats.cast(to: .int32).scalars(as: Int32.self) == [2, -2, .max, .min, .max, .min, 0, 254, 255])
        #expect(
            floats.cast(to: .int64).scalars(as: Int64.self)
                == [2, -2, 3_000_000_000, -3_000_000_000, .max, .min, 0, 254, 255])
        #expect(floats.cast(to: .uint8).scalars(as: UInt8.self) == [2, 0, 255, 0, 255, 0, 0, 254, 255])
        #expect(floats.cast(to: .bfloat16).cast(to: .uint8).scalars(as: UInt8.self)[4...6] == [255, 0, 0])
        // Many at a time, as vectors convert them.
        let many = Tensor([Float](repeating: .nan, count: 1000)).cast(to: .int32).scalars(as: Int32.self)
        #expect(many.allSatisfy { $0 == 0 })
    }

    @Test func unsignedBytesWrap() {
        let bytes = Tensor([200, 3] as [UInt8])
        #expect((bytes + 100).scalars(as: UInt8.self) == [44, 103])
        #expect((bytes * bytes).scalars(as: UInt8.self) == [64, 9])
        #expect((0 - bytes).scalars(as: UInt8.self) == [56, 253])
    }

    @Test func whatIsNoValueOfTheTypeIsRefused() async {
        func expectTrap(_ text: String, _ result: ExitTest.Result?) {
            let output = result.map { String(decoding: $0.standardErrorContent, as: UTF8.self) } ?? ""
            #expect(output.contains(text), "\(output)")
        }
        expectTrap(
            "full: 2.7 is not a value of int32",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.full([1], value: 2.7, dataType: .int32)
            })
        expectTrap(
            "full: 256 is not a value of uint8",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.full([1], value: 256, dataType: .uint8)
            })
        expectTrap(
            "add: 2147483648 is not a value of int32",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor([0] as [Int32]) + 2_147_483_648
            })
        expectTrap(
            "ask for item(as:)",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor([16_777_217] as [Int64]).sum().item
            })
        expectTrap(
            "may have been rounded",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor([1] as [Int32]).padded([(before: 1, after: 0)], value: 16_777_218)
            })
    }
}
