import Foundation
import NNCore
import Testing

/// Functions at the ends of the range of numbers, at their kinks, and sums that infinities must not spread in.
@Suite struct RangeTests {
    private static let edges: [Float] = [
        0, -0.0, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, 1.1e-38, 1e-30, 2.406e38, 2.407e38, 2.41e38, 3e38,
        .greatestFiniteMagnitude,
        -.greatestFiniteMagnitude, .infinity, -.infinity, .nan, 88.7, -88.7, 104, -104, 1,
    ]

    /// Function and what it is in double precision.
    private static let functions:
        [(name: String, of: @Sendable (Tensor) -> Tensor, expected: @Sendable (Double) -> Double)] = [
            ("log", { $0.log() }, { log($0) }),
            ("exp", { $0.exp() }, { exp($0) }),
            ("tanh", { $0.tanh() }, { tanh($0) }),
            ("erf", { $0.erf() }, { erf($0) }),
            ("sigmoid", { $0.sigmoid() }, { 1 / (1 + exp(-$0)) }),
            ("softplus", { $0.activated(by: .softplus) }, { $0 > 0 ? $0 + log1p(exp(-$0)) : log1p(exp($0)) }),
            ("silu", { $0.activated(by: .silu) }, { $0 == -.infinity ? 0 : $0 / (1 + exp(-$0)) }),
            ("mish", { $0.activated(by: .mish) }, { $0 == -.infinity ? 0 : $0 * tanh($0 > 40 ? $0 : log1p(exp($0))) }),
            ("gelu", { $0.activated(by: .gelu) }, { $0 == -.infinity ? 0 : $0 / 2 * (1 + erf($0 / 2.0.squareRoot())) }),
        ]

    @Test(arguments: [DataType.float32, .bfloat16])
    func endsOfTheRange(_ type: DataType) {
        // One alone, and enough for vectors.
        let inputs = Tensor(Self.edges + Self.edges + Self.edges).cast(to: type)
        let rounded = inputs.floats
        let relative = type == .float32 ? 4e-7 : 1 / 200.0
        for function in Self.functions {
            for (x, y) in zip(rounded, function.of(inputs).floats) {
                let expected = function.expected(Double(x))
                let isRight =
                    expected.isNaN
                    ? y.isNaN
                    : Double(y) == expected || abs(expected) > 3.39e38 && Swift.abs(y) > 3.38e38
                        || abs(Double(y) - expected) <= relative * abs(expected) + 1e-35
                #expect(isRight, "\(function.name)(\(x)) is \(y), not \(expected)")
            }
        }
    }

    /// The slopes that PyTorch gives where two pieces meet.
    @Test(arguments: [DataType.float32, .bfloat16])
    func slopesAtKinks(_ type: DataType) {
        func slope(_ x: Float, _ body: (Tensor) -> Tensor) -> Float {
            let variable = Tensor([x]).cast(to: type).requiringGradient()
            return body(variable).sum().backward()[variable]!.item
        }
        #expect([-3, 3, 0].map { slope($0) { $0.activated(by: .hardSwish) } } == [0, 1, 0.5])
        #expect([0, 6, 3].map { slope($0) { $0.activated(by: .relu6) } } == [0, 0, 1])
        #expect(slope(0) { $0.activated(by: .relu) } == 0)
        #expect(slope(0) { $0.activated(by: .leakyReLU(slope: 0.25)) } == 0.25)
        #expect(slope(0) { $0.abs() } == 0)
        #expect([-1, 2].map { slope($0) { $0.clamped(min: -1, max: 2) } } == [1, 1])
        #expect(slope(0) { $0.sqrt() } == .infinity)
        #expect(slope(0) { $0.power(0) } == 0)
    }

    /// As in PyTorch: 0 where the powers of 0 are finite, else -infinity.
    @Test func gradientsByExponents() {
        let base = Tensor([0, 0, 0, 2] as [Float])
        let exponent = Tensor([-1, 0, 2, 3] as [Float]).requiringGradient()
        let gradient = base.power(exponent).sum().backward()[exponent]!.floats
        #expect(gradient[0] == -.infinity)
        #expect(gradient[1] == 0 && gradient[2] == 0)
        #expect(abs(gradient[3] - 8 * 0.693_147_2) < 1e-5)
    }

    @Test func quotientsAreDivided() {
        // Its reciprocal is infinite.
        let tiny = Float.leastNormalMagnitude / 128
        #expect((Tensor([1e-30, 0, 5] as [Float]) / tiny).floats == [1e-30 / tiny, 0, .infinity])
        #expect((tiny / Tensor([tiny])).item == 1)
        let numerators = (1...1000).map(Float.init)
        for divisor in [3, 7, 49] as [Float] {
            #expect((Tensor(numerators) / divisor).floats == numerators.map { $0 / divisor })
            #expect((divisor / Tensor(numerators)).floats == numerators.map { divisor / $0 })
        }
        expectGradient(by: Tensor([0.5, -2, 3] as [Float])) { $0[0] / 3 + 2 / $0[0] }
        expectSameInBFloat16(Tensor([0.5, -2, 3] as [Float])) { $0[0] / 3 + 2 / $0[0] }
    }

    /// A neighbour of weight 0 is not a neighbour.
    @Test func resizingSpreadsNoInfinities() {
        let image = Tensor([1, .infinity, 3, 4] as [Float], shape: [1, 2, 2, 1])
        let taller = image.resized(to: Size(height: 3, width: 2), method: .bilinear()).floats
        #expect([0, 2, 4].allSatisfy { taller[$0].isFinite } && taller[1] == .infinity && taller[5] == 4)
        let same = image.resized(to: Size(height: 4, width: 2), method: .bilinear(alignsCorners: true)).floats
        #expect(same.allSatisfy { !$0.isNaN } && same[6] == 3 && same[7] == 4)
        let undefined = Tensor([1, .nan, 3] as [Float], shape: [1, 1, 3, 1])
        let wider = undefined.resized(to: Size(height: 1, width: 5), method: .bilinear(alignsCorners: true)).floats
        #expect(wider[0] == 1 && wider[4] == 3 && wider[1].isNaN && wider[2].isNaN && wider[3].isNaN)
    }

    /// The tensor itself, and no array beside it.
    @Test func constantsTakeMemoryOnce() async {
        await #expect(processExitsWith: .success) {
            func peak() -> Int {
                let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
                let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM") } ?? ""
                return Int(line.split { $0 == " " || $0 == "\t" }.dropFirst().first ?? "") ?? 0
            }
            let before = peak()
            let tensor = Tensor.full([1 << 25], value: 1.5)
            let last = tensor.withScalars(as: Float.self) { $0[(1 << 25) - 1] }
            // In KiB.
            exit(last == 1.5 && peak() - before < 160 << 10 ? 0 : 1)
        }
    }
}
