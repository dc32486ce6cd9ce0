import Foundation
import NNLayers

/// Features in the place of pictures, as `nn features` keeps them in a file, to train a head on.
public struct FeatureSet: DatasetSource {
    /// What a configuration may say.
    public struct Options: ComponentOptions {
        /// The file, which holds all splits.
        public var path = ""

        public init() {}

        public func validate() throws {
            if path.isEmpty { throw OptionError("path", "must name the file that 'nn features' made") }
        }
    }

    public let task = PredictionTask.classification
    private let options: Options

    public init(_ options: Options) { self.options = options }

    public func dataset(_ split: Split) throws -> any Dataset {
        let url = URL(configured: options.path, isDirectory: false)
        let file = try FeatureFile(contentsOf: url)
        guard let part = file.splits[split] else {
            let present = Split.allCases.filter { file.splits[$0] != nil }.map(\.rawValue).joined(separator: ", ")
            throw DatasetError(
                place: url.path, reason: "it has no features of the split '\(split.rawValue)', but of: \(present)",
                remedy: "Make them with 'nn features' of data that has this split")
        }
        return FeatureDataset(part, classNames: file.description.classNames, path: url.path)
    }
}

/// The features of one split.
struct FeatureDataset: Dataset {
    let classNames: [String]
    let features: Tensor?
    private let labels: [Int]
    private let names: [String]
    private let path: String

    init(_ part: FeatureFile.SplitFeatures, classNames: [String], path: String) {
        self.classNames = classNames
        features = part.features
        labels = part.labels.withScalars(as: Int32.self) { $0.map(Int.init) }
        names = part.names
        self.path = path
    }

    var count: Int { labels.count }

    func labelCounts(at index: Int) -> [Int: Int] { [labels[index]: 1] }

    func sample(at index: Int) throws -> Sample {
        throw DatasetError(
            place: path, reason: "it holds features, and no picture of '\(names[index])'",
            remedy: "Use the configuration of the pictures that the features were made of")
    }
}
