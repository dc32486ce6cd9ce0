import NNDatasets
import NNInference
@_spi(Text) import NNLayers
@_spi(Internal) import NNWeights

/// Validates a configuration before any data is read, and reports all problems together.
public struct ConfigCheck {
    private let registry: Registry

    /// A check against the components of a registry.
    public init(registry: Registry) { self.registry = registry }

    /// Checks every key, and the name and options of every component.
    ///
    /// ``Experiment/proveShapes(pretrained:)`` checks whether the components fit together.
    /// - Parameter node: A whole file, as ``ConfigLoader`` reads it.
    /// - Returns: The configuration with the defaults of all options that the file leaves out.
    /// - Throws: `ConfigError` with all problems.
    public func resolve(_ node: ConfigNode) throws(ConfigError) -> ExperimentConfig {
        let (decoded, schemaProblems) = ConfigDecoder().decodeGathering(ExperimentConfig.self, from: node)
        guard var config = decoded else { throw ConfigError(schemaProblems) }
        var problems = schemaProblems

        func check<Environment, Product>(
            _ component: inout Component<Environment, Product>, _ kind: ComponentKind<Environment, Product>
        ) {
            // The default of a key that could not be read would only be reported as a second problem of that key.
            if schemaProblems.contains(where: { $0.covers(component.node.keyPath) }) { return }
            do {
                component = try registry.resolve(kind, component)
            } catch {
                problems += error.problems
            }
        }

        let givenBackbone = config.model.backbone
        check(&config.model.backbone, .backbone)
        check(&config.model.head, .head)
        if var head = config.model.auxiliaryHead {
            check(&head, .head)
            config.model.auxiliaryHead = head
        }
        do {
            config.model.weights = try WeightSource.resolved(config.model.weights)
        } catch {
            problems += error.problems
        }
        check(&config.data.dataset, .dataset)
        // Without a data set, what depends on it is left for later.
        let reader = (try? registry.build(.dataset, config.data.dataset))?.imageReader
        if let reader, let backbone = try? ModelBuilder(registry).backbone(givenBackbone, of: reader) {
            config.model.backbone = backbone
        }
        for index in config.data.trainTransforms.indices { check(&config.data.trainTransforms[index], .transform) }
        for index in config.data.batchTransforms.indices {
            check(&config.data.batchTransforms[index], .batchTransform)
        }
        for index in config.data.validationTransforms.indices {
            check(&config.data.validationTransforms[index], .transform)
        }
        if let reader { problems += preparationProblems(config.data, reader) }
        for index in config.training.metrics.indices { check(&config.training.metrics[index], .metric) }
        for index in config.training.callbacks.indices { check(&config.training.callbacks[index], .callback) }
        do { _ = try config.training.observers(registry) } catch { problems += error.problems }
        check(&config.data.sampler, .sampler)
        if config.loss == nil, let task = try? ModelBuilder(registry).task(of: config.data) {
            config.loss = config.loss(for: task)
        }
        if let loss = config.loss, let task = try? ModelBuilder(registry).task(of: config.data) {
            config.loss = Component(loss.node.completed(by: task.defaultLoss))
        }
        if var loss = config.loss {
            check(&loss, .loss)
            config.loss = loss
        }
        check(&config.optimizer, .optimizer)
        check(&config.schedule, .schedule)
        if !problems.isEmpty { throw ConfigError(problems) }
        return config
    }
}

extension ConfigCheck {
    /// The transforms and the normalization that do not fit the channels of the images.
    private func preparationProblems(_ data: DataConfig, _ reader: ImageReader) -> [ConfigError.Problem] {
        var problems: [ConfigError.Problem] = []
        func gather(_ body: () throws(ConfigError) -> Void) {
            do {
                try body()
            } catch {
                problems += error.problems
            }
        }
        if let normalize = data.normalize { gather { () throws(ConfigError) in try normalize.check(reader) } }
        // What else a transform needs of the data set is checked with it.
        let environment = TransformEnvironment(task: .classification, ignoreIndex: 255)
        for component in data.trainTransforms + data.validationTransforms {
            guard let transform = try? registry.build(.transform, component, environment) else { continue }
            gather { () throws(ConfigError) in try transform.imageSupport.check(reader, of: component) }
        }
        return problems
    }
}

extension ConfigError.Problem {
    /// Whether the problem is about this key or one that contains it.
    fileprivate func covers(_ path: String) -> Bool {
        keyPath.isEmpty || path == keyPath || path.hasPrefix("\(keyPath).")
    }
}
