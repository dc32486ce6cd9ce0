import Foundation
import NNLayers

/// Precomputed features used instead of images, from a file that `nn features` made, to train a head on.
///
/// ```swift
/// let train = try FeatureSet(path: "features.safetensors")
/// train.features  // [N, C]
/// ```
public struct FeatureSet: Dataset {
    public let classNames: [String]
    public let features: Tensor?
    public let labelKind: LabelKind
    private let targets: [Target]
    private let names: [String]
    private let path: String

    /// - Parameters:
    ///   - path: The file, which holds all splits.
    ///   - split: The split to open.
    ///   - task: The task of the images that the features were made of.
    /// - Throws: ``DatasetError`` for a file that is missing, damaged, lacks the split or has labels of another kind.
    public init(path: String, split: Split = .train, task: PredictionTask = .classification) throws(DatasetError) {
        requireOptions("FeatureSet") {
            try Self.check(path: path)
            try Self.check(task)
        }
        let url = URL(configured: path, isDirectory: false)
        let file = try FeatureFile(contentsOf: url)
        guard let part = file.splits[split] else {
            let present = Split.allCases.filter { file.splits[$0] != nil }.map(\.rawValue).joined(separator: ", ")
            throw DatasetError(
                place: url.path, reason: "it has no features of the split '\(split.rawValue)', but of: \(present)",
                remedy: "Make them with 'nn features' of data that has this split")
        }
        let fileTask = file.description.task ?? PredictionTask.classification.rawValue
        guard fileTask == task.rawValue, part.labels.dataType == task.labels.dataType else {
            throw DatasetError(
                place: url.path, reason: "its labels are for \(fileTask), not for \(task.rawValue)",
                remedy: "Set 'task' of the data set 'features' to that of the images")
        }
        classNames = file.description.classNames
        features = part.features
        labelKind = task.labels
        targets = part.targets
        names = part.names
        self.path = url.path
    }

    fileprivate static func check(path: String) throws(OptionError) {
        if path.isEmpty { throw OptionError("path", "must name the file that 'nn features' made") }
    }

    fileprivate static func check(_ task: PredictionTask) throws(OptionError) {
        if task.isDense {
            throw OptionError("task", "must be that of whole images, and \(task.rawValue) has labels for each pixel")
        }
    }

    public var count: Int { targets.count }

    public func target(at index: Int) -> Target { targets[index] }

    public func labelCounts(at index: Int) -> [Int: Int] {
        switch targets[index] {
        case .label(let label): [label: 1]
        case .values(let values) where labelKind == .flags: values.flagCounts
        case .values, .mask: [:]
        }
    }

    /// Throws, as there are no images.
    public func sample(at index: Int) throws -> Sample {
        throw DatasetError(
            place: path, reason: "it holds features, and no image of '\(names[index])'",
            remedy: "Use the configuration of the images that the features were made from")
    }
}

extension FeatureSet {
    /// Options of ``FeatureSet``.
    struct Options: BuildableOptions {
        /// The file, which holds all splits.
        var path = ""
        /// The task of the images that the features were made of, which may be one that a plugin registers.
        var task: Component<Void, PredictionTask> = "classification"

        init() {}

        func validate() throws { try FeatureSet.check(path: path) }

        mutating func resolveComponents(in registry: Registry) throws { _ = try task(in: registry) }

        func build(_: Void, in registry: Registry) throws -> any DatasetSource {
            Source(path: path, task: try task(in: registry))
        }

        private func task(in registry: Registry) throws -> PredictionTask {
            let task = try registry.build(.task, task)
            try FeatureSet.check(task)
            return task
        }
    }

    /// The splits of a configuration.
    private struct Source: DatasetSource {
        let path: String
        let task: PredictionTask

        func dataset(_ split: Split) throws -> any Dataset {
            try FeatureSet(path: path, split: split, task: task)
        }
    }
}
