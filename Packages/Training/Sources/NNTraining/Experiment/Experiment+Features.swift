import NNDatasets
import NNLayers

extension Experiment {
    /// The network's description with what the data set knows of it: a backbone whose option `channels` is open has
    /// as many as there are features.
    /// - Throws: `DatasetError`, or `ConfigError` for a backbone that cannot be built.
    public func model() throws -> ModelConfig {
        var model = config.model
        if let features = try dataset(.train).features {
            var backbone = try registry.check(.backbone, model.backbone)
            if backbone["channels"]?.isNull == true, var entries = backbone.entries {
                for index in entries.indices where entries[index].key == "channels" {
                    entries[index].value.content = .integer(features.shape[1])
                }
                backbone.content = .mapping(entries)
            }
            model.backbone = backbone
        }
        return model
    }

    /// Refuses a backbone for pictures where there are features, and the other way round.
    func checkInput(of network: Network) throws {
        let channels = network.backbone.inputChannels
        let features = try dataset(.train).features?.shape[1]
        // Of one channel is the luminance.
        guard features.map({ $0 != channels }) ?? ![1, 3].contains(channels) else { return }
        throw ConfigError(
            features.map { "the data set has \($0) features a sample, and the backbone takes \(channels) channels" }
                ?? "the data set has pictures of three channels, and the backbone takes \(channels)",
            remedy: features == nil
                ? "set in_channels to 3, or to 1 for luminance; a backbone for features needs the data set 'features'"
                : "use the backbone 'features', and leave its 'channels' out",
            at: config.model.backbone)
    }

    /// Refuses what can only be done to pictures.
    func checkPreparation() throws {
        guard try dataset(.train).features != nil else { return }
        let remedy = "leave it out; what was done to the pictures is in their features"
        if let transform = (config.data.trainTransforms + config.data.validationTransforms).first {
            throw ConfigError("the data set has features, which no transform can change", remedy: remedy, at: transform)
        }
        if config.data.normalize != nil {
            throw ConfigError(
                "the data set has features, which are not normalized", remedy: remedy, keyPath: "data.normalize")
        }
    }
}
