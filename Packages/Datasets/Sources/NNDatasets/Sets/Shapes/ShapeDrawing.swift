import Foundation
import NNLayers

/// A picture in work: shapes over a background that fades from one colour to another.
struct ShapeDrawing {
    private typealias Color = SIMD3<Float>

    private let size: Size
    private var colors: [Color]
    private let backgroundBrightness: Float
    /// The label of each pixel, 0 where nothing was drawn.
    private(set) var labels: [UInt8]

    /// The greatest change of a channel by noise.
    private static let noise: Float = 25

    init(size: Size, random: inout some RandomNumberGenerator) {
        self.size = size
        labels = Array(repeating: 0, count: size.area)
        let middle = Self.randomColor(random: &random)
        let slope = Color(
            .random(in: -40...40, using: &random), .random(in: -40...40, using: &random),
            .random(in: -40...40, using: &random))
        let angle = Float.random(in: 0..<2 * .pi, using: &random)
        let direction = SIMD2(cos(angle), sin(angle))
        let length = Float(max(size.height, size.width))
        colors = (0..<size.area).map { pixel in
            let place = SIMD2(Float(pixel % size.width), Float(pixel / size.width)) / length - 0.5
            return middle + slope * (place * direction).sum()
        }
        backgroundBrightness = middle.sum() / 3
    }

    /// Draws a shape of random colour, size, place and rotation over what is there.
    /// - Parameter radius: the range of the shape's radius, as parts of the shorter side.
    mutating func draw(
        _ kind: ShapeKind, label: UInt8, radius range: ClosedRange<Float>, random: inout some RandomNumberGenerator
    ) {
        let radius = Float.random(in: range, using: &random) * Float(min(size.height, size.width))
        let row = Float.random(in: radius...Float(size.height) - radius, using: &random)
        let column = Float.random(in: radius...Float(size.width) - radius, using: &random)
        let angle = Float.random(in: 0..<2 * .pi, using: &random)
        let (c, s) = (cos(angle) / radius, sin(angle) / radius)
        let color = contrastingColor(random: &random)
        // Each pixel is looked at in 3x3 points, which smooths the outline.
        let steps: [Float] = [1 / 6, 3 / 6, 5 / 6]
        for y in max(Int(row - radius), 0)..<min(Int(row + radius) + 1, size.height) {
            for x in max(Int(column - radius), 0)..<min(Int(column + radius) + 1, size.width) {
                var points = 0
                for down in steps {
                    for across in steps {
                        let (dx, dy) = (Float(x) + across - column, Float(y) + down - row)
                        if kind.contains(c * dx + s * dy, c * dy - s * dx) { points += 1 }
                    }
                }
                if points == 0 { continue }
                let pixel = y * size.width + x
                colors[pixel] += (color - colors[pixel]) * (Float(points) / 9)
                if points >= 5 { labels[pixel] = label }
            }
        }
    }

    /// The picture with noise on it.
    func image(random: inout some RandomNumberGenerator) -> Image {
        Image(size: size, channels: 3) { pixels in
            for (index, color) in colors.enumerated() {
                let bits = random.next()
                for channel in 0..<3 {
                    let unit = Float(UInt16(truncatingIfNeeded: bits >> (16 * UInt64(channel)))) / 65536
                    let value = color[channel] + Self.noise * (2 * unit - 1)
                    pixels[3 * index + channel] = UInt8(min(max(value, 0), 255))
                }
            }
        }
    }

    /// A colour whose brightness differs from that of the background enough to be seen.
    private func contrastingColor(random: inout some RandomNumberGenerator) -> Color {
        let color = Self.randomColor(random: &random)
        let brightness = color.sum() / 3
        let isBrighter = brightness > backgroundBrightness
        let missing = 60 - abs(brightness - backgroundBrightness)
        guard missing > 0 else { return color }
        // Towards the side with more room, if the wanted one has too little.
        let goesUp = isBrighter ? backgroundBrightness < 180 : backgroundBrightness < 75
        let target = backgroundBrightness + (goesUp ? 60 : -60)
        return color + (target - brightness)
    }

    private static func randomColor(random: inout some RandomNumberGenerator) -> Color {
        Color(
            .random(in: 20...235, using: &random), .random(in: 20...235, using: &random),
            .random(in: 20...235, using: &random))
    }
}
