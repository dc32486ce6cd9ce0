import NNLayers

/// The heads of this module.
public struct HeadsPlugin: Plugin {
    public let name = "Heads"

    public init() {}

    public func register(into registry: Registry) throws {
        try registry.register(
            .head, "classifier", summary: "global average pool, dropout, dense", options: ClassifierOptions.self
        ) { options, environment in
            guard let feature = environment.features.last else {
                throw OptionError("type", "head 'classifier' needs a feature; the backbone offers none")
            }
            return Classifier(
                inputChannels: feature.channels, classCount: environment.classCount, dropout: options.dropout)
        }
    }
}
