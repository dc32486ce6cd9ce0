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
