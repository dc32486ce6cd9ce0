import NNCore
import Testing

@_spi(Testing) @testable import NNCore

/// Depthwise convolutions and their gradients against plain loops: every size of kernel that has loops of its own and
/// others, vectors of every length with remainders of channels, any stride, dilation and padding.
@Suite(.onSeveralThreads) struct DepthwiseTests {
    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 9], [DataType.float32, .bfloat16])
    func agreesWithPlainLoops(kernel: Int, type: DataType) {
        for index in 0..<12 { DepthwiseCase(kernel: kernel, type: type, index: index).check() }
    }

    /// Wide enough that channels are computed in several parts, the last of which is wider.
    @Test(arguments: [3, 7], [DataType.float32, .bfloat16]) func manyChannels(kernel: Int, type: DataType) {
        for channels in [130, 647] {
            var wide = DepthwiseCase(kernel: kernel, type: type, index: 0)
            wide.channels = channels
            wide.size = Size(height: 9, width: 11)
            wide.kernel = Size(kernel)
            wide.geometry = ConvolutionGeometry(padding: EdgeInsets(kernel / 2), groups: channels)
            wide.check()
        }
    }

    @Test func neitherReadsNorWritesBeyondItsTensors() {
        let (_, damaged) = Allocator.withGuardedMemory(.pages) {
            for kernel in [2, 3, 5, 7] {
                for index in 12..<20 {
                    DepthwiseCase(kernel: kernel, type: .float32, index: index).check()
                    DepthwiseCase(kernel: kernel, type: .bfloat16, index: index).check()
                }
            }
        }
        #expect(damaged == 0)
    }

    /// The steps of a lone tap or a lone result count for nothing.
    @Test func hugeSettings() {
        let image = distinctTensor([1, 2, 3, 2]).requiringGradient()
        let weight = Tensor.ones([2, 1, 1, 1]).requiringGradient()
        let far = Size(Int(Int32.max))
        let output = image.convolved(weight: weight, strides: far, dilations: far, groups: 2)
        #expect(output.floats == image[0, 0, 0].floats)
        let gradients = output.backward(gradient: .ones([1, 1, 1, 2]))
        #expect(gradients[image]!.floats == [1, 1] + [Float](repeating: 0, count: 10))
        #expect(gradients[weight]!.floats == output.floats)
    }

    @Test func epilogues() {
        for activation in [Activation.identity, .relu, .leakyReLU(slope: 0.2), .silu, .hardSwish] {
            for type in [DataType.float32, .bfloat16] {
                let input = (distinctTensor([1, 5, 6, 19]) * 0.01).cast(to: type)
                let weight = distinctTensor([19, 1, 3, 3], seed: 2)
                let bias = distinctTensor([19], seed: 3)
                let residual = distinctTensor([1, 3, 4, 19], seed: 4).cast(to: type)
                let geometry = ConvolutionGeometry(groups: 19)
                func convolution(_ input: Tensor, _ epilogue: ConvolutionEpilogue) -> Tensor {
                    BLASBackend().convolution(input, weight: weight, geometry: geometry, epilogue: epilogue)!
                }
                let fused = convolution(
                    input, ConvolutionEpilogue(bias: bias, residual: residual, activation: activation))
                let sums = convolution(input.cast(to: .float32), ConvolutionEpilogue())
                let total: Tensor = sums + bias + residual.cast(to: .float32)
                let expected = total.activated(by: activation)
                #expect(fused.dataType == type)
                expectClose(
                    fused.cast(to: .float32), expected, tolerance: type == .float32 ? 1e-5 : 5e-3, "\(activation)")
            }
        }
    }
}

/// One depthwise convolution of random sizes.
private struct DepthwiseCase {
    var images = 2
    var size: Size
    var channels: Int
    var kernel: Size
    var geometry: ConvolutionGeometry
    let type: DataType
    private let seed: Int

    init(kernel length: Int, type: DataType, index: Int) {
        var generator = RandomGenerator(key: RandomKey(seed: 31).derived(length).derived(index))
        func number(_ range: ClosedRange<Int>) -> Int {
            range.lowerBound + Int(generator.next() % UInt64(range.count))
        }
        seed = index
        self.type = type
        while true {
            kernel = Size(height: number(0...3) == 0 ? number(1...7) : length, width: length)
            size = Size(height: number(1...12), width: number(1...21))
            let channelCounts = [2, 3, 5, 8, 9, 15, 16, 17, 24, 31, 33, 40, 67, 96]
            channels = channelCounts[number(0...channelCounts.count - 1)]
            geometry = ConvolutionGeometry(
                strides: Size(height: number(1...3), width: number(1...3)),
                dilations: Size(height: number(1...4), width: number(1...4)),
                padding: EdgeInsets(
                    top: number(0...8), bottom: number(0...8), left: number(0...8), right: number(0...8)),
                groups: channels)
            let output = geometry.outputSize(input: size, kernel: kernel)
            if output.height > 0, output.width > 0 { return }
        }
    }

