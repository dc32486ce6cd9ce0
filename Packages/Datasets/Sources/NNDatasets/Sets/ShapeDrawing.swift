import Foundation
import NNLayers

/// An image in progress: shapes over a colour gradient.
struct ShapeDrawing {
    private typealias Color = SIMD3<Float>

    private let size: Size
    private var colors: [Color]
    private let backgroundBrightness: Float
    /// The label of each pixel, 0 for the background.
    private(set) var labels: [UInt8]

    /// The largest change of a channel by noise.
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
            let position = SIMD2(Float(pixel % size.width), Float(pixel / size.width)) / length - 0.5
            return middle + slope * (position * direction).sum()
        }
        backgroundBrightness = middle.sum() / 3
    }

    /// Draws a shape of random colour, size, position and rotation.
    /// - Parameter radius: The range of the shape's radius, as a fraction of the shorter side.
    /// - Returns: The centre as a fraction of the height and of the width, and the radius.
    @discardableResult
    mutating func draw(
        _ kind: ShapeKind, label: UInt8, radius range: ClosedRange<Float>, random: inout some RandomNumberGenerator
    ) -> (row: Float, column: Float, radius: Float) {
        let radius = Float.random(in: range, using: &random) * Float(min(size.height, size.width))
        let row = Float.random(in: radius...Float(size.height) - radius, using: &random)
        let column = Float.random(in: radius...Float(size.width) - radius, using: &random)
        let angle = Float.random(in: 0..<2 * .pi, using: &random)
        let (c, s) = (cos(angle) / radius, sin(angle) / radius)
        let color = contrastingColor(random: &random)
        // Each pixel is sampled at 3x3 points, which smooths the outline.
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
        return (
            row / Float(size.height), column / Float(size.width), radius / Float(min(size.height, size.width))
        )
    }

    /// The image with noise.
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

    /// A colour whose brightness contrasts with that of the background.
    private func contrastingColor(random: inout some RandomNumberGenerator) -> Color {
        let color = Self.randomColor(random: &random)
        let brightness = color.sum() / 3
        let isBrighter = brightness > backgroundBrightness
        let missing = 60 - abs(brightness - backgroundBrightness)
        guard missing > 0 else { return color }
        // In the other direction if there is too little room.
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

/// A shape within the unit circle.
enum ShapeKind: String, CaseIterable {
    case circle, square, triangle, cross, star, ring, bar, crescent, heart, arrow

    /// Whether a point lies within the shape.
    func contains(_ x: Float, _ y: Float) -> Bool {
        switch self {
        case .circle: x * x + y * y < 0.72
        case .square: max(abs(x), abs(y)) < 0.7
        case .triangle: Self.isInside(x, y, Self.trianglePoints)
        case .cross: min(abs(x), abs(y)) < 0.26 && max(abs(x), abs(y)) < 0.9
        case .star: Self.isInside(x, y, Self.starPoints)
        case .ring: 0.25..<0.85 ~= x * x + y * y
        case .bar: abs(x) < 0.96 && abs(y) < 0.26
        case .crescent: x * x + y * y < 0.85 && (x - 0.45) * (x - 0.45) + y * y > 0.45
        case .heart: Self.isInHeart(1.43 * x, 1.43 * y)
        case .arrow: Self.isInside(x, y, Self.arrowPoints)
        }
    }

    private typealias Point = (x: Float, y: Float)

    private static let trianglePoints = (0..<3).map { point(angle: Float($0) / 3, radius: 1) }
    private static let starPoints = (0..<10).map { point(angle: Float($0) / 10, radius: $0 % 2 == 0 ? 1 : 0.42) }
    private static let arrowPoints: [Point] = [
        (1, 0), (0.1, 0.75), (0.1, 0.25), (-0.95, 0.25), (-0.95, -0.25), (0.1, -0.25), (0.1, -0.75),
    ]

    /// - Parameter angle: In turns.
    private static func point(angle: Float, radius: Float) -> Point {
        (radius * cos(2 * .pi * angle), radius * sin(2 * .pi * angle))
    }

    private static func isInHeart(_ x: Float, _ y: Float) -> Bool {
        let bulge = x * x + y * y - 1
        return bulge * bulge * bulge < x * x * y * y * y
    }

    /// Counts how often a ray from the point crosses the outline: an odd number of times from within.
    private static func isInside(_ x: Float, _ y: Float, _ outline: [Point]) -> Bool {
        var isInside = false
        var previous = outline[outline.count - 1]
        for point in outline {
            if (point.y > y) != (previous.y > y) {
                let crossing = previous.x + (y - previous.y) / (point.y - previous.y) * (point.x - previous.x)
                if x < crossing { isInside.toggle() }
            }
            previous = point
        }
        return isInside
    }
}
