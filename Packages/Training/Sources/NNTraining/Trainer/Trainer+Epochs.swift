import NNDatasets
import NNInference
import NNLayers

extension Trainer {
    /// Evaluates the network after a step, records the scores, and saves checkpoints.
    ///
    /// An error on the way, such as that of an image which cannot be read, does not cost the steps since the last checkpoint:
    /// they are saved, and a resumed run begins with the evaluation.
    /// - Throws: `StopRequest` where training is to stop before the evaluation is complete.
    func evaluate(until interruption: Interruption) throws {
        try checkWeights()
        try shareEpoch()
        let before = (progress, schedule, earlyStopping, meter, description)
        do {
            try recordScores(until: interruption)
        } catch let error where !(error is StopRequest || error is TrainingError) {
            (progress, schedule, earlyStopping, meter, description) = before
            // That the checkpoint cannot be saved either is the smaller trouble.
            try? save(.last, alone: true)
            throw error
        }
    }

    private func recordScores(until interruption: Interruption) throws {
        let start = ContinuousClock.now
        var scores = meter.trainingScores.map { $0.on(.train) }
        if let validation {
            let found = try evaluate(validation, until: interruption)
            // Before a good checkpoint is overwritten.
            if let loss = found.loss, !loss.isFinite {
                throw divergenceOfValidation("the validation loss is \(loss)", validation)
            }
            scores += found.scores.map { $0.on(.validation) }
            description.thresholds = found.thresholds
        }
        let evaluationSeconds = (ContinuousClock.now - start) / .seconds(1)
        let epoch = (progress.step - 1) / stepsPerEpoch + 1
        let bestMetric = bestMetric(of: scores)
        let bestScore = scores.first { $0.name == bestMetric }
        let isBest = bestScore.map { judge($0, epoch: epoch) } ?? false
        let record = EpochRecord(
            epoch: epoch, stepInEpoch: (progress.step - 1) % stepsPerEpoch + 1, stepsInEpoch: stepsInEpoch(epoch),
            step: progress.step, learningRate: schedule.learningRate(at: progress.step - 1), scores: scores,
            isBest: isBest, trainingTime: timeSinceEvaluation, evaluationSeconds: evaluationSeconds)
        if let watched = scores.first(where: { $0.name == schedule.metric }), watched.isDefined {
            schedule.report(watched.value, mode: watched.mode)
        }
        progress.scores = scores
        (progress.evaluatedStep, progress.evaluatedEpoch) = (progress.step, epoch)
        meter.reset()
        ranks?.hasSharedMeter = false
        timeSinceEvaluation = StepTime()
        clock.didEvaluate()
        if isBest { try save(.best) }
        for callback in callbacks { try callback.didFinishEpoch(record, of: self) }
        // Last, since whatever follows this checkpoint would be lost if the process ended here. An evaluation that is
        // repeated gives the same result again.
        if isAtEnd || clock.isSaveDue(after: progress) { try save(.last) }
        // What labels leave undefined in one evaluation they do in all; a single score may be defined later.
        guard let bestScore, scores.contains(where: { $0.split == bestScore.split && $0.isDefined }) else {
            throw TrainingError(
                "'\(bestMetric)' could not be measured in epoch \(epoch), but only: "
                    + scores.filter(\.isDefined).map(\.name).joined(separator: ", "),
                remedy: "check with 'nn data stats' whether any label counts, or name another 'training.best_metric'")
        }
    }

    /// Evaluates the network, with averaged weights if an average is kept.
    private func evaluate(_ loader: DataLoader, until interruption: Interruption) throws -> EvaluationResult {
        let evaluator = Evaluator(
            network, loss: loss, metrics: meter.metrics, precision: options.precision, task: task)
        func evaluate() throws -> EvaluationResult {
            try withAveragedWeights {
                if let ranks {
                    return try evaluateShared(evaluator, loader, with: ranks, until: interruption)
                }
                return try evaluator.evaluate(loader) { _ in
                    if let stop = stopRequest(interruption) { throw stop }
                }
            }
        }
        guard let recovery else { return try evaluate() }
        return try recovery.keeping(makeCheckpoint(), evaluate)
    }

    /// Calls `body` while the network has the averaged weights, if an average is kept.
    public func withAveragedWeights<Result>(_ body: () throws -> Result) rethrows -> Result {
        if let average { try average.withAveragedWeights(body) } else { try body() }
    }

    /// Reports the score that selects the best checkpoint, also to early stopping; returns whether it is the best so far.
    /// An undefined score is neither better nor worse.
    private func judge(_ score: MetricValue, epoch: Int) -> Bool {
        forgetBest(unlessBy: score.name)
        var tracker = progress.best ?? BestTracker(metric: score.name, mode: score.mode)
        let isBest = tracker.report(score.value, epoch: epoch)
        progress.best = tracker
        if earlyStopping == nil { earlyStopping = makeEarlyStopping(for: tracker) }
        if score.isDefined { earlyStopping?.report(score.value, epoch: epoch) }
        return isBest
    }

    /// Early stopping by the score that selects the best checkpoint; nil if it is not configured.
    func makeEarlyStopping(for tracker: BestTracker) -> EarlyStopping? {
        options.earlyStopping.map {
            EarlyStopping(
                metric: tracker.metric, mode: tracker.mode, patience: $0.patience, minimumChange: $0.minimumChange)
        }
    }
}
