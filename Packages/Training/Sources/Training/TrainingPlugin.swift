import NNLayers

/// The components of this module: optimizers, schedules and metrics.
public struct TrainingPlugin: Plugin {
    public let name = "training"

    public init() {}

    public func register(into registry: Registry) throws {
        try registerOptimizers(into: registry)
        try registerSchedules(into: registry)
        try registerMetrics(into: registry)
    }
}
