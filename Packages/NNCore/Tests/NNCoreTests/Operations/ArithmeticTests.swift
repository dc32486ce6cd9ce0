import Foundation
import NNCore
import Testing

/// Shapes that broadcast in different ways: none, inner, outer, both sides, lacking dimensions, scalars.
private let shapePairs: [(Shape, Shape)] = [
    ([7], [7]), ([3, 5], [5]), ([3, 5], [3, 1]), ([4, 1, 3], [5, 1]), ([2, 3, 4, 5], [2, 1, 1, 5]),
    ([2, 3, 4, 5], [3, 1, 5]), ([1, 3, 1, 2], [2, 1, 4, 1]), ([], [2, 3]), ([2, 3], []), ([], []), ([1, 1], [1]),
    ([0, 3], [3]), ([2, 17, 33], [17, 1]),
]

/// What NumPy's rules give for one element of the result.
private func reference(_ left: Tensor, _ right: Tensor, _ function: (Float, Float) -> Float) -> Tensor {
    func length(_ shape: Shape, _ fromEnd: Int) -> Int { fromEnd < shape.rank ? shape[-1 - fromEnd] : 1 }
    let rank = max(left.rank, right.rank)
    let shape = Shape(
        (0..<rank).reversed().map { position in
            let (l, r) = (length(left.shape, position), length(right.shape, position))
            return l == 1 ? r : l
        })
    func value(_ tensor: Tensor, _ index: [Int]) -> Float {
        tensor.value(at: zip(index.suffix(tensor.rank), tensor.shape).map { $1 == 1 ? 0 : $0 })
    }
    return .tabulated(shape) { function(value(left, $0), value(right, $0)) }
}

@Suite(.onSeveralThreads) struct ArithmeticTests {
    typealias Case = (function: @Sendable (Tensor, Tensor) -> Tensor, expected: @Sendable (Float, Float) -> Float)
    static let functions: [String: Case] = [
        "add": ({ $0 + $1 }, { $0 + $1 }),
        "subtract": ({ $0 - $1 }, { $0 - $1 }),
        "multiply": ({ $0 * $1 }, { $0 * $1 }),
        "divide": ({ $0 / $1 }, { $0 / $1 }),
        "maximum": ({ maximum($0, $1) }, { max($0, $1) }),
        "minimum": ({ minimum($0, $1) }, { min($0, $1) }),
    ]

    /// Values of both signs, none of them near 0 and no two equal between the operands.
    private func operands(_ shapes: (Shape, Shape)) -> (Tensor, Tensor) {
        func away(_ tensor: Tensor, _ distance: Float) -> Tensor {
            Tensor(tensor.floats.map { $0 < 0 ? $0 - distance : $0 + distance }, shape: tensor.shape)
        }
        return (away(distinctTensor(shapes.0, seed: 1), 0.5), away(distinctTensor(shapes.1, seed: 2), 0.525))
    }

    @Test(arguments: functions.keys.sorted())
    func broadcasts(_ name: String) throws {
        let (function, expected) = try #require(Self.functions[name])
        for shapes in shapePairs {
            let (left, right) = operands(shapes)
            expectClose(function(left, right), reference(left, right, expected), tolerance: 1e-6, "\(name) \(shapes)")
        }
    }

    @Test(arguments: functions.keys.sorted())
    func gradient(_ name: String) throws {
        let (function, _) = try #require(Self.functions[name])
        for shapes: (Shape, Shape) in [([3, 5], [3, 5]), ([4, 1, 3], [5, 1]), ([2, 3, 4], [3, 1]), ([2, 3], [])] {
            let (left, right) = operands(shapes)
            expectGradient(by: left, right) { function($0[0], $0[1]) }
        }
        let (left, right) = operands(([5, 17], [17]))
        expectSameInBFloat16(left, right, tolerance: 1.0 / 32) { function($0[0], $0[1]) }
    }

