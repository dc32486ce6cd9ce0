import NNTesting
import Testing

@_spi(Testing) import NNCore
@testable import NNWinograd

/// The kernels against plain loops, with every set of instructions that this processor has and both tiles.
@Suite struct WinogradKernelTests {
    static let backends = WinogradInstructions.available.flatMap { instructions in
        [2, 4].map { WinogradBackend(instructions, forcedTile: $0) }
    }

    @Test func agreesWithPlainLoops() {
        let reports = BackendConformance.check(
            each: Self.backends, arithmetic: .tiles, stopsAtFirstFailure: false)
        for report in reports {
            #expect(report.failures == [])
            #expect(report.compared > 200)
        }
    }

    /// A check that lets tiles pass still sees an error of a ten-thousandth.
    @Test func smallErrorsAreSeen() {
        let report = BackendConformance.check(OneElementOff(), arithmetic: .tiles, stopsAtFirstFailure: true)
        #expect(report.failures != [])
    }

    private struct OneElementOff: Backend {
        let name = "off"
        func convolution(
            _ input: Tensor, weight: Tensor, geometry: ConvolutionGeometry, epilogue: ConvolutionEpilogue
        ) -> Tensor? {
            let right = WinogradBackend(.portable, forcedTile: 4)
            guard var output = right.convolution(input, weight: weight, geometry: geometry, epilogue: epilogue) else {
                return nil
            }
            output.withMutableScalars(as: Float.self) { $0[$0.count / 2] *= 1.01 }
            return output
        }
    }

    /// Sizes from one pixel on, every padding, channels around the lengths of vectors and blocks, every activation.
    @Test(arguments: 0..<30) func agreesOnRandomShapes(_ index: Int) {
        var numbers = Numbers(index)
        let channels = [1, 3, 8, 15, 16, 17, 31, 33, 40, 70]
        var shapes: WinogradReference
        repeat {
            let side = index % 5 == 0 ? 4 : 17
            let (height, width) = (1 + numbers.below(side), 1 + numbers.below(side))
            let (inputs, outputs) = (channels[numbers.below(10)], channels[numbers.below(10)])
            let padding = EdgeInsets(
                top: numbers.below(3), bottom: numbers.below(3), left: numbers.below(3), right: numbers.below(3))
            shapes = WinogradReference(
                input: [1 + numbers.below(3), height, width, inputs], weight: [outputs, inputs, 3, 3], padding: padding)
        } while shapes.output[1] < 1 || shapes.output[2] < 1
        hold(shapes, index)
    }

    /// More tiles than a block has, several rectangles of channels, and parts of the tiles.
    @Test(arguments: [
        WinogradReference(input: [2, 40, 37, 20], weight: [40, 20, 3, 3], padding: 1),
        WinogradReference(input: [1, 9, 10, 200], weight: [150, 200, 3, 3], padding: 1),
        WinogradReference(input: [3, 33, 30, 16], weight: [18, 16, 3, 3], padding: 0),
    ]) func agreesOnSeveralBlocks(_ shapes: WinogradReference) { hold(shapes, 1) }

