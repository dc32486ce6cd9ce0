import NNLayers

/// Builds the networks that configurations describe.
///
/// Parameters have no values yet: initialize them, load a state dictionary, or only trace shapes.
public struct ModelBuilder {
    public let registry: Registry

    public init(_ registry: Registry) { self.registry = registry }

    /// Builds a backbone and the heads for its features.
    /// - Throws: `ConfigError` for unknown names, wrong options, and heads that do not fit the backbone or
    ///   each other.
    public func network(_ model: ModelConfig, classCount: Int) throws(ConfigError) -> Network {
        let backbone = try registry.build(.backbone, from: model.backbone)
        let environment = HeadEnvironment(
            features: backbone.features, classCount: classCount,
            backboneName: model.backbone.string ?? model.backbone["type"]?.string)
        let head = try registry.build(.head, from: model.head, environment)
        guard !model.auxiliaryHead.isNull else { return Network(backbone: backbone, head: head) }
        let auxiliaryHead = try registry.build(.head, from: model.auxiliaryHead, environment)
        guard auxiliaryHead.task == head.task else {
            throw ConfigError(
                "the auxiliary head is for \(auxiliaryHead.task.rawValue), the head for \(head.task.rawValue)",
                remedy: "use two heads for the same", at: model.auxiliaryHead)
        }
        return Network(backbone: backbone, head: head, auxiliaryHead: auxiliaryHead)
    }
}