    @Test func largeOperandsOnAllThreads() {
        let (left, right) = (countingTensor([301, 257]), countingTensor([257]))
        let sums = (left - right).floats
        #expect(sums.indices.allSatisfy { sums[$0] == Float($0 - $0 % 257) })
    }

    @Test func integersWrapAround() {
        let bytes = Tensor([250, 3, 0] as [UInt8]) + Tensor([10] as [UInt8])
        #expect(bytes.dataType == .uint8 && bytes.floats == [4, 13, 10])
        let words = Tensor([Int32.max]) + Tensor([1] as [Int32])
        #expect(words.scalars(as: Int32.self) == [.min])
        let long = Tensor([1 << 40, -3] as [Int64]) * Tensor([3, 5] as [Int64])
        #expect(long.scalars(as: Int64.self) == [3 << 40, -15])
        #expect(maximum(Tensor([1, 9] as [Int32]), Tensor([4, 4] as [Int32])).floats == [4, 9])
    }

    @Test func dividingIntegersGivesFloats() {
        let quotient = Tensor([1, 9] as [Int32]) / Tensor([2, 2] as [Int32])
        #expect(quotient.dataType == .float32 && quotient.floats == [0.5, 4.5])
        #expect((Tensor([3] as [UInt8]) / 2).floats == [1.5])
    }

    @Test func promotesTypes() {
        let narrow = Tensor([1.5, 2] as [Float]).cast(to: .bfloat16)
        let wide = Tensor([1, 2] as [Float])
        #expect((narrow + wide).dataType == .float32)
        #expect((narrow + wide.mean()).dataType == .bfloat16)
        #expect((narrow * Tensor([1, 2] as [Int64])).dataType == .bfloat16)
        #expect((Tensor([1, 2] as [UInt8]) * Tensor(scalar: 2 as Int32)).dataType == .uint8)
        #expect((Tensor([1, 2] as [UInt8]) * Tensor(scalar: 0.5 as Float)).dataType == .float32)
        #expect((Tensor([1, 2] as [UInt8]) + Tensor([1, 2] as [Int32])).dataType == .int32)
        let variables = (narrow.requiringGradient(), wide.requiringGradient())
        let gradients = (variables.0 * variables.1).sum().backward()
        #expect(gradients[variables.0]?.dataType == .bfloat16)
        #expect(gradients[variables.1]?.floats == [1.5, 2])
    }

    @Test func numbers() {
        let x = distinctTensor([3, 7]) + 0.02
        let values = x.floats
        let cases: [(Tensor, (Float) -> Float)] = [
            (x + 2.5, { $0 + 2.5 }), (2.5 + x, { $0 + 2.5 }), (x - 2.5, { $0 - 2.5 }), (2.5 - x, { 2.5 - $0 }),
            (x * 3, { $0 * 3 }), (3 * x, { $0 * 3 }), (x / 3, { $0 / 3 }), (3 / x, { 3 / $0 }), (-x, { -$0 }),
        ]
        for (actual, expected) in cases { expectClose(actual, Tensor(values.map(expected), shape: [3, 7])) }
        let y = Tensor([0.5, -2, 3] as [Float])
        expectGradient(by: y) { inputs in
            let x = inputs[0]
            let line = 2 - x * 3 + (x - 1) / 4
            return line + (-x) + 1 / x
        }
        expectSameInBFloat16(y) { 1.5 - $0[0] / 3 }
        let integers = Tensor([1, 2] as [Int32])
        #expect((integers * 3 - 1).scalars(as: Int32.self) == [2, 5])
        #expect((5 - integers).scalars(as: Int32.self) == [4, 3])
        #expect((-integers).scalars(as: Int32.self) == [-1, -2])
    }

    @Test func numbersAreNotRoundedToBFloat16() {
        // 1/3 as bfloat16 is 0.33398; the product would differ in the last place of bfloat16.
        let x = Tensor([3, 5, 7, 11] as [Float]).cast(to: .bfloat16)
        let expected = x.floats.map { Float(BFloat16($0 * (1.0 / 3))) }
        #expect((x * (1.0 / 3)).floats == expected)
    }

