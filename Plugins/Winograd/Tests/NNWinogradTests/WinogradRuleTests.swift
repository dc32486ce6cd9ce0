import Testing

@_spi(Kernels) import NNCore
@testable import NNWinograd

@Suite struct WinogradRuleTests {
    private func tile(
        _ images: Int, _ side: Int, _ inputs: Int, _ outputs: Int, _ use: WinogradRule.Use,
        _ setting: WinogradTiles = .fast, _ instructions: WinogradInstructions = .avx512,
        than bfloat16: BFloat16Products = .none
    ) -> Int? {
        let shape = WinogradShape(
            input: [images, side, side, inputs], weight: [outputs, inputs, 3, 3], ConvolutionGeometry(padding: 1))
        return shape.flatMap { WinogradRule.tile($0, use, setting, instructions, bfloat16) }
    }

    @Test(arguments: [
        WinogradRule.Use.forward(weightIsTrained: false), .forward(weightIsTrained: true), .inputGradient,
        .weightGradient,
    ]) func commonConvolutionsTakeLargeTiles(_ use: WinogradRule.Use) {
        #expect(tile(8, 56, 128, 128, use) == 4)
        #expect(tile(8, 28, 256, 160, use) == 4)
        #expect(tile(8, 56, 128, 128, use, .accurate) == 2)
        #expect(tile(8, 56, 128, 128, use, .off) == nil)
    }

    @Test func fewChannelsAreLeft() {
        #expect(tile(2, 224, 3, 64, .forward(weightIsTrained: false)) == nil)
        #expect(tile(2, 224, 3, 64, .weightGradient) == nil)
        #expect(tile(2, 224, 64, 11, .inputGradient) == nil)
        #expect(tile(128, 32, 16, 16, .weightGradient) == 4)
        #expect(tile(128, 32, 16, 16, .weightGradient, .accurate) == nil)
    }

    @Test func littleWorkIsLeft() {
        #expect(tile(1, 16, 16, 16, .forward(weightIsTrained: false)) == nil)
        #expect(tile(1, 32, 16, 16, .forward(weightIsTrained: false)) == 4)
        #expect(tile(1, 32, 16, 16, .forward(weightIsTrained: true)) == nil)
        #expect(tile(1, 7, 512, 512, .inputGradient) == nil)
        #expect(tile(8, 7, 1024, 224, .inputGradient) == nil)
        #expect(tile(8, 7, 1024, 224, .inputGradient, .fast, .avx2) == 2)
    }

    @Test func bfloat16IsTakenWhereItsProductsAreSlower() {
        let uses: [WinogradRule.Use] = [
            .forward(weightIsTrained: false), .forward(weightIsTrained: true), .inputGradient, .weightGradient,
        ]
        for use in uses {
            #expect(tile(8, 28, 256, 160, use, than: .vectors) == 4)
            #expect(tile(8, 28, 256, 160, use, .accurate, than: .vectors) == 2)
            #expect(tile(8, 28, 256, 160, use, than: .tiles) == nil)
        }
        // Reading or packing the weight takes longer than is saved.
        #expect(tile(1, 14, 256, 256, .forward(weightIsTrained: false), than: .vectors) == nil)
        #expect(tile(8, 7, 224, 224, .inputGradient, than: .vectors) == nil)
        #expect(tile(8, 7, 224, 224, .weightGradient, than: .vectors) != nil)
    }

    /// What is read again for each image is as small as so few pixels are worth.
    @Test func largeWeightsHaveSmallTiles() {
        #expect(tile(1, 8, 256, 256, .forward(weightIsTrained: false)) == 2)
        #expect(tile(1, 4, 256, 256, .forward(weightIsTrained: false)) == nil)
        #expect(tile(4, 8, 256, 256, .forward(weightIsTrained: false)) == 4)
        #expect(tile(1, 8, 64, 64, .forward(weightIsTrained: false)) == 4)
    }

    @Test func tilesBeyondTheEdgeAreSmall() {
        #expect(tile(1, 14, 256, 256, .forward(weightIsTrained: false)) == 2)
        #expect(tile(1, 16, 256, 256, .forward(weightIsTrained: false)) == 4)
        #expect(tile(1, 7, 512, 512, .forward(weightIsTrained: false)) == 2)
        #expect(tile(1, 7, 512, 512, .weightGradient) == 2)
        #expect(tile(8, 14, 256, 256, .inputGradient) == 2)
        #expect(tile(32, 14, 256, 256, .inputGradient) == 4)
    }
}
