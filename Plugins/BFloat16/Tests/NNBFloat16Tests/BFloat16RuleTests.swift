import Testing

@_spi(Kernels) import NNCore
@testable import NNBFloat16

@Suite struct BFloat16RuleTests {
    private func takes(
        _ operation: BFloat16Rule.Operation, _ dataType: DataType, _ side: Int = 28, _ inputs: Int = 256,
        _ outputs: Int = 256, window: Int = 3, stride: Int = 1, images: Int = 8,
        by instructions: BFloat16Instructions = .amx
    ) -> Bool {
        let shape = BFloat16Shape(
            input: [images, side, side, inputs], weight: [outputs, inputs, window, window],
            ConvolutionGeometry(strides: Size(height: stride, width: stride), padding: EdgeInsets(window / 2)))
        return shape.map { BFloat16Rule.takes($0, operation, dataType, instructions) } ?? false
    }

    @Test func takesLargeGradientsByTheWeight() {
        #expect(takes(.weightGradient, .bfloat16))
        #expect(takes(.weightGradient, .bfloat16, stride: 2))
        #expect(takes(.weightGradient, .bfloat16, window: 1))
        #expect(!takes(.weightGradient, .bfloat16, 7, images: 1))
        #expect(!takes(.weightGradient, .bfloat16, 28, 3, 64))
        #expect(!takes(.weightGradient, .bfloat16, 28, 256, 66))
        #expect(!takes(.weightGradient, .bfloat16, by: .avx512))
        #expect(!takes(.weightGradient, .bfloat16, by: .emulatedAMX))
        #expect(!takes(.forward, .bfloat16))
        #expect(!takes(.inputGradient, .bfloat16))
    }

    @Test func leavesFloat32ToWinograd() {
        #expect(!takes(.forward, .float32))
        #expect(takes(.forward, .float32, window: 1))
        #expect(takes(.forward, .float32, stride: 2))
        #expect(!takes(.inputGradient, .float32, stride: 2))
        Engine.$winograd.withValue(.off) { #expect(takes(.forward, .float32)) }
    }

    @Test func takesLargeProductsOfFloat32() {
        let product = MatrixProduct(rows: 2048, columns: 512, inner: 512)
        #expect(BFloat16Rule.takes(product, .float32, .amx))
        #expect(!BFloat16Rule.takes(product, .bfloat16, .amx))
        #expect(!BFloat16Rule.takes(product, .float32, .avx512))
        #expect(!BFloat16Rule.takes(MatrixProduct(rows: 8, columns: 512, inner: 512), .float32, .amx))
    }
}
