import NNLayers

/// The optimizers and schedules of this module.
public struct OptimizersPlugin: Plugin {
    public let name = "Optimizers"

    public init() {}

    public func register(into registry: Registry) throws {
        try registerOptimizers(into: registry)
        try registerSchedules(into: registry)
    }
}
