import NNCore
@_spi(Internal) import NNDatasets
@_spi(Text) import NNLayers
@_spi(Internal) import NNTraining

/// What `nn config new` finds out about the data by opening it and reading some of its images.
struct DataFacts {
    let task: PredictionTask
    let count: Int
    let classNames: [String]
    /// The number of training samples of each class; nil where labels are not one class of an image.
    let classCounts: [Int]?
    let hasValidation: Bool
    /// The smallest, the middle and the largest height and width.
    let heights: DataStatistics.Lengths
    let widths: DataStatistics.Lengths
    /// The mean and deviation of the channels.
    let normalization: Normalization

    /// As many as give a mean and a deviation to about a percent.
    private static let readCount = 400

    /// - Throws: `ConfigError` or `DatasetError` for data that cannot be opened, and `ImageError` where no image can be read.
    init(_ layout: DataLayout, _ registry: Registry) throws {
        let source = try registry.build(.dataset, Component(layout.dataset))
        task = source.task
        let train = try source.dataset(.train)
        count = train.count
        classNames = train.classNames
        hasValidation = (try? source.dataset(.validation)) != nil
        if task.labels == .classes, !task.isDense {
            var counts = [Int](repeating: 0, count: train.classNames.count)
            for index in 0..<train.count {
                for label in try train.labelCounts(at: index).keys where counts.indices.contains(label) {
                    counts[label] += 1
                }
            }
            classCounts = counts
        } else {
            classCounts = nil
        }
        let some = DatasetSubset(train, count: Self.readCount, key: RandomKey(seed: 0))
        let statistics = DataStatistics(.train, some)
        guard let measured = statistics.normalization else {
            _ = try some.sample(at: 0)
            throw CommandFailure(message: "no image of the data could be read")
        }
        (heights, widths, normalization) = (statistics.heights, statistics.widths, measured)
    }

    /// The sizes of images in words.
    var sizeText: String {
        let smallest = Size(height: heights.minimum, width: widths.minimum)
        let largest = Size(height: heights.maximum, width: widths.maximum)
        return smallest == largest ? "\(smallest)" : "\(smallest) to \(largest)"
    }

    /// The classes in words, with the number of images where that is known and not too long.
    var classText: String {
        if task.labels == .values {
            return "\(classNames.count) numbers: \(classNames.prefix(5).joined(separator: ", "))"
        }
        let shown = classNames.prefix(8).enumerated().map { index, name in
            classCounts.map { "\(name) \($0[index].grouped)" } ?? name
        }
        let others = classNames.count > shown.count ? ", ..." : ""
        return "\(classNames.count) classes (\(shown.joined(separator: ", "))\(others))"
    }

    /// How many times as many images the largest class has as the smallest.
    var imbalance: Double {
        guard let counts = classCounts, let least = counts.min(), let most = counts.max(), least > 0 else { return 1 }
        return Double(most) / Double(least)
    }
}
