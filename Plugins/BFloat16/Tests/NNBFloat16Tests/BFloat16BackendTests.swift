import NNTesting
import Testing

@_spi(Kernels) import NNCore
@testable import NNBFloat16

@Suite struct BFloat16BackendTests {
    private static let emulated = [BFloat16Backend(.emulatedAVX512, .all), BFloat16Backend(.emulatedAMX, .all)]

    /// The gradients of a convolution and a product, by finite differences.
    @Test(arguments: emulated.indices) func gradientsAreThoseOfTheOutput(_ index: Int) throws {
        var numbers = BFloat16Numbers(index)
        let (x, w) = (numbers.tensor([2, 6, 5, 20]), numbers.tensor([18, 20, 3, 2]))
        let (a, b) = (numbers.tensor([7, 40]), numbers.tensor([40, 19]))
        var check = GradientCheck()
        // Each output is off by up to 2^-18 of its products.
        check.tolerance = 2e-3
        try Engine.$scoped.withValue([Self.emulated[index]]) {
            try Engine.$fastFloat32.withValue(true) {
                try check("convolution", at: [x, w]) {
                    [$0[0].convolved(weight: $0[1], strides: Size(height: 2, width: 1), padding: .explicit(1))]
                }
                try check("product", at: [a, b]) { [Tensor.matmul($0[0], $0[1])] }
            }
        }
    }

    /// A network's gradients in bfloat16 are those that the reference calculates of the same numbers.
    @Test(arguments: emulated.indices) func gradientsInBFloat16AreThoseOfTheReference(_ index: Int) {
        var numbers = BFloat16Numbers(9)
        let x = numbers.tensor([2, 9, 8, 24]).cast(to: .bfloat16)
        let w = numbers.tensor([20, 24, 3, 3]).cast(to: .bfloat16).cast(to: .float32)
        func gradient(_ backends: [any Backend]) -> [Float] {
            Engine.$scoped.withValue(backends) {
                let weight = w.requiringGradient()
                let gradients = x.convolved(weight: weight, padding: .same).cast(to: .float32).sum().backward()
                return gradients[weight]?.floats ?? []
            }
        }
        let (found, expected) = (gradient([Self.emulated[index]]), gradient([BLASBackend()]))
        let largest = expected.map(abs).max() ?? 0
        let isClose = zip(found, expected).allSatisfy { abs($0 - $1) <= 1e-5 * largest }
        #expect(isClose && found.count == expected.count && largest > 0)
    }

    /// Three products of bfloat16 instead of one of float32, against double precision.
    @Test func errorsOfFastFloat32AreSmall() {
        var numbers = BFloat16Numbers(2)
        let (rows, columns, inner) = (40, 33, 1152)
        let (a, b) = (numbers.tensor([1, rows, inner]), numbers.tensor([1, inner, columns]))
        var exact = [Double](repeating: 0, count: rows * columns)
        let (left, right) = (a.floats.map { Double($0) }, b.floats.map { Double($0) })
        for row in 0..<rows {
            for column in 0..<columns {
                for k in 0..<inner {
                    exact[row * columns + column] += left[row * inner + k] * right[k * columns + column]
                }
            }
        }
        let largest = exact.map(abs).max() ?? 0
        let product = MatrixProduct(rows: rows, columns: columns, inner: inner)
        for instructions in BFloat16Instructions.available {
            let result = Engine.$fastFloat32.withValue(true) {
                BFloat16Backend(instructions, .all).matrixProduct(product, left: a, right: b, bias: nil)
            }
            let errors = zip(result?.floats ?? [], exact).map { abs(Double($0) - $1) }
            let worst = (errors.max() ?? .infinity) / largest
            #expect(errors.count == exact.count && worst < 0x1p-18, "\(instructions): \(worst)")
        }
    }

    @Test func extremesOfBFloat16() {
        for backend in BFloat16KernelTests.backends {
            func product(_ x: Float, _ y: Float) -> Float {
                let left = Tensor([x, 1], shape: [1, 1, 2]).cast(to: .bfloat16)
                let right = Tensor([y, 0], shape: [1, 2, 1]).cast(to: .bfloat16)
                let result = backend.matrixProduct(
                    MatrixProduct(rows: 1, columns: 1, inner: 2), left: left, right: right, bias: nil)
                return result?.floats[0] ?? -1
            }
            #expect(product(0, 3) == 0)
            #expect(product(.infinity, 2) == .infinity)
            #expect(product(-.infinity, 2) == -.infinity)
            #expect(product(.infinity, 0).isNaN)
            #expect(product(.nan, 1).isNaN)
            #expect(product(0x1p100, 0x1p100) == .infinity)
            // Denormal operands and sums are zero; the smallest normal number is not.
            #expect(product(0x1p-127, 0x1p100) == 0)
            #expect(product(0x1p-100, 0x1p-30) == 0)
            #expect(product(0x1p-126, 1) == 0x1p-126)
        }
    }

