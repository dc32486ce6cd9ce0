import Foundation

/// A form within the circle of radius 1.
enum ShapeKind: String, CaseIterable {
    case circle, square, triangle, cross, star, ring, bar, crescent, heart, arrow

    /// Whether a point lies within the form.
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

    /// - Parameter angle: in turns.
    private static func point(angle: Float, radius: Float) -> Point {
        (radius * cos(2 * .pi * angle), radius * sin(2 * .pi * angle))
    }

    private static func isInHeart(_ x: Float, _ y: Float) -> Bool {
        let bulge = x * x + y * y - 1
        return bulge * bulge * bulge < x * x * y * y * y
    }

    /// Counts how often a ray from the point crosses the outline: within, the number is odd.
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
