import Foundation
import NNLayers

/// Drawn shapes on noise, generated as they are read: data for a first run, without a download.
///
/// Colour, size, position and rotation are independent of the class, so that only the shape can be learned.
/// A sample is a pure function of the seed, the split and the index.
///
/// ```swift
/// let train = Shapes(task: .segmentation, size: 64)
/// let validation = Shapes(split: .validation, task: .segmentation, size: 64)
/// ```
public struct Shapes: Dataset {
    public let count: Int
    private let task: PredictionTask
    private let size: Size
    private let kinds: [ShapeKind]
    private let key: RandomKey

    /// - Parameters:
    ///   - split: The split, each of other images.
    ///   - task: `.classification` has a shape in each image, `.segmentation` and `.multiLabel` one to three;
    ///     `.regression` asks for the position and the size of a shape.
    ///   - size: The height and width of the images, 8 pixels or more.
    ///   - classCount: The number of kinds of shapes, from 2 to 10; segmentation has the background as a further class.
    ///   - count: The number of images; nil for 5,000 in the training split and 1,000 in the others.
    ///   - seed: Other seeds give other images. It is independent of the seed of training, so that several runs see
    ///     the same data.
    public init(
        split: Split = .train, task: PredictionTask = .classification, size: Size = 32, classCount: Int = 6,
        count: Int? = nil, seed: UInt64 = 0
    ) {
        let options = Options()
        let count =
            count
            ?? split.choice(train: options.trainCount, validation: options.validationCount, test: options.testCount)
        requireOptions("Shapes") {
            try options.check("count", count, in: Self.counts)
            try OptionError.check("task", task.rawValue, oneOf: PredictionTask.allCases.map(\.rawValue))
            try options.check(SizeOption(size), classCount: classCount)
        }
        self.count = count
        self.task = task
        self.size = size
        kinds = Array(ShapeKind.allCases.prefix(classCount))
        key = RandomKey(seed: seed).derived(split.rawValue)
    }

    fileprivate static let counts = 1...10_000_000

    /// The names of the kinds of shapes, after the background for segmentation. For regression `x`, `y` and `size`: the
    /// centre as a fraction of the width and of the height, and the radius as a fraction of the shorter side.
    public var classNames: [String] {
        switch task.labels {
        case .classes: (task.isDense ? ["background"] : []) + kinds.map(\.rawValue)
        case .flags: kinds.map(\.rawValue)
        case .values: ["x", "y", "size"]
        }
    }

    public var labelKind: LabelKind { task.labels }

    /// 255 for segmentation: no pixel has it, but transforms need a label for pixels that they add to masks.
    public var ignoreIndex: Int? { task.isDense ? 255 : nil }

    public func sample(at index: Int) -> Sample {
        var random = RandomGenerator(key: key.derived(UInt64(index)))
        var drawing = ShapeDrawing(size: size, random: &random)
        let name = "shapes, image \(index)"
        let target: Target
        if task.labels == .values {
            let place = drawing.draw(kinds[index % kinds.count], label: 1, radius: 0.12...0.4, random: &random)
            target = .values([place.column, place.row, place.radius])
        } else if task == .classification {
            // Each class is equally frequent; loaders shuffle.
            let label = index % kinds.count
            drawing.draw(kinds[label], label: 1, radius: 0.27...0.45, random: &random)
            target = .label(label)
        } else {
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let kind = Int.random(in: 0..<kinds.count, using: &random)
                drawing.draw(kinds[kind], label: UInt8(kind + 1), radius: 0.15...0.35, random: &random)
            }
            // A shape may hide another one completely.
            let visible = Set(drawing.labels)
            target =
                task.isDense
                ? .mask(Image(size: size, channels: 1, pixels: drawing.labels))
                : .values(TargetValues(kinds.indices.map { visible.contains(UInt8($0 + 1)) ? 1 : 0 }))
        }
        return Sample(image: drawing.image(random: &random), target: target, name: name)
    }
}

extension Shapes {
    /// Options of ``Shapes``.
    public struct Options: BuildableOptions, DatasetSource {
        /// `classification`: which shape is in the image; `segmentation`: of which shape each pixel is a part;
        /// `multi_label`: which of several shapes are in it; `regression`: where it is, and how large.
        public var task = PredictionTask.classification
        /// The height and width of the images in pixels.
        public var size: SizeOption = 32
        /// The number of kinds of shapes; segmentation has the background as a further class.
        public var classCount = 6
        /// The number of training images.
        public var trainCount = 5000
        /// The number of validation images.
        public var validationCount = 1000
        /// The number of test images.
        public var testCount = 1000
        /// Other seeds give other images. It is independent of the seed of the experiment, so that several runs see
        /// the same data.
        public var seed: UInt64 = 0

        public init() {}

        public func validate() throws {
            try check(size, classCount: classCount)
            try check("train_count", trainCount, in: Shapes.counts)
            try check("validation_count", validationCount, in: Shapes.counts)
            try check("test_count", testCount, in: Shapes.counts)
        }

        fileprivate func check(_ size: SizeOption, classCount: Int) throws(OptionError) {
            try size.validate()
            if min(size.size.height, size.size.width) < 8 {
                throw OptionError("size", "must be 8 pixels or more; shapes cannot be told apart in \(size.size)")
            }
            try check("class_count", classCount, in: 2...ShapeKind.allCases.count)
        }

        public func dataset(_ split: Split) -> any Dataset {
            Shapes(
                split: split, task: task, size: size.size, classCount: classCount,
                count: split.choice(train: trainCount, validation: validationCount, test: testCount), seed: seed)
        }
    }
}

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
