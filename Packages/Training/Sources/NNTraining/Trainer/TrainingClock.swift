import NNLayers

/// When an evaluation and a checkpoint are due, and when training has had its time.
struct TrainingClock {
    private let options: TrainingOptions
    private let deadline: ContinuousClock.Instant?
    private var lastEvaluation = ContinuousClock.now
    private var lastSave = ContinuousClock.now

    /// A clock that starts now.
    init(_ options: TrainingOptions) {
        self.options = options
        deadline = options.maximumTime.map { .now + .seconds($0.seconds) }
    }

    /// Whether training has had its time.
    var isTimeUp: Bool { deadline.map { ContinuousClock.now >= $0 } ?? false }

    /// Whether to evaluate after the last step, unless that was done.
    func isEvaluationDue(after progress: TrainingProgress) -> Bool {
        guard progress.step > progress.evaluatedStep else { return false }
        return isDue(options.validationInterval ?? .epochs(1), after: progress, since: lastEvaluation)
    }

    /// Whether to save after the last step, and its evaluation if there was one. Each evaluation is saved, unless several
    /// epochs may pass.
    func isSaveDue(after progress: TrainingProgress) -> Bool {
        let isDue = isDue(options.saveInterval ?? .epochs(1), after: progress, since: lastSave)
        if case .epochs = options.saveInterval { return isDue }
        return isDue || progress.step == progress.evaluatedStep
    }

    private func isDue(
        _ interval: TrainingInterval, after progress: TrainingProgress, since last: ContinuousClock.Instant
    ) -> Bool {
        switch interval {
        case .steps(let count): progress.step.isMultiple(of: count)
        case .epochs(let count): progress.stepInEpoch == 0 && progress.epoch.isMultiple(of: count)
        case .time(let time): ContinuousClock.now - last >= .seconds(time.seconds)
        }
    }

    /// Counts the time to the next evaluation from here.
    mutating func didEvaluate() { lastEvaluation = .now }

    /// Counts the time to the next checkpoint from here.
    mutating func didSave() { lastSave = .now }
}
