import Foundation
@_spi(Internal) import NNDatasets
import NNInference
import NNLayers

/// A trained run that is used again: its configuration, with changes, and one of its checkpoints.
///
/// ``check(_:split:for:)`` is the one guard of all commands that use a run: what they are about to do is
/// compared with how the network was trained.
@_spi(Internal) public struct TrainedRun {
    /// The folder of the run.
    public let directory: RunDirectory
    /// The configuration that the run is used with.
    public let config: ExperimentConfig
    /// The checkpoint with the network.
    public let checkpoint: Checkpoint
    /// The note of the run's data; nil for a run of a version that did not write it.
    public let data: RunData?

    /// What a run is used for.
    public enum Use: Sendable, CaseIterable {
        /// Scores on a data set.
        case evaluation
        /// More epochs.
        case training
        /// Predictions for images, by the network alone.
        case prediction
        /// Features of a data set, whose classes may be others.
        case features
        /// Showing samples as the network sees them.
        case view
    }

    /// Something that differs from training.
    public struct Difference: Sendable, Hashable, CustomStringConvertible {
        /// What differs, such as `normalization`.
        public let guardName: String
        /// Both values.
        public let message: String
        /// What to do about it.
        public let remedy: String
        /// Whether the result would be meaningless, and not only another one.
        public let isError: Bool

        /// `message; remedy`
        public var description: String { "\(message); \(remedy)" }
    }

    /// Opens a run.
    /// - Parameters:
    ///   - directory: The folder of the run.
    ///   - name: The checkpoint.
    ///   - config: The configuration that the run is used with.
    ///   - isForTraining: Whether the state of training is loaded as well, the default.
    /// - Throws: ``CheckpointError`` for an unusable checkpoint, or ``RunError``.
    public init(
        _ directory: RunDirectory, _ name: RunDirectory.CheckpointName = .best, config: ExperimentConfig,
        isForTraining: Bool = true
    ) throws {
        if isForTraining, let refusal = directory.quantization?.refusal {
            throw CheckpointError(file: directory.url, reason: refusal.reason, remedy: refusal.remedy)
        }
        if !directory.has(name) {
            let other = RunDirectory.CheckpointName.allCases.first(where: directory.has)
            throw CheckpointError(
                file: directory.url, reason: "the run has no \(name.rawValue) checkpoint",
                remedy: other.map { "name the \($0.rawValue) one, by --checkpoint \($0.rawValue)" }
                    ?? "train it, or name another run")
        }
        try self.init(
            directory, Checkpoint(contentsOf: directory.url(of: name), isForTraining: isForTraining), config: config)
    }

    /// Opens a run with one of its checkpoints.
    private init(_ directory: RunDirectory, _ checkpoint: Checkpoint, config: ExperimentConfig) throws {
        self.directory = directory
        self.config = config
        self.checkpoint = checkpoint
        data = try directory.data()
    }

    /// Opens a run to train it further, from the newest checkpoint that is complete.
    /// - Parameter report: Takes what is wrong with newer checkpoints.
    /// - Throws: ``CheckpointError`` where no checkpoint is complete, or ``RunError``.
    public init(
        newestOf directory: RunDirectory, config: ExperimentConfig, report: (CheckpointError) -> Void
    ) throws {
        let (checkpoint, damaged) = try directory.newestGoodCheckpoint()
        damaged.forEach(report)
        try self.init(directory, checkpoint, config: config)
    }

    /// Checks what the run is used for against its training.
    /// - Parameters:
    ///   - experiment: The data; nil, the default, if none is opened.
    ///   - split: The split that is used.
    ///   - use: What the run is used for.
    /// - Returns: The differences that give other results than training would.
    /// - Throws: ``CheckpointError`` for a difference with which results would be meaningless, and errors of opening
    ///   the data.
    public func check(
        _ experiment: Experiment? = nil, split: Split = .validation, for use: Use
    ) throws -> [Difference] {
        let found = try differences(from: experiment, split: split, for: use)
        if let error = found.first(where: \.isError) { throw checkpoint.failure(error.message, remedy: error.remedy) }
        return found
    }

    /// All differences from training.
    func differences(from experiment: Experiment?, split: Split, for use: Use) throws -> [Difference] {
        let facts = Facts(
            run: self, dataset: try experiment?.dataset(use == .training ? .train : split, keepsSamples: false),
            split: use == .training ? .train : split, use: use)
        return try Self.guards.compactMap { name, check in
            try check(facts).map {
                Difference(guardName: name, message: $0.message, remedy: $0.remedy, isError: $0.isError)
            }
        }
    }
}

extension TrainedRun {
    /// What the guards compare.
    private struct Facts {
        let run: TrainedRun
        /// The data that is used; nil if none is.
        let dataset: (any Dataset)?
        let split: Split
        let use: Use

        var config: ExperimentConfig { run.config }
        var trained: DataDescription { run.checkpoint.information.data }
        /// Whether the images of this run are new to it, so that another data set is no surprise.
        var isOtherData: Bool { use == .features }
    }

    private typealias Finding = (message: String, remedy: String, isError: Bool)

    /// The guards, each for one thing that must not change between training and use.
    private static var guards: [(name: String, check: (Facts) throws -> Finding?)] {
        [
            ("input", input), ("classes", classes), ("normalization", normalization), ("transforms", transforms),
            ("options", options), ("palette", palette), ("data", content), ("loss", loss),
        ]
    }

    /// Images or a number of features.
    private static func input(_ facts: Facts) -> Finding? {
        guard let dataset = facts.dataset, facts.use != .features else { return nil }
        let (trained, found) = (facts.trained.featureCount, dataset.features?.shape[1])
        func text(_ count: Int?) -> String { count.map { "\($0) features" } ?? "images" }
        guard trained != found else { return nil }
        return (
            "it was trained on \(text(trained)), and the data has \(text(found))",
            "use it with the kind of data of its training", true
        )
    }

