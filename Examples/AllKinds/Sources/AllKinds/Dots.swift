import NNDatasets
import NNLayers

/// Dots under noise, labelled by their number.
///
/// Dots have places on a grid, so that none hides another. A sample is a pure function of the seed, the split and the
/// index.
public struct Dots: Dataset {
    public let count: Int
    public let classNames = ["dots"]
    public let labelKind = LabelKind.values
    private let size: Int
    private let maximum: Int
    private let key: RandomKey

    /// The height and width of the place of a dot in pixels.
    private static let pitch = 5

    /// - Parameters:
    ///   - split: The split, each of other images.
    ///   - size: The height and width of the images in pixels, 10 or more.
    ///   - maximum: The largest number of dots, at most one for each 5x5 pixels.
    ///   - count: The number of images.
    ///   - seed: Other seeds give other images.
    public init(split: Split = .train, size: Int = 20, maximum: Int = 8, count: Int = 256, seed: UInt64 = 0) {
        requireOptions("Dots") {
            try Self.check(size: size, maximum: maximum)
            try OptionError.check("count", count, .count)
        }
        self.size = size
        self.maximum = maximum
        self.count = count
        key = RandomKey(seed: seed).derived("dots").derived(split.rawValue)
    }

    fileprivate static func check(size: Int, maximum: Int) throws(OptionError) {
        if !(10...4096).contains(size) { throw OptionError("size", "must be from 10 to 4096 pixels, not \(size)") }
        let places = (size / pitch) * (size / pitch)
        if !(1...places).contains(maximum) {
            throw OptionError("maximum", "must be from 1 to \(places) in \(size) pixels, not \(maximum)")
        }
    }

    /// The number is known without the image.
    public func target(at index: Int) -> Target { .values([Float(index % (maximum + 1))]) }

    public func sample(at index: Int) -> Sample {
        require((0..<count).contains(index), "Dots: sample \(index) of \(count)")
        var random = RandomGenerator(key: key.derived(index))
        var image = Image(size: Size(size))
        for row in 0..<size {
            for column in 0..<size {
                let shade = UInt8(40 + 30 * random.unit())
                for channel in 0..<3 { image[row, column, channel] = shade }
            }
        }
        let side = size / Self.pitch
        for place in key.derived(index).derived("places").permutation(side * side).prefix(index % (maximum + 1)) {
            let (top, left) = (place / side * Self.pitch + 1, place % side * Self.pitch + 1)
            let shade = UInt8(150 + 100 * random.unit())
            for row in top..<top + 3 {
                for column in left..<left + 3 {
                    for channel in 0..<3 { image[row, column, channel] = shade }
                }
            }
        }
        return Sample(image: image, target: target(at: index), name: "dots, image \(index)")
    }
}

extension Dots {
    /// Options of ``Dots``.
    public struct Options: BuildableOptions, DatasetSource {
        /// The height and width of the images in pixels.
        public var size = 20
        /// The largest number of dots.
        public var maximum = 8
        /// The number of training images.
        public var trainCount = 1024
        /// The number of validation images.
        public var validationCount = 256
        /// The number of test images.
        public var testCount = 256
        /// Other seeds give other images.
        public var seed: UInt64 = 0

        public var task: PredictionTask { .objectCount }

        /// The defaults.
        public init() {}

        public func validate() throws {
            try Dots.check(size: size, maximum: maximum)
            try check("train_count", trainCount, .count)
            try check("validation_count", validationCount, .count)
            try check("test_count", testCount, .count)
        }

        public func dataset(_ split: Split) -> any Dataset {
            Dots(
                split: split, size: size, maximum: maximum,
                count: split.choice(train: trainCount, validation: validationCount, test: testCount), seed: seed)
        }
    }
}
