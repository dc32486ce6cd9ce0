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
    struct Options: BuildableOptions, DatasetSource {
        /// `classification`: which shape is in the image; `segmentation`: of which shape each pixel is a part;
        /// `multi_label`: which of several shapes are in it; `regression`: where it is, and how large.
        var task = PredictionTask.classification
        /// The height and width of the images in pixels.
        var size: SizeOption = 32
        /// The number of kinds of shapes; segmentation has the background as a further class.
        var classCount = 6
        /// The number of training images.
        var trainCount = 5000
        /// The number of validation images.
        var validationCount = 1000
        /// The number of test images.
        var testCount = 1000
        /// Other seeds give other images. It is independent of the seed of the experiment, so that several runs see
        /// the same data.
        var seed: UInt64 = 0

        init() {}

        func validate() throws {
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

        func dataset(_ split: Split) -> any Dataset {
            Shapes(
                split: split, task: task, size: size.size, classCount: classCount,
                count: split.choice(train: trainCount, validation: validationCount, test: testCount), seed: seed)
        }
    }
}
