import Testing

@_spi(Testing) import NNCore
@_spi(Testing) import NNTesting
@testable import NNBFloat16

/// The kernels against their twin, which is plain loops, and all of them against those of `NNTesting`: with emulated
/// instructions on every processor, and with those that this one has.
@Suite struct BFloat16KernelTests {
    static let backends = BFloat16Instructions.available.map { BFloat16Backend($0, .all) }
    static let twin = BFloat16Backend(.portable, .all)

    @Test func agreesWithPlainLoops() {
        let reports = BackendConformance.check(each: Self.backends, stopsAtFirstFailure: false)
        for report in reports {
            #expect(report.failures == [])
            #expect(report.compared > 200)
        }
    }

    @Test func agreesInFastFloat32() {
        let reports = Engine.$fastFloat32.withValue(true) {
            BackendConformance.check(
                each: [BFloat16Backend(.emulatedAMX, .all)], arithmetic: .halves, stopsAtFirstFailure: false)
        }
        for report in reports {
            #expect(report.failures == [])
            #expect(report.compared > 500)
        }
    }

    /// A check that lets halves pass still sees an error of a thousandth.
    @Test func smallErrorsAreSeen() {
        let report = Engine.$fastFloat32.withValue(true) {
            BackendConformance.check(OneElementOff(), arithmetic: .halves, stopsAtFirstFailure: true)
        }
        #expect(report.failures != [])
    }

    private struct OneElementOff: Backend {
        let name = "off"
        func matrixProduct(_ product: MatrixProduct, left: Tensor, right: Tensor, bias: Tensor?) -> Tensor? {
            let twin = BFloat16KernelTests.twin
            guard var result = twin.matrixProduct(product, left: left, right: right, bias: bias),
                product.dataType == .float32
            else { return nil }
            result.withMutableScalars(as: Float.self) { $0[$0.count / 2] *= 1.001 }
            return result
        }
    }

    /// Odd sizes, windows of 1 to 7, strides, dilations and products, with guarded memory around every tensor.
    @Test(arguments: backends.indices) func agreesOnRandomCalculations(_ index: Int) {
        var agreed = 0
        for number in 0..<150 {
            let calculation = RandomCalculation(seed: 5, index: number, largest: 60_000)
            guard calculation.dataType == .bfloat16 else { continue }
            let (outcome, damaged) = Allocator.withGuardedMemory(.pages) { calculation.check(Self.backends[index]) }
            #expect(damaged == 0, "\(calculation)")
            switch outcome {
            case .agrees: agreed += 1
            case .declined: break
            case .wrong(let text): Issue.record("\(text)")
            }
        }
        #expect(agreed > 30)
    }

    /// Batches of 1 to 3, channels of 1 to 80, every stride, dilation and padding up to 3, on 1 to 4 threads.
    @Test(arguments: 0..<24) func agreesWithItsTwin(_ index: Int) {
        var numbers = BFloat16Numbers(index)
        let shapes = BFloat16Shapes(&numbers, channels: 80, side: 9)
        for dataType in [DataType.bfloat16, .float32] {
            let x = numbers.tensor(shapes.input).cast(to: dataType)
            let dy = numbers.tensor(shapes.output).cast(to: dataType)
            let w = numbers.tensor(shapes.weight)
            let expected = results(Self.twin, shapes, x, w, dy)
            let magnitudes = results(Self.twin, shapes, x.abs(), w.abs(), dy.abs())
            for backend in Self.backends where backend.details != Self.twin.details {
                let found = Engine.withThreads(1 + index % 4) { results(backend, shapes, x, w, dy) }
                for (operation, values) in found.enumerated() {
                    let isRounded = dataType == .bfloat16 && operation < 2
                    let isClose = zip(values, zip(expected[operation], magnitudes[operation])).allSatisfy {
                        let (value, magnitude) = $0.1
                        return abs($0.0 - value) <= 0x1p-20 * magnitude + (isRounded ? 0x1p-7 * abs(value) : 0)
                    }
                    #expect(isClose && values.count == expected[operation].count, "\(backend.details) \(shapes)")
                }
            }
        }
    }

    /// More pixels than a block has, parts of the pixels, more channels than fit beside them, and few rows.
    @Test(arguments: [
        BFloat16Shapes(input: [2, 70, 61, 18], weight: [20, 18, 3, 3], padding: 1),
        BFloat16Shapes(input: [1, 96, 96, 33], weight: [16, 33, 1, 1]),
        BFloat16Shapes(input: [1, 5, 6, 300], weight: [270, 300, 2, 2]),
    ]) func threadsChangeNoBit(_ shapes: BFloat16Shapes) {
        var numbers = BFloat16Numbers(1)
        for dataType in [DataType.bfloat16, .float32] {
            let x = numbers.tensor(shapes.input).cast(to: dataType)
            let dy = numbers.tensor(shapes.output).cast(to: dataType)
            let w = numbers.tensor(shapes.weight)
            for backend in Self.backends where backend.details != Self.twin.details {
                let all = [1, 2, 3, 4, 7].map { count in
                    Engine.withThreads(count) { results(backend, shapes, x, w, dy).map { $0.map(\.bitPattern) } }
                }
                #expect(all.allSatisfy { $0 == all[0] && $0.count == 3 })
            }
        }
    }

    /// The output and both gradients.
    private func results(
        _ backend: BFloat16Backend, _ shapes: BFloat16Shapes, _ x: Tensor, _ w: Tensor, _ dy: Tensor
    ) -> [[Float]] {
        Engine.$fastFloat32.withValue(true) {
            let geometry = shapes.geometry
            return [
                backend.convolution(x, weight: w, geometry: geometry, epilogue: ConvolutionEpilogue()),
                backend.convolutionInputGradient(dy, weight: w, geometry: geometry, inputShape: shapes.input),
                backend.convolutionWeightGradient(dy, input: x, geometry: geometry, weightShape: shapes.weight),
            ].compactMap { $0?.cast(to: .float32).floats }
        }
    }
}