    private var description: String {
        "\(type) \(size) \(channels) channels, kernel \(kernel), \(geometry)"
    }

    func check() {
        let outputSize = geometry.outputSize(input: size, kernel: kernel)
        let outputShape: Shape = [images, outputSize.height, outputSize.width, channels]
        let inputShape: Shape = [images, size.height, size.width, channels]
        let weightShape: Shape = [channels, 1, kernel.height, kernel.width]
        let input = Self.numbers(inputShape, seed).cast(to: type)
        let gradient = Self.numbers(outputShape, seed + 1).cast(to: type)
        let weight = Self.numbers(weightShape, seed + 2)
        let expected = reference(input, weight, gradient, outputSize)
        let backend = BLASBackend()
        let output = backend.convolution(
            input, weight: weight, geometry: geometry, epilogue: ConvolutionEpilogue())!
        let byInput = backend.convolutionInputGradient(
            gradient, weight: weight, geometry: geometry, inputShape: inputShape)!
        let byWeight = backend.convolutionWeightGradient(
            gradient, input: input, geometry: geometry, weightShape: weightShape)!
        #expect(output.dataType == type && byInput.dataType == type && byWeight.dataType == .float32)
        expect(output, expected.output, "output of")
        expect(byInput, expected.byInput, "gradient by the input of")
        expect(byWeight, expected.byWeight, "gradient by the weight of")
    }

    private static func numbers(_ shape: Shape, _ seed: Int) -> Tensor {
        var generator = RandomGenerator(key: RandomKey(seed: 32).derived(seed))
        let values = (0..<shape.elementCount).map { _ in Float(generator.next() >> 40) / 0x1p23 - 1 }
        return Tensor(values, shape: shape)
    }

    /// Sums of products, and of their magnitudes.
    private struct Sums {
        var values: [Double]
        var magnitudes: [Double]

        init(_ count: Int) {
            values = [Double](repeating: 0, count: count)
            magnitudes = values
        }

        mutating func add(_ product: Double, at index: Int) {
            values[index] += product
            magnitudes[index] += abs(product)
        }
    }

    /// Expects sums within a millionth of the sum of magnitudes, rounded to the type, to the same bits on any number of
    /// threads.
    private func expect(_ actual: Tensor, _ expected: Sums, _ subject: String) {
        if let results = SeenResults.current {
            #expect(results.agrees(actual), "\(subject) \(description): other bits on \(Engine.threadCount) threads")
        }
        let rounding = actual.dataType == .bfloat16 ? 0x1p-8 : 0
        let wrong = actual.cast(to: .float32).floats.enumerated().first { index, value in
            let allowed = expected.magnitudes[index] * 1e-6 + abs(expected.values[index]) * rounding
            return !(abs(Double(value) - expected.values[index]) <= allowed)
        }
        if let wrong {
            Issue.record(
                "\(subject) \(description): \(wrong.element) at \(wrong.offset), not \(expected.values[wrong.offset])")
        }
    }

    private func reference(
        _ input: Tensor, _ weight: Tensor, _ gradient: Tensor, _ outputSize: Size
    ) -> (output: Sums, byInput: Sums, byWeight: Sums) {
        let x = input.cast(to: .float32).floats.map { Double($0) }
        let w = weight.floats.map { Double($0) }
        let g = gradient.cast(to: .float32).floats.map { Double($0) }
        var (output, byInput, byWeight) = (Sums(g.count), Sums(x.count), Sums(w.count))
        for pixel in 0..<images * outputSize.area {
            let (image, within) = pixel.quotientAndRemainder(dividingBy: outputSize.area)
            let (row, column) = within.quotientAndRemainder(dividingBy: outputSize.width)
            for tap in 0..<kernel.area {
                let (tapRow, tapColumn) = tap.quotientAndRemainder(dividingBy: kernel.width)
                let y = row * geometry.strides.height - geometry.padding.top + tapRow * geometry.dilations.height
                let z = column * geometry.strides.width - geometry.padding.left + tapColumn * geometry.dilations.width
                guard (0..<size.height).contains(y), (0..<size.width).contains(z) else { continue }
                let from = ((image * size.height + y) * size.width + z) * channels
                for channel in 0..<channels {
                    let (o, i, k) = (pixel * channels + channel, from + channel, channel * kernel.area + tap)
                    output.add(x[i] * w[k], at: o)
                    byInput.add(g[o] * w[k], at: i)
                    byWeight.add(g[o] * x[i], at: k)
                }
            }
        }
        return (output, byInput, byWeight)
    }
}
