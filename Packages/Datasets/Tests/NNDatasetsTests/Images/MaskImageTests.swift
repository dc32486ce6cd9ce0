import NNDatasets
import NNCore
import Testing

@Suite struct MaskImageTests {
    @Test func colorsOfAMask() {
        let mask = Image(size: Size(height: 1, width: 3), channels: 1, pixels: [1, 0, 255])
        let colored = mask.colored([Color(0x010203), Color(0xFF8000)])
        #expect(colored.pixels == [0xFF, 0x80, 0, 1, 2, 3, 0x80, 0x80, 0x80])
    }

    @Test func overlayBlendsEveryChannel() {
        let below = Image(size: Size(1), channels: 3, pixels: [0, 100, 255])
        let above = Image(size: Size(1), channels: 3, pixels: [255, 100, 0])
        #expect(below.overlaid(above, opacity: 0).pixels == below.pixels)
        #expect(below.overlaid(above, opacity: 1).pixels == above.pixels)
        #expect(below.overlaid(above, opacity: 0.5).pixels == [128, 100, 128])
    }

    @Test func maskOfClassIndices() {
        let indices = Tensor([0, 1, 255, 3, 4, 5] as [Int32]).reshaped([2, 3])
        let mask = Image(size: Size(height: 2, width: 3), channels: 1, pixels: [0, 1, 255, 3, 4, 5])
        #expect(Image(classIndices: indices) == mask)
        #expect(Image(classIndices: indices.reshaped([1, 2, 3])) == mask)
    }

    @Test func whatIsNoMaskTraps() async {
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Image(classIndices: Tensor([0, 256] as [Int32]).reshaped([1, 2]))
            }, "Image(classIndices:): the index 256, not one from 0 to 255")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Image(classIndices: Tensor([0, 1] as [Int32]).reshaped([2, 1, 1]))
            }, "Image(classIndices:): int32 [2, 1, 1], not the int32 [H, W] of one mask")
    }

    @Test func colorsAsText() {
        #expect(Color(0x0072B2).code == "#0072B2")
        #expect(Color(code: "#0072b2") == Color(0x0072B2))
        #expect(Color(code: "0072b2") == nil && Color(code: "#0072bg") == nil && Color(code: "#72b2") == nil)
    }

    /// As PASCAL VOC's development kit has them: background, aeroplane, bicycle, ..., and the border.
    @Test func classColorsAreThoseOfVOC() {
        let colors = Color.classes(256)
        #expect(colors[0] == Color(0x000000))
        #expect(colors[1] == Color(0x800000))
        #expect(colors[2] == Color(0x008000))
        #expect(colors[8] == Color(0x400000))
        #expect(colors[15] == Color(0xC08080))
        #expect(colors[255] == Color(0xE0E0C0))
        #expect(Set(colors).count == 256)
    }
}
