import Foundation
import NNCore
import Synchronization

/// Statistics of the images and labels of a split, before any transform.
public struct DataStatistics: Hashable, Sendable, Codable {
    /// The frequency of a class.
    public struct ClassCount: Hashable, Sendable, Codable {
        /// The name of the class.
        public let name: String
        /// The number of images of the class or, with masks or several labels, that contain it.
        public internal(set) var images = 0
        /// The number of pixels of masks with the class; nil for classification.
        public internal(set) var pixels: Int?
        /// The number of all pixels with a class in the images that contain this one; nil for classification.
        public internal(set) var pixelsOfImages: Int?
        /// The number of images without the class, in multi-label data; nil in other data.
        public internal(set) var negatives: Int?
        /// The number of images of which it is unknown, in multi-label data; nil in other data.
        public internal(set) var unknown: Int?

        // JSON output has had this key from the start.
        private enum CodingKeys: String, CodingKey {
            case name, images = "pictures", pixels, pixelsOfImages, negatives, unknown
        }
    }

    /// A summary of one of the numbers that are to be predicted.
    public struct ValueSummary: Hashable, Sendable, Codable {
        /// The name of the number.
        public let name: String
        /// The number of images of which it is known.
        public let known: Int
        /// The smallest value; nil if none is known.
        public let minimum: Float?
        /// The mean; nil if none is known.
        public let mean: Double?
        /// The largest value; nil if none is known.
        public let maximum: Float?
        /// The standard deviation; nil if none is known.
        public let standardDeviation: Double?

        /// A summary of the values that are not NaN.
        init(name: String, _ values: some Sequence<Float>) {
            let known = values.filter { !$0.isNaN }
            self.name = name
            self.known = known.count
            minimum = known.min()
            maximum = known.max()
            // The sums are in the order of the samples, so that they do not depend on threads.
            let mean = known.isEmpty ? nil : known.reduce(0) { $0 + Double($1) } / Double(known.count)
            self.mean = mean
            standardDeviation = mean.map { mean in
                (known.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(known.count)).squareRoot()
            }
        }
    }

    /// A summary of lengths in pixels.
    public struct Lengths: Hashable, Sendable, Codable {
        /// The smallest length.
        public let minimum: Int
        /// The middle one.
        public let median: Int
        /// The largest one.
        public let maximum: Int

        init(_ values: [Int32]) {
            let sorted = values.sorted()
            minimum = sorted.first.map(Int.init) ?? 0
            median = sorted.isEmpty ? 0 : Int(sorted[(sorted.count - 1) / 2])
            maximum = sorted.last.map(Int.init) ?? 0
        }
    }

    /// The split.
    public private(set) var split: Split
    /// The number of samples.
    public private(set) var samples: Int
    /// The number of samples that cannot be used; all other statistics exclude them.
    public private(set) var unusable = 0
    /// The classes, in the order of their indices; empty for numbers.
    public private(set) var classes: [ClassCount]
    /// The numbers that are to be predicted; nil for classes.
    public private(set) var values: [ValueSummary]?
    /// The number of ignored pixels of masks.
    public private(set) var ignoredPixels = 0
    /// The heights of the images.
    public private(set) var heights = Lengths([])
    /// The widths of the images.
    public private(set) var widths = Lengths([])
    /// The number of precomputed features of a sample; nil for images.
    public private(set) var features: Int?
    /// The mean and standard deviation of each channel over all pixels, as for `data.normalize`; nil without pixels.
    public private(set) var normalization: Normalization?

    /// Reads all samples of a split.
    /// - Parameters:
    ///   - split: The split.
    ///   - dataset: Its samples.
    ///   - threads: The number of threads; by default that of the available cores.
    ///   - progress: Called after each sample with the number of those read, from several threads.
    public init(
        _ split: Split, _ dataset: any Dataset, threads: Int = ThreadCount.availableCores,
        progress: @Sendable (Int) -> Void = { _ in }
    ) {
        self.split = split
        samples = dataset.count
        classes = dataset.labelKind == .values ? [] : dataset.classNames.map { ClassCount(name: $0) }
        if dataset.labelKind == .flags {
            for index in classes.indices { (classes[index].negatives, classes[index].unknown) = (0, 0) }
        }
        if let features = dataset.features {
            self.features = features.shape[1]
            for index in 0..<dataset.count {
                let target =
                    dataset.labelKind == .classes
                    ? (try? dataset.labelCounts(at: index))?.keys.first.map(Target.label)
                    : try? dataset.target(at: index)
                add(target, ignoreIndex: dataset.ignoreIndex)
            }
            values = Self.summaries(of: dataset) { try? dataset.target(at: $0) }
            return
        }
        let state = Mutex(Sums(statistics: self))
        ParallelScan.run(count: dataset.count, threads: threads, progress: progress) { index in
            let sample = try? dataset.sample(at: index)
            let values = sample.map { ChannelValues($0.image, channels: dataset.imageReader.channels) }
            state.withLock { $0.add(sample, values, at: index, ignoreIndex: dataset.ignoreIndex) }
        }
        let sums = state.withLock { $0 }
        self = sums.statistics
        heights = Lengths(sums.heights)
        widths = Lengths(sums.widths)
        normalization = sums.normalization
        values = Self.summaries(of: dataset) { sums.values[$0].map(Target.values) }
    }

