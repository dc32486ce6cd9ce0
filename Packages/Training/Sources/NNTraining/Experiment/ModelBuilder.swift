import Foundation
import NNLayers
import NNWeights

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
                var result = try WeightLoader(registry).load(source, into: network, classCount: classCount)
                result.notes += config.inputNote(for: result).map { [$0] } ?? []
                return (result, result.plan)
            }
        }
        network.initialize(key: config.parameterKey, keepsValues: true)
        return results
    }

    /// Checks that pretrained weights fit a network, without reading their elements.
    /// - Throws: `ConfigError` at the place of weights that do not fit.
    func checkWeights(of model: ModelConfig, for network: Network, classCount: Int) throws(ConfigError) {
        _ = try forEachWeightSource(of: model) { source -> (Void, WeightPlan) in
            ((), try WeightLoader(registry).check(source, for: network, classCount: classCount))
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
