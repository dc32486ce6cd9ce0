import NNLayers
import NNWeights

/// The components of this module: metrics and checkpoints.
public struct TrainingPlugin: Plugin {
    public let name = "training"

    public init() {}

    public func register(into registry: Registry) throws {
        try registerMetrics(into: registry)
        try registry.register(.weightFormat, "checkpoint", summary: "checkpoints of runs, to predict with") {
            CheckpointFormat()
        }
    }
}