    /// The summary of each number; nil for classes.
    /// - Parameter target: The target of a sample; nil where it cannot be read.
    private static func summaries(of dataset: any Dataset, target: (Int) -> Target?) -> [ValueSummary]? {
        guard dataset.labelKind == .values else { return nil }
        let rows = (0..<dataset.count).compactMap { index -> [Float]? in
            guard case .values(let values) = target(index), values.floats.count == dataset.classNames.count
            else { return nil }
            return values.floats
        }
        return dataset.classNames.enumerated().map { index, name in
            ValueSummary(name: name, rows.lazy.map { $0[index] })
        }
    }

    /// How often each class occurs: its number of pixels, or of images for classification.
    public var labelCounts: [Int] { classes.map { $0.pixels ?? $0.images } }

    /// For each class, the number of labels of the images in which it occurs; nil for labels of whole images.
    public var imageTotals: [Int]? {
        classes.contains { $0.pixelsOfImages != nil } ? classes.map { $0.pixelsOfImages ?? 0 } : nil
    }

    fileprivate mutating func add(_ target: Target?, ignoreIndex: Int?) {
        switch target {
        case nil: unusable += 1
        case .values(let values):
            // Numbers are summarized when all are known; flags are counted.
            for (index, value) in values.floats.enumerated() where classes.indices.contains(index) {
                if value == 1 { classes[index].images += 1 }
                if value == 0 { classes[index].negatives = (classes[index].negatives ?? 0) + 1 }
                if value.isNaN { classes[index].unknown = (classes[index].unknown ?? 0) + 1 }
            }
        case .label(let label):
            if classes.indices.contains(label) { classes[label].images += 1 }
        case .mask(let mask):
            let counts = mask.labelCounts(ignoring: ignoreIndex)
            ignoredPixels += mask.size.area - counts.values.reduce(0, +)
            let known = classes.indices.reduce(0) { $0 + counts[$1, default: 0] }
            for label in classes.indices {
                let count = counts[label, default: 0]
                classes[label].pixels = (classes[label].pixels ?? 0) + count
                classes[label].pixelsOfImages = (classes[label].pixelsOfImages ?? 0) + (count > 0 ? known : 0)
                if count > 0 { classes[label].images += 1 }
            }
        }
    }
}

/// What the mean and the deviation of the channels of an image are calculated from.
private enum ChannelValues {
    /// How often each of 256 values occurs in each channel.
    case histograms([[Int]])
    /// The sum of each channel of floats, and that of its squares.
    case sums([(sum: Double, squares: Double)], count: Int)

    /// - Parameter channels: The number of channels; the last one of an image that has fewer stands for the rest.
    init(_ image: Image, channels: Int) {
        let channels = (0..<channels).map { min($0, image.channels - 1) }
        guard let floats = image.floats else {
            self = .histograms(channels.map(image.histogram))
            return
        }
        self = .sums(
            channels.map { channel in
                stride(from: channel, to: floats.count, by: image.channels).reduce(into: (sum: 0, squares: 0)) {
                    $0.sum += Double(floats[$1])
                    $0.squares += Double(floats[$1]) * Double(floats[$1])
                }
            }, count: image.size.area)
    }
}

/// Integers, and floats by sample, so that the order in which threads add to them does not matter.
private struct Sums {
    var statistics: DataStatistics
    var heights: [Int32] = []
    var widths: [Int32] = []
    /// The values of each sample that has any.
    var values: [Int: TargetValues] = [:]
    /// How often each of 256 values occurs in each channel.
    var histograms: [[Int]] = []
    /// The sums of each sample of floats.
    var floats: [Int: (channels: [(sum: Double, squares: Double)], count: Int)] = [:]

    mutating func add(_ sample: Sample?, _ values: ChannelValues?, at index: Int, ignoreIndex: Int?) {
        statistics.add(sample?.target, ignoreIndex: ignoreIndex)
        if case .values(let values) = sample?.target { self.values[index] = values }
        guard let sample, let values else { return }
        heights.append(Int32(sample.image.height))
        widths.append(Int32(sample.image.width))
        switch values {
        case .sums(let channels, let count): floats[index] = (channels, count)
        case .histograms(let counts):
            if histograms.isEmpty { histograms = counts.map { _ in [Int](repeating: 0, count: 256) } }
            for (channel, counts) in counts.enumerated() {
                for value in 0..<256 { histograms[channel][value] += counts[value] }
            }
        }
    }

    var normalization: Normalization? {
        let samples = floats.sorted { $0.key < $1.key }.map(\.value)
        let channels = samples.first?.channels.count ?? histograms.count
        var result = Normalization(channels: max(channels, 1))
        for channel in 0..<channels {
            let counts = histograms.isEmpty ? [] : histograms[channel].map(Double.init)
            var total = counts.reduce(0, +)
            // On the scale of bytes.
            var sum: Double = counts.enumerated().reduce(0) { $0 + Double($1.offset) * $1.element }
            for sample in samples {
                total += Double(sample.count)
                sum += 255 * sample.channels[channel].sum
            }
            guard total > 0 else { return nil }
            let mean = sum / total
            var squares: Double = counts.enumerated().reduce(0) { sum, entry in
                let distance = Double(entry.offset) - mean
                return sum + distance * distance * entry.element
            }
            for sample in samples {
                let values = sample.channels[channel]
                let cross: Double = 2 * mean * 255 * values.sum
                squares += max(255 * 255 * values.squares - cross + mean * mean * Double(sample.count), 0)
            }
            result.mean[channel] = Float(mean / 255)
            // A constant channel cannot be divided by its deviation.
            result.standardDeviation[channel] = squares > 0 ? Float((squares / total).squareRoot() / 255) : 1
        }
        return channels > 0 ? result : nil
    }
}
