import NNCore
import NNTesting
import Testing

@Suite struct RandomCalculationTests {
    @Test func followsFromSeedAndIndex() {
        func names(_ seed: UInt64) -> [String] {
            (0..<50).map { RandomCalculation(seed: seed, index: $0, largest: 100_000).description }
        }
        #expect(names(3) == names(3))
        #expect(Set(names(3) + names(4)).count == 100)
    }

    /// Every kind of calculation, number type, epilogue and size is drawn.
    @Test func drawsEverything() {
        let names = (0..<3000).map { RandomCalculation(seed: 1, index: $0).description }
        let parts = [
            "convolution float32[", "convolution bfloat16[", "inputGradient float32[", "inputGradient bfloat16[",
            "weightGradient float32[", "weightGradient bfloat16[", "product float32", "product bfloat16", "transposed",
            ", bias", ", residual", "graded channels", ", mish", ", leakyReLU(slope: -0.3)", "stride 4x4",
            "dilation 6x6", "padding 0 0 0 0", ", 1 groups", ", 4 groups", ", 80 groups", "float32[0, ", "float32[5, ",
            ", 7, 7], stride", ", 6, 1], stride",
        ]
        for part in parts { #expect(names.contains { $0.contains(part) }, "no calculation has '\(part)'") }
        #expect(names.filter { $0.contains("weightGradient") }.count > 700)
        let sizes = names.compactMap { name -> (Int, Int)? in
            guard !name.hasPrefix("product"), let list = name.split(separator: "[").dropFirst().first else {
                return nil
            }
            let numbers = list.split(separator: "]")[0].split(separator: ", ").compactMap { Int($0) }
            return numbers.count == 4 ? (numbers[1], numbers[2]) : nil
        }
        #expect(sizes.contains { $0.1 > 900 } && sizes.contains { $0.0 > 400 } && sizes.contains { $0 == (1, 1) })
    }

    @Test func referenceAgrees() {
        for index in 0..<150 {
            let outcome = RandomCalculation(seed: 2, index: index, largest: 20_000).check(BLASBackend())
            #expect(outcome == .agrees)
        }
    }

    @Test func tellsWhatIsDeclinedAndWrong() throws {
        let declining = FaultyBackend("declines everything") { _ in nil }
        let wrong = FaultyBackend("everything wrong") { $0.right.elementCount > 0 ? $0.right + 2 : .zeros([1]) }
        for index in 0..<40 {
            let calculation = RandomCalculation(seed: 5, index: index, largest: 20_000)
            #expect(calculation.check(declining) == .declined)
            guard case .wrong(let text) = calculation.check(wrong) else {
                Issue.record("\(calculation): nothing was found")
                continue
            }
            #expect(text.hasPrefix("\(calculation): "), "\(text)")
        }
    }

    /// A second rounding to bfloat16, which the conformance suite does not allow.
    @Test func allowsARoundingBeforeTheResidual() {
        let backend = FaultyBackend("rounds before the residual is added") { call in
            guard call.pass == .output, call.dataType == .bfloat16, let residual = call.epilogue.residual else {
                return nil
            }
            var plain = call
            plain.epilogue = ConvolutionEpilogue(bias: call.epilogue.bias)
            let sum = plain.right.cast(to: .float32) + residual.cast(to: .float32)
            return sum.activated(by: call.epilogue.activation).cast(to: .bfloat16)
        }
        var count = 0
        for index in 0..<400 {
            let outcome = RandomCalculation(seed: 6, index: index, largest: 20_000).check(backend)
            if outcome == .declined { continue }
            #expect(outcome == .agrees)
            count += 1
        }
        #expect(count > 20)
    }

    @Test(arguments: [DataType.float32, .bfloat16]) func comparesWithAnotherBackend(dataType: DataType) {
        for kind in [RandomCalculation.Kind.convolution, .inputGradient, .weightGradient] {
            let calculation = RandomCalculation(
                kind, input: [2, 9, 7, 6], weight: [4, 3, 3, 3],
                geometry: ConvolutionGeometry(strides: 2, padding: 1, groups: 2), dataType: dataType)
            #expect(calculation.dataType == dataType)
            #expect(calculation.check(BLASBackend(), against: BLASBackend()) == .agrees)
            #expect(calculation.check(BLASBackend()) == .agrees)
            let wrong = FaultyBackend("last element") { $0.right.spoiled }
            guard case .wrong(let text) = calculation.check(wrong, against: BLASBackend()) else {
                Issue.record("nothing was found")
                continue
            }
            #expect(text.hasSuffix("elements are off"), "\(text)")
        }
    }
}