    @Test func powers() {
        let base = Tensor([0.5, 2, 3, 1.5] as [Float])
        let exponent = Tensor([2, -1, 0.5, 3] as [Float])
        expectClose(base.power(exponent), Tensor([0.25, 0.5, 3.0.squareRoot(), 3.375].map { Float($0) }))
        expectGradient(by: base, exponent, step: 1e-3) { $0[0].power($0[1]) }
        for number: Float in [-1.5, 0, 0.5, 1, 2, 3] {
            expectClose(base.power(number), Tensor(base.floats.map { pow($0, number) }), "\(number)")
            expectGradient(by: base, step: 1e-3) { $0[0].power(number) }
        }
        let zero = Tensor([0, 0] as [Float]).requiringGradient()
        let variable = Tensor([0, 2] as [Float]).requiringGradient()
        let gradients = zero.power(variable).sum().backward()
        #expect(gradients[zero]?.floats == [0, 0] && gradients[variable]?.floats == [0, 0])
    }

    @Test func equalOperandsShareTheGradient() {
        let left = Tensor([1, 2, 3] as [Float]).requiringGradient()
        let right = Tensor([1, 3, 2] as [Float]).requiringGradient()
        let gradients = maximum(left, right).sum().backward()
        #expect(gradients[left]?.floats == [0.5, 0, 1] && gradients[right]?.floats == [0.5, 1, 0])
        let lower = minimum(left, right).sum().backward()
        #expect(lower[left]?.floats == [0.5, 1, 0] && lower[right]?.floats == [0.5, 0, 1])
    }

    @Test func notANumberWins() {
        let left = Tensor([.nan, 1] as [Float])
        let right = Tensor([1, .nan] as [Float])
        #expect(maximum(left, right).floats.allSatisfy(\.isNaN) && minimum(left, right).floats.allSatisfy(\.isNaN))
    }

    @Test func oneVariableTwice() {
        let x = Tensor([1, -2, 3] as [Float]).requiringGradient()
        #expect((x * x + x).sum().backward()[x]?.floats == [3, -3, 7])
    }

    @Test func oneConstantOperand() {
        let (left, right) = (Tensor([1, -2, 3] as [Float]), Tensor([4, 5, -8] as [Float]))
        expectGradient(by: left) { $0[0] * right }
        expectGradient(by: right) { left * $0[0] }
        expectGradient(by: left) { $0[0] / right }
        expectGradient(by: right) { left / $0[0] }
    }

    @Test func worksOnShapesAlone() {
        let trace = Trace()
        let x = trace.input(TensorSpecification(shape: [2, 3, 4], dataType: .bfloat16))
        let labels = trace.input(TensorSpecification(shape: [2, 3], dataType: .int32))
        let scaled =
            1 - (x * 2 + Tensor([1, 2, 3, 4] as [Float])).activated(by: .mish)
            / x.variance(axes: [-1, 0], keepsDimensions: true)
        #expect(scaled.specification == TensorSpecification(shape: [2, 3, 4]))
        let loss = Tensor.select(labels.oneHot(classCount: 4, dataType: .uint8), scaled.logSoftmax(), 0 * x).sum()
        #expect(loss.specification == TensorSpecification(shape: []))
        #expect(x.topK(2).indices.specification == TensorSpecification(shape: [2, 3, 2], dataType: .int32))
        #expect(labels.isEqual(to: 255).sum().dataType == .int64)
        #expect(throws: Never.self) { try trace.check() }
    }

    @Test func refusesWhatDoesNotFit() {
        let left = TensorSpecification(shape: [2, 3])
        let right = TensorSpecification(shape: [2, 4])
        #expect(
            refusal(of: left, right) { _ = $0[0] + $0[1] } == "add: [2, 3] and [2, 4] do not broadcast to one shape")
        #expect(refusal(of: left, right) { _ = $0[0].isLess(than: $0[1]) }?.hasPrefix("less: [2, 3]") == true)
    }
}
