import Foundation
import NNLayers

/// Drawn shapes on noise, made as they are asked for: data for a first run, with nothing to download.
///
/// Colour, size, place and rotation say nothing of the class, so that only the form can be learned.
/// A sample is a pure function of the seed, the split and the index.
public struct Shapes: DatasetSource {
    /// What a configuration may say.
    public struct Options: ComponentOptions {
        /// `classification`: which shape is it? `segmentation`: which shape is each pixel a part of?
        public var task = PredictionTask.classification
        /// Height and width of the pictures in pixels.
        public var size: SizeOption = 32
        /// How many kinds of shape are drawn; segmentation has the background as a class besides.
        public var classCount = 6
        /// The number of pictures in each split.
        public var trainCount = 5000
        public var validationCount = 1000
        public var testCount = 1000
        /// Other seeds make other pictures. It is not the seed of the experiment, so that several runs
        /// see the same data.
        public var seed: UInt64 = 0

        public init() {}

        public func validate() throws {
            try size.validate()
            if min(size.size.height, size.size.width) < 8 {
                throw OptionError("size", "must be 8 pixels or more; shapes cannot be told apart in \(size.size)")
            }
            let kinds = ShapeKind.allCases.count
            guard 2...kinds ~= classCount else {
                throw OptionError("class_count", "must be from 2 to \(kinds), not \(classCount)")
            }
            for (option, count) in [
                ("train_count", trainCount), ("validation_count", validationCount), ("test_count", testCount),
            ] where !(1...10_000_000).contains(count) {
                throw OptionError(option, "must be from 1 to 10000000, not \(count)")
            }
        }
    }

    private let options: Options
    public var task: PredictionTask { options.task }

    public init(_ options: Options = Options()) { self.options = options }

    public func dataset(_ split: Split) -> any Dataset {
        let count = split.choice(options.trainCount, options.validationCount, options.testCount)
        return DrawnShapes(
            task: options.task, size: options.size.size, kinds: Array(ShapeKind.allCases.prefix(options.classCount)),
            count: count, key: RandomKey(seed: options.seed).derived(split.rawValue))
    }
}

/// The pictures of one split.
private struct DrawnShapes: Dataset {
    let task: PredictionTask
    let size: Size
    let kinds: [ShapeKind]
    let count: Int
    let key: RandomKey

    var classNames: [String] { (task == .segmentation ? ["background"] : []) + kinds.map(\.rawValue) }

    /// No pixel has it, but transforms need a label for the pixels that they add around a mask.
    var ignoreIndex: Int? { task == .segmentation ? 255 : nil }

    func sample(at index: Int) -> Sample {
        var random = RandomGenerator(key: key.derived(UInt64(index)))
        var drawing = ShapeDrawing(size: size, random: &random)
        let name = "shapes, picture \(index)"
        if task == .classification {
            // Each class is equally frequent; loaders shuffle.
            let label = index % kinds.count
            drawing.draw(kinds[label], label: 1, radius: 0.27...0.45, random: &random)
            return Sample(image: drawing.image(random: &random), target: .label(label), name: name)
        }
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let kind = Int.random(in: 0..<kinds.count, using: &random)
            drawing.draw(kinds[kind], label: UInt8(kind + 1), radius: 0.15...0.35, random: &random)
        }
        let mask = Image(size: size, channels: 1, pixels: drawing.labels)
        return Sample(image: drawing.image(random: &random), target: .mask(mask), name: name)
    }
}

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
