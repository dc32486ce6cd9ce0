import NNLayers

/// When a checkpoint is due, and when training has had its time.
struct SaveClock {
    private let interval: TrainingInterval?
    private let deadline: ContinuousClock.Instant?
    private var lastSave = ContinuousClock.now

    /// A clock that starts now.
    init(_ options: TrainingOptions) {
        interval = options.saveInterval
        deadline = options.maximumTime.map { .now + .seconds($0.seconds) }
    }

    /// Whether training has had its time.
    var isTimeUp: Bool { deadline.map { ContinuousClock.now >= $0 } ?? false }

    /// Whether to save after a step.
    func isDue(after step: Int) -> Bool {
        switch interval {
        case .steps(let count): step.isMultiple(of: count)
        case .time(let time): ContinuousClock.now - lastSave >= .seconds(time.seconds)
        case .epochs, nil: false
        }
    }

    /// Whether to save after an epoch: each one, unless several may pass.
    func isDue(afterEpoch epoch: Int) -> Bool {
        if case .epochs(let count) = interval { epoch.isMultiple(of: count) } else { true }
    }

    /// Counts the time from here.
    mutating func didSave() { lastSave = .now }
}
