import CNNKernels
import Testing

@_spi(Kernels) @testable import NNCore

@Suite struct QuantizedConvolutionTests {
    private static let instructions: [Int32] = [NN_QUANTIZED_PORTABLE, NN_QUANTIZED_AVX2, NN_QUANTIZED_VNNI]
        .map { Int32($0) }.filter { nn_quantized_has_isa($0) != 0 }
    private static let reference = Int32(NN_QUANTIZED_REFERENCE)

    /// A convolution with all that may follow it.
    private struct Case: CustomStringConvertible {
        var operation: QuantizedConvolution
        var inputs: [Tensor]

        var description: String {
            "\(operation.attributes) \(inputs.map(\.specification)) \(String(describing: operation.output))"
        }

        func result(by instructions: Int32) -> Tensor {
            QuantizedConvolution.$instructions.withValue(instructions) { operation.apply(to: inputs)[0] }
        }
    }

    /// Values of a byte at random, or its ends.
    private func bytes(_ shape: Shape, _ random: inout RandomGenerator, from least: UInt8 = 0) -> Tensor {
        let kind = Int.random(in: 0..<4, using: &random)
        let bytes = (0..<shape.elementCount).map { _ -> UInt8 in
            let isHigh = Bool.random(using: &random)
            switch kind {
            case 0: return 255
            case 1: return isHigh ? 255 : least
            default: return UInt8.random(in: least...255, using: &random)
            }
        }
        return Tensor(bytes, shape: shape)
    }

    private func randomCase(_ random: inout RandomGenerator) -> Case? {
        func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
        let kind = number(0...3)
        let groups = [1, number(2...4), number(2...40), 1][kind]
        let inputs = kind == 2 ? 1 : number(1...9)
        let outputs = kind == 2 ? 1 : number(1...40)
        let geometry = ConvolutionGeometry(
            strides: Size(height: number(1...3), width: number(1...3)),
            dilations: Size(height: number(1...3), width: number(1...3)),
            padding: EdgeInsets(top: number(0...3), bottom: number(0...3), left: number(0...3), right: number(0...3)),
            groups: groups)
        let image: Shape = [number(1...3), number(1...13), number(1...13), groups * inputs]
        let weight = bytes([groups * outputs, inputs, number(1...4), number(1...4)], &random, from: 1)
        let size = geometry.outputSize(
            input: Size(height: image[1], width: image[2]),
            kernel: Size(height: weight.shape[2], width: weight.shape[3]))
        guard size.height > 0, size.width > 0 else { return nil }
        let result: Shape = [image[0], size.height, size.width, groups * outputs]
        let activations: [Activation] = [
            .identity, .relu, .leakyReLU(slope: 0.1), .relu6, .hardSwish, .silu, .gelu, .mish, .sigmoid, .tanh,
            .softplus,
        ]
        func affine(_ scale: Float) -> AffineQuantization {
            AffineQuantization(scale: scale, zeroPoint: number(0...255))
        }
        let residual = number(0...2)
        let operation = QuantizedConvolution(
            geometry: geometry, activation: activations[number(0...10)], images: affine(0.02),
            residual: residual > 0 ? affine(0.013) : nil, output: Bool.random(using: &random) ? affine(0.02) : nil)
        let channels = groups * outputs
        let scales = (0..<channels).map { _ in Float.random(in: 1e-4...5e-3, using: &random) }
        let bias = (0..<channels).map { _ in Int32.random(in: -100_000...100_000, using: &random) }
        var tensors = [bytes(image, &random), weight, Tensor(scales), Tensor(bias)]
        if residual == 1 { tensors.append(bytes(result, &random)) }
        if residual == 2 {
            let key = RandomKey(seed: random.next())
            tensors.append(.normal(result, mean: 0, standardDeviation: 1, key: key))
        }
        return Case(operation: operation, inputs: tensors)
    }

    @Test func instructionsGiveTheBitsOfTheReference() throws {
        var random = RandomGenerator(key: RandomKey(seed: 8))
        var count = 0
        while count < 300 {
            guard let found = randomCase(&random) else { continue }
            count += 1
            let expected = found.result(by: Self.reference)
            for instructions in Self.instructions {
                for threads in [1, 3] {
                    let result = Engine.withThreads(threads) { found.result(by: instructions) }
                    let isEqual = result.withUnsafeBytes { bytes in expected.withUnsafeBytes { bytes.elementsEqual($0) }
                    }
                    try #require(isEqual, "instructions \(instructions): \(found)")
                }
            }
        }
    }

