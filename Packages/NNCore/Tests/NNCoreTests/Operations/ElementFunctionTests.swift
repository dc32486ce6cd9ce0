import Foundation
import NNCore
import Testing

@Suite(.onSeveralThreads) struct ElementFunctionTests {
    /// A function, what it is in double precision, where it is tested, and the largest error in units in
    /// the last place (or of 1, where results are smaller).
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let function: @Sendable (Tensor) -> Tensor
        let reference: @Sendable (Double) -> Double
        var range: ClosedRange<Float> = -8...8
        var tolerance = 2.0
        var testDescription: String { name }
    }

    private static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
    private static func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }

    static let functions: [Case] = [
        Case(name: "exp", function: { $0.exp() }, reference: { exp($0) }, range: -80...80),
        Case(name: "log", function: { $0.log() }, reference: { log($0) }, range: 0.01...40),
        Case(name: "sqrt", function: { $0.sqrt() }, reference: { $0.squareRoot() }, range: 0.01...40, tolerance: 1),
        Case(name: "rsqrt", function: { $0.rsqrt() }, reference: { 1 / $0.squareRoot() }, range: 0.01...40),
        Case(name: "reciprocal", function: { $0.reciprocal() }, reference: { 1 / $0 }, range: 0.1...40, tolerance: 1),
        Case(name: "squared", function: { $0.squared() }, reference: { $0 * $0 }, tolerance: 1),
        Case(name: "abs", function: { $0.abs() }, reference: { abs($0) }, tolerance: 0),
        Case(name: "sin", function: { $0.sin() }, reference: { sin($0) }, range: -50...50),
        Case(name: "cos", function: { $0.cos() }, reference: { cos($0) }, range: -50...50),
        Case(name: "erf", function: { $0.erf() }, reference: { erf($0) }),
        Case(
            name: "clamped", function: { $0.clamped(min: -2, max: 3) }, reference: { min(max($0, -2), 3) }, tolerance: 0
        ),
        Case(name: "cube", function: { $0.power(3) }, reference: { $0 * $0 * $0 }),
        Case(name: "tanh", function: { $0.tanh() }, reference: { tanh($0) }, tolerance: 3),
        Case(name: "sigmoid", function: { $0.sigmoid() }, reference: { sigmoid($0) }, range: -20...20, tolerance: 3),
        Case(name: "relu", function: { $0.activated(by: .relu) }, reference: { max($0, 0) }, tolerance: 0),
        Case(
            name: "leakyReLU", function: { $0.activated(by: .leakyReLU(slope: 0.1)) },
            reference: { $0 > 0 ? $0 : 0.1 * $0 }),
        Case(
            name: "mish", function: { $0.activated(by: .mish) }, reference: { $0 * tanh(softplus($0)) },
            range: -30...30, tolerance: 5),
        Case(
            name: "silu", function: { $0.activated(by: .silu) }, reference: { $0 * sigmoid($0) }, range: -30...30,
            tolerance: 3),
        // 1 + erf cancels far below zero, where the result is next to nothing.
        Case(
            name: "gelu", function: { $0.activated(by: .gelu) },
            reference: { 0.5 * $0 * (1 + erf($0 / 2.0.squareRoot())) },
            tolerance: 200),
        Case(
            name: "softplus", function: { $0.activated(by: .softplus) }, reference: { softplus($0) }, range: -30...30),
        Case(
            name: "hardSwish", function: { $0.activated(by: .hardSwish) },
            reference: { $0 * min(max($0 + 3, 0), 6) / 6 }, tolerance: 3),
        Case(name: "relu6", function: { $0.activated(by: .relu6) }, reference: { min(max($0, 0), 6) }, tolerance: 0),
    ]

    @Test(arguments: functions)
    func values(_ testCase: Case) {
        let (low, high) = (testCase.range.lowerBound, testCase.range.upperBound)
        let inputs = Array(stride(from: low, through: high, by: (high - low) / 4000))
        for (input, actual) in zip(inputs, testCase.function(Tensor(inputs)).floats) {
            let expected = testCase.reference(Double(input))
            let unit = Double(max(abs(Float(expected)), 0.01).ulp)
            guard abs(Double(actual) - expected) <= (testCase.tolerance + 0.5) * unit else {
                Issue.record("\(testCase.name)(\(input)) is \(actual), expected \(expected)")
                return
            }
        }
    }

    @Test(arguments: functions)
    func gradients(_ testCase: Case) {
        // Between the corners at whole numbers, where a difference would see both sides.
        let inputs = stride(from: -6.93 as Float, to: 7, by: 0.2).filter {
            testCase.range.contains($0) && testCase.range.contains($0 - 0.05)
        }
        let variable = Tensor(inputs).requiringGradient()
        let gradient = testCase.function(variable).backward(gradient: .full([inputs.count], value: 1.5))[variable]
        for (input, actual) in zip(inputs, gradient?.floats ?? []) {
            let x = Double(input)
            let expected = 1.5 * (testCase.reference(x + 1e-6) - testCase.reference(x - 1e-6)) / 2e-6
            #expect(abs(Double(actual) - expected) <= 2e-6 * max(1, abs(expected)), "\(testCase.name)'(\(input))")
        }
        #expect(gradient?.shape == [inputs.count])
    }

    @Test(arguments: functions)
    func bfloat16(_ testCase: Case) {
        let inputs = (0..<37).map { 0.3 + Float($0) * 0.13 }
        expectSameInBFloat16(Tensor(inputs), tolerance: 1.0 / 64) { testCase.function($0[0]) }
    }

    @Test(arguments: [
        Activation.identity, .relu, .leakyReLU(), .leakyReLU(slope: -0.5), .mish, .silu, .gelu, .sigmoid, .tanh,
        .softplus, .hardSwish, .relu6,
    ])
    func activationsOfLargeValues(_ activation: Activation) throws {
        let inputs: [Float] = [.infinity, 1e38, 100, -100, -1e38]
        let variable = Tensor(inputs).requiringGradient()
        let result = variable.activated(by: activation)
        let slopes = try #require(result.sum().backward()[variable]?.floats)
        #expect(!result.floats.contains(where: \.isNaN) && !slopes.contains(where: \.isNaN), "\(activation)")
        if [.mish, .silu, .gelu, .hardSwish, .relu].contains(activation) {
            #expect(result.floats[..<3] == inputs[..<3] && abs(result.floats[4]) < 1e-30)
            #expect(slopes[..<3] == [1, 1, 1] && abs(slopes[4]) < 1e-30)
        }
        let broken = Tensor([.nan] as [Float]).activated(by: activation)
        #expect(broken.item.isNaN)
    }

    @Test func leakyReLUOfNegativeSlope() {
        expectGradient(by: Tensor([-1.5, 2, -0.3] as [Float])) { $0[0].activated(by: .leakyReLU(slope: -0.5)) }
    }

    @Test func limits() {
        let x = Tensor([0, -1, .infinity, 0x1p-140, 200] as [Float])
        let logarithms = x.log().floats
        #expect(logarithms[0] == -.infinity && logarithms[1].isNaN && logarithms[2] == .infinity)
        #expect(abs(logarithms[3] - log(0x1p-140 as Float)) < 1e-4)
        let exponentials = Tensor([200, -200, .infinity, -.infinity, 0] as [Float]).exp().floats
        #expect(exponentials == [.infinity, 0, .infinity, 0, 1])
        #expect(Tensor([1e-20, -1e-20] as [Float]).tanh().floats == [1e-20, -1e-20])
    }

    @Test func roundingAndSigns() {
        let x = Tensor([-2.5, -1.2, -0.5, 0, 0.5, 1.5, 2.7] as [Float])
        #expect(x.floor().floats == [-3, -2, -1, 0, 0, 1, 2])
        #expect(x.rounded().floats == [-2, -1, 0, 0, 0, 2, 3])
        #expect(x.sign().floats == [-1, -1, -1, 0, 1, 1, 1])
        let variable = x.requiringGradient()
        #expect((variable.floor() + variable.sign() + variable.rounded()).sum().backward()[variable] == nil)
    }

    @Test func clampsOnOneSide() {
        let x = Tensor([-2, 0, 2] as [Float]).requiringGradient()
        #expect(x.clamped(min: 0).floats == [0, 0, 2] && x.clamped(max: 0).floats == [-2, 0, 0])
        #expect(x.clamped(min: 0).sum().backward()[x]?.floats == [0, 1, 1])
    }

    @Test func clampsIntegers() {
        let x = Tensor([-2, 0, 300] as [Int64])
        #expect(x.clamped(min: 0, max: 255).scalars(as: Int64.self) == [0, 0, 255])
        #expect(x.clamped(min: 1).dataType == .int64 && x.clamped(max: -1).scalars(as: Int64.self) == [-2, -1, -1])
        #expect(Tensor([1, 9] as [UInt8]).clamped(max: 5).scalars(as: UInt8.self) == [1, 5])
        let large = 9_007_199_254_740_993
        #expect(Tensor([Int64.max]).clamped(max: large).item(as: Int64.self) == Int64(large))
        #expect(
            refusal(of: TensorSpecification(shape: [2], dataType: .int32)) { _ = $0[0].clamped(min: 2, max: 1) }
                == "clamped: the bounds 2 and 1 are in the wrong order")
    }

    @Test func manyElementsOnAllThreads() {
        let count = 100_003
        let result = Tensor((0..<count).map { Float($0 % 7) - 3 }).activated(by: .relu).floats
        #expect(result.indices.allSatisfy { result[$0] == max(Float($0 % 7) - 3, 0) })
    }

    @Test func refusesIntegers() {
        let integers = TensorSpecification(shape: [3], dataType: .int32)
        #expect(refusal(of: integers) { _ = $0[0].exp() } == "exp: takes float32 or bfloat16, not int32[3]")
    }
}
