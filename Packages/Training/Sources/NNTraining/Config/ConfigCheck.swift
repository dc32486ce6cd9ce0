import NNDatasets
import NNLayers
import NNWeights

/// Checks a configuration before any data is read, and reports all that is wrong with it together.
public struct ConfigCheck {
    private let registry: Registry

    public init(registry: Registry) { self.registry = registry }

    /// Checks every key, and every component's name and options. Whether they fit together shows
    /// ``Experiment/proveShapes()``.
    /// - Parameter node: a whole file, as ``ConfigLoader`` reads it.
    /// - Returns: The configuration with every option that the file leaves out, also those of components.
    /// - Throws: ``ConfigError`` with every problem that was found.
    public func resolve(_ node: ConfigNode) throws(ConfigError) -> ExperimentConfig {
        let (decoded, schemaProblems) = ConfigDecoder().decodeGathering(ExperimentConfig.self, from: node)
        guard var config = decoded else { throw ConfigError(schemaProblems) }
        var problems = schemaProblems

        func check<Environment, Product>(
            _ component: inout ConfigNode, _ kind: ComponentKind<Environment, Product>
        ) {
            // What stands for a key that could not be read would only be a second problem of that key.
            if schemaProblems.contains(where: { $0.covers(component.keyPath) }) { return }
            do {
                component = try registry.check(kind, component)
            } catch {
                problems += error.problems
            }
        }

        check(&config.model.backbone, .backbone)
        check(&config.model.head, .head)
        if !config.model.auxiliaryHead.isNull { check(&config.model.auxiliaryHead, .head) }
        do {
            config.model.weights = try WeightSource.resolved(config.model.weights)
        } catch {
            problems += error.problems
        }
        check(&config.data.dataset, .dataset)
        for index in config.data.trainTransforms.indices { check(&config.data.trainTransforms[index], .transform) }
        for index in config.data.batchTransforms.indices {
            check(&config.data.batchTransforms[index], .batchTransform)
        }
        for index in config.data.validationTransforms.indices {
            check(&config.data.validationTransforms[index], .transform)
        }
        for index in config.training.metrics.indices { check(&config.training.metrics[index], .metric) }
        for index in config.training.callbacks.indices { check(&config.training.callbacks[index], .callback) }
        check(&config.data.sampler, .sampler)
        check(&config.loss, .loss)
        check(&config.optimizer, .optimizer)
        check(&config.schedule, .schedule)
        if !problems.isEmpty { throw ConfigError(problems) }
        return config
    }
}

extension ConfigError.Problem {
    /// Whether the problem is that of this key or of one that it lies under.
    fileprivate func covers(_ path: String) -> Bool {
        keyPath.isEmpty || path == keyPath || path.hasPrefix("\(keyPath).")
    }
}