    /// Where vpmaddubsw saturates, and at the most products that a sum may have.
    @Test(arguments: [(3, 64, 3), (1, QuantizedWeight.depthLimit, 1), (1, 4, 1)])
    func extremesDoNotSaturate(_ size: (image: Int, channels: Int, kernel: Int)) {
        let products = size.channels * size.kernel * size.kernel
        for (byte, zeroPoint) in [(UInt8(255), 0), (0, 255), (255, 255), (0, 0)] {
            for weightByte in [UInt8(1), 255] {
                let images = Tensor.full(
                    [1, size.image, size.image, size.channels], value: Int(byte), dataType: .uint8)
                let weight = Tensor.full(
                    [2, size.channels, size.kernel, size.kernel], value: Int(weightByte), dataType: .uint8)
                let operation = QuantizedConvolution(
                    geometry: ConvolutionGeometry(), activation: .identity,
                    images: AffineQuantization(scale: 1, zeroPoint: zeroPoint), residual: nil)
                let bias: [Int32] = [1 << 30 - 64, -(1 << 30)]
                let tensors = [images, weight, .ones([2]), Tensor(bias)]
                let sum = (Int(byte) - zeroPoint) * (Int(weightByte) - 128) * products
                let expected = bias.map { Float(Int($0) + sum) }
                for instructions in Self.instructions + [Self.reference] {
                    let found = Case(operation: operation, inputs: tensors).result(by: instructions)
                    #expect(found.floats == expected, "instructions \(instructions)")
                }
            }
        }
    }

    /// The float32 convolution of the rounded values.
    @Test func calculatesTheConvolutionOfRoundedValues() {
        let key = RandomKey(seed: 4)
        func random(_ shape: Shape, _ number: Int) -> Tensor {
            .normal(shape, mean: 0.3, standardDeviation: 1, key: key.derived(number))
        }
        let (input, weight, bias) = (random([2, 7, 9, 6], 0), random([10, 3, 3, 3], 1), random([10], 2))
        let images = AffineQuantization(covering: -2...3)
        let quantized = QuantizedWeight(weight)
        let result = input.quantizedConvolution(
            weight: quantized, bias: bias, strides: 2, padding: .same, groups: 2, images: images, activation: .relu)
        let expected = input.quantized(by: images).dequantized(by: images)
            .convolved(weight: quantized.dequantized, bias: bias, strides: 2, padding: .same, groups: 2)
            .activated(by: .relu)
        // The bias is rounded to the unit of the sums.
        #expect(zip(result.floats, expected.floats).allSatisfy { abs($0 - $1) < 1e-3 })
        let half = input.cast(to: .bfloat16).quantizedConvolution(
            weight: quantized, bias: bias, strides: 2, padding: .same, groups: 2, images: images)
        #expect(half.dataType == .bfloat16)
        let rows = random([5, 6], 3).quantizedLinear(
            weight: QuantizedWeight(random([4, 6], 4)), features: images)
        #expect(rows.shape == [5, 4])
    }

    @Test func refusesWhatDoesNotFit() {
        let operation = QuantizedConvolution(
            geometry: ConvolutionGeometry(), activation: .identity, images: AffineQuantization(scale: 1, zeroPoint: 0),
            residual: nil)
        func specifications(_ channels: Int, bias: DataType = .int32) -> [TensorSpecification] {
            [
                TensorSpecification(shape: [1, 2, 2, channels]),
                TensorSpecification(shape: [3, channels, 1, 1], dataType: .uint8), TensorSpecification(shape: [3]),
                TensorSpecification(shape: [3], dataType: bias),
            ]
        }
        #expect(throws: Never.self) { try operation.outputs(for: specifications(8)) }
        #expect(throws: ShapeError.self) { try operation.outputs(for: specifications(8, bias: .float32)) }
        #expect(throws: ShapeError.self) {
            try operation.outputs(for: specifications(QuantizedWeight.depthLimit + 1))
        }
    }
}
