import NNLayers
import Testing

@testable import NNDatasets

@Suite struct ColorJitterTests {
    typealias Color = SIMD3<Float>

    func isClose(_ left: Color, _ right: Color, within tolerance: Float = 0.5) -> Bool {
        (0..<3).allSatisfy { abs(left[$0] - right[$0]) <= tolerance }
    }

    @Test func nothingAskedNothingChanged() throws {
        let sample = Sample(image: .patterned(Size(height: 7, width: 9)), target: .label(0), name: "a.png")
        var random = RandomGenerator(key: RandomKey(seed: 1))
        #expect(ColorJitter()(sample, random: &random).image == sample.image)
    }

    @Test(arguments: [Size(1), Size(height: 5, width: 13)])
    func imagesAreChangedAsTheirColors(size: Size) {
        var change = ColorMatrix.identity
        change.saturate(by: 1.4)
        change.scale(by: 1.3)
        change.add(-20)
        let image = Image.patterned(size)
        var changed = image
        changed.apply(change)
        for pixel in 0..<size.area {
            let color = Color((0..<3).map { Float(image.pixels[3 * pixel + $0]) })
            let expected = change.apply(to: color)
            for channel in 0..<3 {
                let clipped = min(max(expected[channel], 0), 255)
                #expect(abs(Float(changed.pixels[3 * pixel + channel]) - clipped) <= 0.51)
            }
        }
    }

    @Test func meanColorIsTheMean() {
        let image = Image(size: Size(height: 1, width: 2), channels: 3, pixels: [10, 20, 255, 30, 0, 255])
        #expect(image.meanColor == Color(20, 10, 255))
    }

    @Test func saturationKeepsGreyAndReachesIt() {
        let color = Color(200, 100, 50)
        let grey = ColorMatrix.grey(of: color)
        var none = ColorMatrix.identity
        none.saturate(by: 0)
        #expect(isClose(none.apply(to: color), Color(grey, grey, grey), within: 0.01))
        var more = ColorMatrix.identity
        more.saturate(by: 1.5)
        #expect(abs(ColorMatrix.grey(of: more.apply(to: color)) - grey) < 0.01)
        #expect(isClose(more.apply(to: color), Color(grey, grey, grey) + (color - grey) * 1.5, within: 0.01))
    }

    @Test func hueTurnsAndComesBack() {
        let color = Color(200, 100, 50)
        for turns: Float in [-0.3, 0.1, 0.5] {
            var there = ColorMatrix.identity
            there.rotateHue(by: turns)
            #expect(abs(ColorMatrix.grey(of: there.apply(to: color)) - ColorMatrix.grey(of: color)) < 0.5)
            #expect(!isClose(there.apply(to: color), color, within: 20))
            #expect(isClose(there.apply(to: Color(80, 80, 80)), Color(80, 80, 80)))
            there.rotateHue(by: -turns)
            #expect(isClose(there.apply(to: color), color))
        }
        // A third of a turn takes red towards green or blue, and not back to red.
        var third = ColorMatrix.identity
        third.rotateHue(by: 1 / 3)
        let turned = third.apply(to: Color(255, 0, 0))
        #expect(turned.x < max(turned.y, turned.z))
    }

    @Test(arguments: 0..<10)
    func contrastKeepsTheMeanGrey(key: UInt64) {
        let image = Image(
            size: Size(height: 1, width: 4), channels: 3,
            pixels: [100, 110, 120, 130, 120, 110, 90, 100, 95, 140, 135, 130])
        var random = RandomGenerator(key: RandomKey(seed: key))
        let sample = Sample(image: image, target: .label(0), name: "a.png")
        let changed = ColorJitter(contrast: 0.5)(sample, random: &random).image
        #expect(abs(ColorMatrix.grey(of: changed.meanColor) - ColorMatrix.grey(of: image.meanColor)) < 0.6)
    }

    @Test func brightnessStaysInItsRange() {
        let sample = Sample(image: Image(size: 2, filledWith: 100), target: .label(0), name: "a.png")
        let values = (0..<200).map { (key: UInt64) -> UInt8 in
            var random = RandomGenerator(key: RandomKey(seed: key))
            return ColorJitter(brightness: 0.2)(sample, random: &random).image[0, 0]
        }
        #expect(values.allSatisfy { 80...120 ~= $0 })
        #expect(values.min()! < 85 && values.max()! > 115)
    }
}
