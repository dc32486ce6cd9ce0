import Foundation
import NNDatasets
import NNLayers
import Testing

@testable import NNPlotting

@Suite struct ColorScaleTests {
    /// The lightness L* of CIELAB, from 0 to 100.
    private func lightness(_ color: Color) -> Double {
        func linear(_ byte: UInt8) -> Double {
            let value = Double(byte) / 255
            return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
        }
        let luminance = 0.2126 * linear(color.red) + 0.7152 * linear(color.green) + 0.0722 * linear(color.blue)
        return luminance > 0.008856 ? 116 * cbrt(luminance) - 16 : 903.3 * luminance
    }

    @Test(arguments: [ColorScale.viridis, .inferno]) func lightnessRisesEvenly(_ scale: ColorScale) {
        let steps = 20
        let values = (0...steps).map { lightness(scale.color(at: Double($0) / Double(steps))) }
        let mean = (values[steps] - values[0]) / Double(steps)
        #expect(values[steps] - values[0] > 70)
        // Between black and the first colour, a mixture is darker than its part says.
        for (low, high) in zip(values, values.dropFirst()) { #expect(abs(high - low - mean) < 0.55 * mean) }
    }

    @Test func colorsOutsideAreThoseOfTheEnds() {
        let scale = ColorScale(stops: [Color(0), Color(0xFFFFFF)])
        #expect(scale.color(at: -1) == Color(0) && scale.color(at: 7) == Color(0xFFFFFF))
        #expect(scale.color(at: .nan) == Color(0) && scale.color(at: 0.5) == Color(0x808080))
        let image = scale.image(of: [0, 0.5, 2, .nan], size: Size(2))
        #expect(image.pixels == [0, 0, 0, 128, 128, 128, 255, 255, 255, 0, 0, 0])
    }

    @Test(arguments: [20, 200, 640]) func barsFitTheirWidth(_ width: Int) {
        let bar = ColorBar(.inferno, low: "none", high: "the most of all", title: "evidence for a class", width: width)
        let image = bar.draw()
        #expect(image.width == max(width, 48) && image.height == 36)
        var sheet = ContactSheet(entries: [ContactSheet.Entry(image: Image(size: Size(4)), captions: ["a"])])
        let height = sheet.draw().height
        sheet.colorBar = bar
        #expect(sheet.draw().height == height + 36)
    }
}
