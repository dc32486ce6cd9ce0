import Foundation
import NNDatasets
import NNLayers
@_spi(Internal) import NNWeights

/// Builds the networks that configurations describe.
///
/// Their parameters have no values yet: initialize them, load a state dictionary, or only trace shapes.
public struct ModelBuilder {
    /// The available components.
    public let registry: Registry

    /// A builder with the components of a registry.
    public init(_ registry: Registry) { self.registry = registry }

    /// What the data set of a configuration is labelled for; no data is read for it.
    /// - Throws: `ConfigError` for an unknown name or wrong options of the data set.
    public func task(of data: DataConfig) throws(ConfigError) -> PredictionTask {
        try registry.build(.dataset, data.dataset).task
    }

    /// A backbone with its options, of which `in_channels` follows the images of a data set unless it is given.
    /// - Throws: `ConfigError` for an unknown name or wrong options.
    func backbone(
        _ given: Component<Void, any Backbone>, of reader: ImageReader
    ) throws(ConfigError) -> Component<Void, any Backbone> {
        let resolved = try registry.resolve(.backbone, given)
        guard reader.channels != 3, given.node["in_channels"] == nil, var entries = resolved.node.entries,
            let index = entries.firstIndex(where: { $0.key == "in_channels" })
        else { return resolved }
        entries[index].value.content = .integer(reader.channels)
        var node = resolved.node
        node.content = .mapping(entries)
        return try registry.resolve(.backbone, Component(node))
    }

    /// Builds a backbone, and one or two heads for its features.
    /// - Parameters:
    ///   - model: The configuration of the network.
    ///   - classCount: The number of classes or outputs.
    ///   - task: The task of heads that fit several, classification by default.
    /// - Throws: `ConfigError` for unknown names, wrong options, and heads that do not fit the backbone or
    ///   each other.
    public func network(
        _ model: ModelConfig, classCount: Int, task: PredictionTask = .classification
    ) throws(ConfigError) -> Network {
        let backbone = try registry.build(.backbone, model.backbone)
        let environment = HeadEnvironment(
            features: backbone.features, classCount: classCount, backboneName: model.backbone.name, task: task)
        let head = try registry.build(.head, model.head, environment)
        guard let component = model.auxiliaryHead else { return Network(backbone: backbone, head: head) }
        let auxiliaryHead = try registry.build(.head, component, environment)
        guard auxiliaryHead.task == head.task else {
            throw ConfigError(
                "the auxiliary head is for \(auxiliaryHead.task.rawValue), the head for \(head.task.rawValue)",
                remedy: "use two heads for the same task", at: component.node)
        }
        return Network(backbone: backbone, head: head, auxiliaryHead: auxiliaryHead)
    }
}

extension ModelBuilder {
    /// Builds the network of a configuration, for the task of its data set; no data is read for it.
    /// - Throws: `ConfigError` for unknown names, wrong options, and parts that do not fit each other.
    public func network(of config: ExperimentConfig, classCount: Int) throws(ConfigError) -> Network {
        try network(config.model, classCount: classCount, task: task(of: config.data))
    }

    /// Initializes a network, with pretrained weights if the configuration names any, and random weights by the seed
    /// for the rest.
    /// - Parameters:
    ///   - network: A network without values.
    ///   - config: The configuration of the network.
    ///   - classCount: The number of classes of the data set.
    ///   - pretrained: Whether pretrained weights are loaded, the default.
    /// - Returns: The result of each file of weights.
    /// - Throws: `ConfigError` at the place of weights that do not fit or cannot be read.
    @discardableResult
    public func initialize(
        _ network: Network, as config: ExperimentConfig, classCount: Int, pretrained: Bool = true
    ) throws(ConfigError) -> [WeightReport] {
        var results: [WeightReport] = []
        if pretrained {
            results = try forEachWeightSource(of: config.model) { source -> (WeightReport, WeightPlan) in
                let result = try load(source, into: network, as: config, classCount: classCount)
                return (result, result.plan)
            }
        }
        network.initialize(key: config.parameterKey, keepsValues: true)
        return results
    }

    /// Loads a file of weights, and notes where the configuration prepares images otherwise than for them.
    /// - Throws: As `WeightLoader` does.
    public func load(
        _ source: WeightSource, into network: Network, as config: ExperimentConfig, classCount: Int
    ) throws -> WeightReport {
        var report = try WeightLoader(registry).load(source, into: network, classCount: classCount)
        if let note = config.inputNote(for: report.plan, part: report.part, registry) { report.notes.append(note) }
        return report
    }

    /// Checks that pretrained weights fit a network, without reading their elements.
    /// - Returns: The plan and the part of the network of each file.
    /// - Throws: `ConfigError` at the place of weights that do not fit.
    @discardableResult
    func checkWeights(
        of model: ModelConfig, for network: Network, classCount: Int
    ) throws(ConfigError) -> [(plan: WeightPlan, part: String?)] {
        try forEachWeightSource(of: model) { source -> ((plan: WeightPlan, part: String?), WeightPlan) in
            let plan = try WeightLoader(registry).check(source, for: network, classCount: classCount)
            return ((plan, source.part), plan)
        }
    }

    private func forEachWeightSource<Result>(
        of model: ModelConfig, _ body: (WeightSource) throws -> (Result, WeightPlan)
    ) throws(ConfigError) -> [Result] {
        var results: [Result] = []
        var files: [String: String] = [:]
        for (source, node) in try WeightSource.sources(in: model.weights) {
            do {
                let (result, plan) = try body(source)
                results.append(result)
                for name in plan.assignments.map(\.name) {
                    guard let other = files.updateValue(source.file, forKey: name) else { continue }
                    throw WeightError(
                        file: URL(fileURLWithPath: source.file),
                        reason: "has '\(name)', which \(other) has too; select the part of each file with 'part'")
                }
            } catch let error as OptionError {
                throw ConfigError(error.message, place: node.place, keyPath: node.keyPath(of: error.option))
            } catch {
                throw ConfigError("\(error)", at: node)
            }
        }
        return results
    }
}

extension ExperimentConfig {
    /// What to write so that images are prepared as they were for published weights; nil if they are, or if the name map
    /// of the weights does not say.
    ///
    /// It is a note and not an error: weights with the names of a publication need not be the published ones.
    func inputNote(for plan: WeightPlan, part: String?, _ registry: Registry) -> String? {
        guard let input = plan.input, part.map({ $0 == "backbone" }) ?? true else { return nil }
        let (mean, deviation) = (data.normalize?.mean ?? [0, 0, 0], data.normalize?.standardDeviation ?? [1, 1, 1])
        func isClose(_ left: [Float], _ right: [Float]) -> Bool {
            left.count == right.count && zip(left, right).allSatisfy { abs($0 - $1) <= 0.05 * abs($1) }
        }
        let isBGR = data.validationTransforms.contains { $0.channelChanges(registry).contains(.exchangeRedAndBlue) }
        guard isBGR != input.isBGR || !isClose(mean, input.mean) || !isClose(deviation, input.standardDeviation)
        else { return nil }
        func list(_ values: [Float]) -> String { "[\(values.map { "\($0)" }.joined(separator: ", "))]" }
        return "published weights with these names expect images by data.normalize: {mean: \(list(input.mean)), "
            + "standard_deviation: \(list(input.standardDeviation))}"
            + (input.isBGR == isBGR
                ? "" : " and \(input.isBGR ? "with" : "without") to_bgr in train_transforms and validation_transforms")
            + ", which this configuration has not"
    }
}
