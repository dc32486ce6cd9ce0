import NNLayers
import NNWeights

/// Registers the components of this module: checkpoints as a format of weights.
public struct TrainingPlugin: Plugin {
    /// `training`
    public let name = "training"

    /// The plugin has no options.
    public init() {}

    /// Registers the checkpoint format.
    public func register(into registry: Registry) throws {
        try registry.register(.weightFormat, "checkpoint", summary: "checkpoints of runs, to predict with") {
            CheckpointFormat()
        }
    }
}
