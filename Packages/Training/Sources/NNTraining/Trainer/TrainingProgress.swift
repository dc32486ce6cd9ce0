/// How far training has come, and with what success.
public struct TrainingProgress: Sendable, Codable, Hashable {
    /// How many epochs are complete.
    public var epoch = 0
    /// How many steps of the epoch that follows them are done.
    public var stepInEpoch = 0
    /// How many steps are done in all.
    public var step = 0
    /// The best of the scores that the run is judged by; nil before the first epoch is complete.
    public var best: BestTracker?
    /// What was measured at the end of the last complete epoch.
    public var scores: [MetricValue] = []

    public init() {}
}
