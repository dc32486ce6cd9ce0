import Foundation
import NNDatasets
import NNLayers
import NNOptimizers
@_spi(Internal) import NNWeights

/// Something in a configuration that can be trained, but is probably not as intended.
@_spi(Internal) public struct ConfigWarning: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The key that it is about, such as `schedule.warmup_epochs`.
    public let keyPath: String
    /// What is probably wrong.
    public let message: String
    /// What to write instead.
    public let remedy: String

    /// A warning about a key.
    public init(_ keyPath: String, _ message: String, remedy: String) {
        self.keyPath = keyPath
        self.message = message
        self.remedy = remedy
    }

    /// `key: message; remedy`
    public var description: String { "\(keyPath): \(message); \(remedy)" }
}

extension Experiment {
    /// What is probably not as intended: values that the length of training, the data or the network contradict, training
    /// and validation images that are prepared differently, and samples that are in no batch.
    ///
    /// ``proveShapes(pretrained:)`` refuses what cannot be trained.
    /// - Parameters:
    ///   - pretrained: Whether the pretrained weights that the configuration names count, the default.
    ///   - readsLabels: Whether masks may be read for a sampler that draws by class; false by default.
    /// - Throws: `ConfigError` for a component that does not fit, or `DatasetError`.
    @_spi(Internal) public func warnings(pretrained: Bool = true, readsLabels: Bool = false) throws -> [ConfigWarning] {
        let facts = try TrainingFacts(self)
        var found = scheduleWarnings(facts) + trainingWarnings(facts) + normalizationWarnings()
        found += try lossAndMetricWarnings(facts)
        found += try preparationWarnings()
        found += try leftOutSamples(readsLabels: readsLabels)?.warnings ?? []
        if pretrained { found += try inputWarnings() }
        return found
    }

    /// Pretrained weights that were trained on images that were prepared in another way.
    private func inputWarnings() throws -> [ConfigWarning] {
        if config.model.weights.isNull { return [] }
        let plans = try ModelBuilder(registry).checkWeights(
            of: config.model, for: buildNetwork(), classCount: dataset(.train).classNames.count)
        let published = plans.compactMap { plan in
            config.inputNote(for: plan.plan, part: plan.part, registry)
                .map {
                    ConfigWarning("data.normalize", $0, remedy: "set it as stated if these are the published weights")
                }
        }
        return published + (try WeightSource.sources(in: config.model.weights).flatMap { try checkpointWarnings($0.0) })
    }

    /// What a checkpoint of another run records of its data, against the data of this one.
    private func checkpointWarnings(_ source: WeightSource) throws -> [ConfigWarning] {
        guard let trained = Checkpoint.information(of: URL(fileURLWithPath: source.file))?.data else { return [] }
        var found: [ConfigWarning] = []
        if trained.featureCount == nil, source.part ?? "backbone" == "backbone", trained.normalization != normalization,
            try dataset(.train).features == nil
        {
            found.append(
                ConfigWarning(
                    "data.normalize",
                    "the weights in \(source.file) were trained on images that were prepared otherwise",
                    remedy: "set it to {mean: \(trained.normalization.mean), standard_deviation: "
                        + "\(trained.normalization.standardDeviation)}"))
        }
        if source.part ?? "backbone" == "backbone" { found += colorWarnings(source) }
        let names = try dataset(.train).classNames
        if source.part ?? "head" == "head", !source.except.contains(where: { $0.hasPrefix("head") }),
            trained.classNames.count == names.count,
            let index = names.indices.first(where: { names[$0] != trained.classNames[$0] })
        {
            found.append(
                ConfigWarning(
                    "model.weights",
                    "the head in \(source.file) was trained for other classes: class \(index) is "
                        + "'\(trained.classNames[index])' there and '\(names[index])' in the data",
                    remedy: "load only the backbone by 'part: backbone', unless the names mean the same"))
        }
        return found
    }
}

extension Experiment {
    /// Transforms of colours that the run of a checkpoint notes for validation and this configuration lacks, or the reverse.
    private func colorWarnings(_ source: WeightSource) -> [ConfigWarning] {
        let folder = URL(fileURLWithPath: source.file).deletingLastPathComponent()
        guard let run = try? RunDirectory(existing: folder), let texts = try? run.data()?.transforms else { return [] }
        let noted = texts.flatMap { text -> [ImagePreparation] in
            guard let node = try? YAMLReader.read(text, source: run.dataFile.path) else { return [] }
            return Component<TransformEnvironment, any Transform>(node).channelChanges(registry)
        }
        let own = config.data.validationTransforms.flatMap { $0.channelChanges(registry) }
        return Set(noted).symmetricDifference(own).sorted { $0.name < $1.name }.map { step in
            let isMissing = noted.contains(step)
            return ConfigWarning(
                "data.validation_transforms",
                "the weights in \(source.file) were trained on images \(isMissing ? "with" : "without") '\(step.name)'",
                remedy: isMissing ? "add it to the transforms of both splits" : "leave it out of both splits")
        }
    }
}

extension Component<TransformEnvironment, any Transform> {
    /// What the transform does to the channels of every image; nothing where it cannot be made or does not say.
    func channelChanges(_ registry: Registry) -> [ImagePreparation] {
        let environment = TransformEnvironment(task: .classification, ignoreIndex: 255)
        let transform = try? registry.build(.transform, self, environment)
        return (transform?.preparation ?? []).filter(\.changesChannels)
    }
}

/// What the numbers of a configuration are checked against.
struct TrainingFacts {
    let epochs: Int
    /// The number of validations; nil where it depends on the time.
    let validations: Int?
    let stepCount: Int
    /// The number of batches of an epoch.
    let batchCount: Int
    let batchSize: Int
    let stepsPerEpoch: Int
    let sampleCount: Int
    let classCount: Int
    let schedule: any Schedule
    /// The learning rate of the optimizer.
    let baseLearningRate: Double
    /// The largest learning rate of training.
    let peak: Double

    private static let sampledSteps = 4096

    init(_ experiment: Experiment) throws {
        let config = experiment.config
        let data = try experiment.dataset(.train)
        (sampleCount, classCount) = (data.count, data.classNames.count)
        batchSize = max(min(config.data.batchSize, data.count), 1)
        batchCount = max(data.count / batchSize, 1)
        let options = TrainingOptions(config)
        stepsPerEpoch = options.stepsPerEpoch(batchCount: batchCount)
        epochs = options.epochCount(stepsPerEpoch: stepsPerEpoch)
        stepCount = options.stepCount(stepsPerEpoch: stepsPerEpoch)
        validations =
            switch options.validationInterval {
            case .steps(let count): max(stepCount / count, 1)
            case .epochs(let count): max(epochs / count, 1)
            case .time: nil
            case nil: epochs
            }
        let optimizer = try experiment.makeOptimizer(for: experiment.buildNetwork())
        let schedule = try experiment.makeSchedule(for: optimizer, batchCount: batchCount)
        self.schedule = schedule
        baseLearningRate = optimizer.baseLearningRate
        let count = stepCount
        let stride = max(count / Self.sampledSteps, 1)
        peak = Swift.stride(from: 0, to: count, by: stride).map { schedule.learningRate(at: $0) }.max() ?? 0
    }
}