    private func hold(_ shapes: WinogradReference, _ index: Int) {
        var numbers = Numbers(1000 + index)
        let (x, w) = (numbers.tensor(shapes.input), numbers.tensor(shapes.weight))
        let (dy, residual) = (numbers.tensor(shapes.output), numbers.tensor(shapes.output))
        let bias = numbers.tensor([shapes.weight[0]])
        let activations: [Activation] = [
            .identity, .relu, .leakyReLU(slope: 0.3), .mish, .silu, .gelu, .sigmoid, .tanh, .softplus, .hardSwish,
            .relu6,
        ]
        let epilogue = ConvolutionEpilogue(
            bias: index % 3 == 0 ? nil : bias, residual: index % 4 == 0 ? nil : residual,
            activation: activations[index % activations.count], weightIsTrained: index % 2 == 0)
        var sums = shapes.convolution(x.floats, w.floats)
        for position in sums.indices {
            if let bias = epilogue.bias { sums[position] += Double(bias.floats[position % shapes.weight[0]]) }
            if epilogue.residual != nil { sums[position] += Double(residual.floats[position]) }
        }
        // The activations of NNCore have tests of their own.
        let rounded = Tensor(sums.map { Float($0) }, shape: shapes.output)
        let expected = rounded.activated(by: epilogue.activation).floats.map { Double($0) }
        let inputGradient = shapes.inputGradient(dy.floats, w.floats)
        let weightGradient = shapes.weightGradient(dy.floats, x.floats)
        for backend in Self.backends {
            // Inputs lie behind guarded memory as well.
            let (_, damaged) = Allocator.withGuardedMemory(.pages) {
                let (images, weight, gradient) = (x.copy, w.copy, dy.copy)
                let output = backend.convolution(images, weight: weight, geometry: shapes.geometry, epilogue: epilogue)
                expectClose(output, expected, scale: sums)
                let byInput = backend.convolutionInputGradient(
                    gradient, weight: weight, geometry: shapes.geometry, inputShape: shapes.input)
                expectClose(byInput, inputGradient, scale: inputGradient)
                let byWeight = backend.convolutionWeightGradient(
                    gradient, input: images, geometry: shapes.geometry, weightShape: shapes.weight)
                expectClose(byWeight, weightGradient, scale: weightGradient)
            }
            #expect(damaged == 0)
        }
        expectRoundedBFloat16(shapes, x, w, dy, epilogue)
    }

    /// bfloat16 is read and written in the kernels, to the bits that converting before and after gives.
    private func expectRoundedBFloat16(
        _ shapes: WinogradReference, _ x: Tensor, _ w: Tensor, _ dy: Tensor, _ epilogue: ConvolutionEpilogue
    ) {
        let (x, dy) = (x.cast(to: .bfloat16), dy.cast(to: .bfloat16))
        for backend in Self.backends {
            func results(_ type: DataType) -> [Tensor?] {
                let (x, dy) = (x.cast(to: type), dy.cast(to: type))
                var epilogue = epilogue
                epilogue.residual = epilogue.residual?.cast(to: .bfloat16).cast(to: type)
                return [
                    backend.convolution(x, weight: w, geometry: shapes.geometry, epilogue: epilogue),
                    backend.convolutionInputGradient(
                        dy, weight: w, geometry: shapes.geometry, inputShape: shapes.input),
                ]
            }
            func weightGradient(_ type: DataType) -> Tensor? {
                backend.convolutionWeightGradient(
                    dy.cast(to: type), input: x.cast(to: type), geometry: shapes.geometry, weightShape: shapes.weight)
            }
            let (inBFloat16, damaged) = Allocator.withGuardedMemory(.pages) { results(.bfloat16) }
            #expect(damaged == 0)
            #expect(inBFloat16.allSatisfy { $0?.dataType == .bfloat16 })
            let expected = results(.float32).map { $0?.cast(to: .bfloat16).floats }
            #expect(inBFloat16.map { $0?.floats } == expected && !expected.contains(nil))
            #expect(weightGradient(.bfloat16)?.floats == weightGradient(.float32)?.floats)
        }
    }

    private func expectClose(_ result: Tensor?, _ expected: [Double], scale: [Double]) {
        guard let result else {
            Issue.record("declined")
            return
        }
        let largest = max(scale.map(abs).max() ?? 0, 1e-3)
        let errors = zip(result.floats, expected).map { abs(Double($0) - $1) }
        // NaN is not less either.
        let isClose = errors.allSatisfy { $0 <= 2e-5 * largest }
        #expect(isClose && errors.count == expected.count, "\(errors.max() ?? 0) of \(largest)")
    }
}

extension Tensor {
    /// The same values in memory of its own.
    fileprivate var copy: Tensor { Tensor(floats, shape: shape) }
}
