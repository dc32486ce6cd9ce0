import Foundation
import NNDatasets
import NNLayers

/// Sinusoidal gratings under noise, labelled by their orientation, as experiments on vision show them.
///
/// Wavelength, phase, contrast and color are independent of the class. A sample is a pure function of the seed, the
/// split and the index.
public struct Gratings: Dataset {
    public let count: Int
    public let classNames: [String]
    private let size: Int
    private let key: RandomKey

    /// - Parameters:
    ///   - split: The split, each of other images.
    ///   - size: The height and width of the images in pixels, 8 or more.
    ///   - classCount: The number of orientations, 2 to 18, evenly distributed over 180 degrees.
    ///   - count: The number of images.
    ///   - seed: Other seeds give other images.
    public init(split: Split = .train, size: Int = 32, classCount: Int = 4, count: Int = 256, seed: UInt64 = 0) {
        requireOptions("Gratings") {
            try Self.check(size: size, classCount: classCount)
            try OptionError.check("count", count, .count)
        }
        self.size = size
        self.count = count
        classNames = (0..<classCount).map { "\(180 * $0 / classCount) degrees" }
        key = RandomKey(seed: seed).derived(split.rawValue)
    }

    fileprivate static func check(size: Int, classCount: Int) throws(OptionError) {
        if !(8...4096).contains(size) { throw OptionError("size", "must be from 8 to 4096 pixels, not \(size)") }
        if !(2...18).contains(classCount) {
            throw OptionError("class_count", "must be from 2 to 18, not \(classCount)")
        }
    }

    public func sample(at index: Int) -> Sample {
        require((0..<count).contains(index), "Gratings: sample \(index) of \(count)")
        var random = RandomGenerator(key: key.derived(index))
        // Each class is equally frequent; loaders shuffle.
        let label = index % classNames.count
        let angle = Double(label) * .pi / Double(classNames.count)
        let frequency = 2 * .pi / (4 + 4 * random.unit())
        let (x, y) = (cos(angle) * frequency, sin(angle) * frequency)
        let phase = 2 * .pi * random.unit()
        let amplitudes = (0..<3).map { _ in 30 + 60 * random.unit() }
        var pixels: [UInt8] = []
        pixels.reserveCapacity(size * size * 3)
        for row in 0..<size {
            for column in 0..<size {
                let wave = sin(x * Double(column) + y * Double(row) + phase)
                let noise = 20 * (random.unit() - 0.5)
                for amplitude in amplitudes { pixels.append(UInt8(128 + amplitude * wave + noise)) }
            }
        }
        let image = Image(size: Size(size), channels: 3, pixels: pixels)
        return Sample(image: image, target: .label(label), name: "gratings, image \(index)")
    }

    public func labelCounts(at index: Int) -> [Int: Int] { [index % classNames.count: 1] }
}

extension Gratings {
    /// Options of ``Gratings``.
    public struct Options: BuildableOptions, DatasetSource {
        /// The height and width of the images in pixels.
        public var size = 32
        /// The number of orientations.
        public var classCount = 4
        /// The number of training images.
        public var trainCount = 1024
        /// The number of validation images.
        public var validationCount = 256
        /// The number of test images.
        public var testCount = 256
        /// Other seeds give other images.
        public var seed: UInt64 = 0

        public var task: PredictionTask { .classification }

        /// The defaults.
        public init() {}

        public func validate() throws {
            try Gratings.check(size: size, classCount: classCount)
            try check("train_count", trainCount, .count)
            try check("validation_count", validationCount, .count)
            try check("test_count", testCount, .count)
        }

        public func dataset(_ split: Split) -> any Dataset {
            Gratings(
                split: split, size: size, classCount: classCount,
                count: split.choice(train: trainCount, validation: validationCount, test: testCount), seed: seed)
        }
    }
}
