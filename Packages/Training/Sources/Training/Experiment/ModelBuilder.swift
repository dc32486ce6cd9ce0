import NNLayers

/// Builds the networks that configurations describe.
///
/// Parameters have no values yet: initialize them, load a state dictionary, or only trace shapes.
public struct ModelBuilder {
    public let registry: Registry

    public init(_ registry: Registry) { self.registry = registry }

    /// Builds a backbone and the head for its features.
    /// - Throws: `ConfigError` for unknown names, wrong options, and a head that does not fit the backbone.
    public func network(_ model: ModelConfig, classCount: Int) throws(ConfigError) -> Network {
        let backbone = try registry.build(.backbone, from: model.backbone)
        let environment = HeadEnvironment(
            features: backbone.features, classCount: classCount,
            backboneName: model.backbone.string ?? model.backbone["type"]?.string)
        return Network(backbone: backbone, head: try registry.build(.head, from: model.head, environment))
    }
}