    @Test func extremesOfFastFloat32() {
        for backend in BFloat16KernelTests.backends {
            func product(_ x: Float, _ y: Float) -> Float {
                Engine.$fastFloat32.withValue(true) {
                    let result = backend.matrixProduct(
                        MatrixProduct(rows: 1, columns: 1, inner: 1), left: Tensor([x], shape: [1, 1, 1]),
                        right: Tensor([y], shape: [1, 1, 1]), bias: nil)
                    return result?.floats[0] ?? -1
                }
            }
            // The largest number is not rounded to infinity.
            let largest = Float.greatestFiniteMagnitude
            #expect(abs(product(largest, 1) / largest - 1) < 0x1p-14)
            #expect(product(0, 5) == 0)
            #expect(!product(.infinity, 2).isFinite)
            #expect(product(.nan, 1).isNaN)
            #expect(abs(product(1.2345678, 7.654321) - 9.449778) < 1e-4)
        }
    }

    @Test func packsAChangedWeightAgain() {
        for backend in BFloat16KernelTests.backends {
            let input = Tensor.ones([1, 6, 6, 16], dataType: .bfloat16)
            var weight = Tensor.ones([16, 16, 3, 3])
            func sum() -> Float {
                let output = backend.convolution(
                    input, weight: weight, geometry: ConvolutionGeometry(), epilogue: ConvolutionEpilogue())
                return output?.cast(to: .float32).floats[0] ?? .nan
            }
            #expect(sum() == 144)
            weight.withMutableScalars(as: Float.self) { $0[0] = 17 }
            #expect(sum() == 160)
        }
    }

    @Test func leavesWhatItMayNotTake() {
        let (x, w) = (Tensor.ones([1, 8, 8, 16]), Tensor.ones([16, 16, 3, 3]))
        func isTaken(
            _ backend: BFloat16Backend, _ dataType: DataType = .bfloat16, groups: Int = 1, images: Int = 1
        ) -> Bool {
            backend.convolution(
                Tensor.ones([images, 8, 8, 16 * groups], dataType: dataType), weight: w,
                geometry: ConvolutionGeometry(groups: groups), epilogue: ConvolutionEpilogue()) != nil
        }
        let backend = BFloat16Backend(.portable, .all)
        #expect(isTaken(backend))
        #expect(!isTaken(backend, groups: 2))
        #expect(!isTaken(backend, images: 0))
        #expect(!isTaken(backend, .float32))
        #expect(Engine.$fastFloat32.withValue(true) { isTaken(backend, .float32) })
        #expect(!isTaken(BFloat16Backend(.portable, .auto)))
        #expect(!isTaken(BFloat16Backend(.portable, .fastFloat32)))
        #expect(!isTaken(BFloat16Backend(.portable, .off)))
        #expect(!isTaken(BFloat16Backend(nil, .all)))
        let product = MatrixProduct(rows: 1, columns: 1, inner: 1)
        let (a, b) = (Tensor.ones([1, 1, 1]), Tensor.ones([1, 1, 1], dataType: .bfloat16))
        #expect(backend.matrixProduct(product, left: a, right: b, bias: nil) == nil)
        #expect(
            backend.convolutionWeightGradient(
                x, input: x, geometry: ConvolutionGeometry(), weightShape: [16, 16, 1, 1]) == nil)
    }

    @Test func wrongSettingsSayWhatIsAllowed() {
        let use = #expect(throws: EngineError.self) { _ = try BFloat16Use.fromEnvironment(["NN_BFLOAT16": "fast"]) }
        #expect(use?.isWrongSetting == true)
        #expect(use?.description.contains("'fast'; it must be one of off, fast_fp32, auto, all") == true)
        let instructions = #expect(throws: EngineError.self) {
            _ = try BFloat16Instructions.fromEnvironment(["NN_BFLOAT16_ISA": "mmx"])
        }
        #expect(instructions?.isWrongSetting == true)
        #expect(instructions?.description.contains("'mmx'; it must be one of portable") == true)
    }

    @Test func settingsAreRead() throws {
        #expect(try BFloat16Use.fromEnvironment([:]) == .fastFloat32)
        #expect(try BFloat16Use.fromEnvironment(["NN_BFLOAT16": "off"]) == .off)
        #expect(try BFloat16Instructions.fromEnvironment([:]) == BFloat16Instructions.native.last)
        #expect(try BFloat16Instructions.fromEnvironment(["NN_BFLOAT16_ISA": "emulated_amx"]) == .emulatedAMX)
    }
}