    private static func classes(_ facts: Facts) -> Finding? {
        guard let names = facts.dataset?.classNames, !facts.isOtherData else { return nil }
        do {
            try facts.run.checkpoint.checkClasses(names)
            return nil
        } catch {
            let remedy =
                facts.use == .training
                ? "resume with the classes of the run, or start a new run with 'model.weights' to train on others"
                : error.remedy
            return (error.reason, remedy, true)
        }
    }

    private static func normalization(_ facts: Facts) -> Finding? {
        let trained = facts.trained.normalization
        let found = facts.config.data.normalize ?? Normalization(channels: trained.channels)
        guard trained != found, facts.trained.featureCount == nil else { return nil }
        func text(_ value: Normalization) -> String {
            "{mean: \(value.mean), standard_deviation: \(value.standardDeviation)}"
        }
        return (
            "it was trained with data.normalize \(text(trained)), and the configuration has \(text(found))",
            "set it to that of training", false
        )
    }

    private static func transforms(_ facts: Facts) -> Finding? {
        let found = facts.config.data.validationTransforms.map(\.node.flowText)
        guard let trained = facts.run.data?.transforms, trained != found else { return nil }
        func text(_ list: [String]) -> String { "[\(list.joined(separator: ", "))]" }
        return (
            "it was validated with data.validation_transforms \(text(trained)), and the configuration has \(text(found))",
            "set them to those of training", false
        )
    }

    /// Options of the data set other than paths and names: its channels, its orientation and the like, by which images that
    /// are predicted are read too.
    private static func options(_ facts: Facts) -> Finding? {
        guard !facts.isOtherData, let text = facts.run.data?.dataset,
            let saved = try? YAMLReader.read(text, source: facts.run.directory.dataFile.path)
                .withDecodingOfOldDataset(),
            let trained = saved.entries, let found = facts.config.data.dataset.node.entries,
            saved["type"] == facts.config.data.dataset.node["type"]
        else { return nil }
        let options = trained.filter { entry in
            (!entry.value.isText || choices.contains(entry.key))
                && found.first { $0.key == entry.key }.map { $0.value.flowText != entry.value.flowText } ?? false
        }
        guard let first = options.first, let other = found.first(where: { $0.key == first.key }) else { return nil }
        return (
            "it was trained with data.dataset.\(first.key) \(first.value.flowText), and the configuration has "
                + other.value.flowText, "set it to that of training", false
        )
    }

    /// The options with a choice among words. Other texts are paths, names of folders and patterns, which the data itself
    /// answers for.
    private static let choices: Set<String> = ["orientation", "decoding", "labels", "task"]

    private static func palette(_ facts: Facts) -> Finding? {
        guard let colors = facts.trained.classColors, let found = facts.dataset?.classColors, !facts.isOtherData,
            facts.dataset?.classNames == facts.trained.classNames, colors != found,
            let index = zip(colors, found).enumerated().first(where: { $0.element.0 != $0.element.1 })?.offset
        else { return nil }
        return (
            "the class '\(facts.trained.className(index))' had the colour \(colors[index].code) in training and has "
                + found[index].code, "use the class list of its training", false
        )
    }

    /// The loss that evaluation prints. Training goes on with another one where that is meant, and says so.
    private static func loss(_ facts: Facts) -> Finding? {
        guard facts.use == .evaluation, let trained = (try? facts.run.directory.config())?.loss?.node,
            let found = facts.config.loss?.node, !found.differences(from: trained).isEmpty
        else { return nil }
        return (
            "it was trained with the loss \(trained.flowText), and the configuration has \(found.flowText), so that the "
                + "losses of both cannot be compared", "leave it out for the loss of training", false
        )
    }

    /// The files, wherever they are.
    private static func content(_ facts: Facts) throws -> Finding? {
        guard let dataset = facts.dataset, facts.use != .features, let record = facts.run.data,
            let trained = record.fingerprints[facts.split.rawValue],
            try DataFingerprint(contentOf: dataset).text != trained
        else { return nil }
        let place = facts.config.data.dataset.node["path"]?.string ?? facts.config.data.dataset.node.flowText
        return (
            "the \(facts.split.rawValue) samples in \(place) are not those that it was trained on, or have changed since",
            facts.use == .training
                ? "resume with the data of the run, in \(record.folder), unless the change is meant"
                : "scores are those of other data than in training, in \(record.folder), unless the change is meant",
            false
        )
    }
}

extension ConfigNode {
    fileprivate var isText: Bool { string != nil }
}

@_spi(Internal) extension TrainedRun {
    /// The size of transformed validation images: as noted in training, or the one that the transforms always give.
    /// - Returns: Nil if it can be found from the data only.
    @_spi(Internal) public func imageSize(_ registry: Registry) throws -> Size? {
        let transforms = config.data.validationTransforms
        if let data, let size = data.imageSize, size.count == 2, data.transforms == transforms.map(\.node.flowText) {
            return Size(height: size[0], width: size[1])
        }
        let source = try registry.build(.dataset, config.data.dataset)
        let environment = TransformEnvironment(task: source.task, ignoreIndex: 255)
        let built = try transforms.map { try registry.build(.transform, $0, environment) }
        return built.fixedSize
    }
}

extension [any Transform] {
    /// The size that images of any size get; nil if it depends on theirs.
    fileprivate var fixedSize: Size? {
        let sizes = [Size(height: 4096, width: 4096), Size(height: 3000, width: 5000)].map { size in
            try? self.sizes(of: size, name: "")
        }
        guard let first = sizes[0], first.isFixed, sizes[1] == first else { return nil }
        return first.smallest
    }
}
