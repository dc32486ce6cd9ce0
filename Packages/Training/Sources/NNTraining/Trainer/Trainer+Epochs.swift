import NNDatasets
import NNLayers

extension Trainer {
    /// Evaluates the network after the last step of an epoch, draws the consequences, and saves.
    /// - Throws: `StopRequest` where training is to end before the evaluation is complete.
    func finishEpoch(time: StepTime, until interruption: Interruption) throws {
        try checkWeights()
        let start = ContinuousClock.now
        var scores = meter.values.map { $0.prefixed(.training) }
        if let validation {
            let found = try evaluate(validation, until: interruption)
            // Before anything is saved over a checkpoint that is good.
            if let loss = found.loss, !loss.isFinite {
                throw divergence("the validation loss is \(loss)")
            }
            scores += found.scores.map { $0.prefixed(.validation) }
        }
        let evaluationSeconds = start.secondsToNow
        let bestMetric = bestMetric(of: scores)
        let bestScore = scores.first { $0.name == bestMetric }
        let isBest = bestScore.map(judge) ?? false
        let record = EpochRecord(
            epoch: progress.epoch + 1, step: progress.step,
            learningRate: schedule.learningRate(at: progress.step - 1), scores: scores, isBest: isBest,
            trainingTime: time, evaluationSeconds: evaluationSeconds)
        if let watched = schedule.metric, let value = record[watched] { schedule.report(value) }
        progress.scores = scores
        progress.epoch += 1
        progress.stepInEpoch = 0
        meter.reset()
        if isBest { try save(.best) }
        for callback in callbacks { try callback.didFinishEpoch(record, of: self) }
        // At the end, since what is done after this checkpoint would be lost if the process ended here: an epoch
        // that is repeated gives the same once more.
        try save(.last)
        guard bestScore != nil else {
            throw TrainingError(
                "'\(bestMetric)' could not be measured in epoch \(progress.epoch); what could: "
                    + scores.map(\.name).joined(separator: ", "),
                remedy: "see by 'nn data stats' whether any label counts, or name another 'training.best_metric'")
        }
    }

    /// Evaluates the network, with averaged weights where an average is kept.
    private func evaluate(_ loader: DataLoader, until interruption: Interruption) throws -> EvaluationResult {
        let evaluator = Evaluator(
            network, loss: loss, metrics: meter.metrics, precision: options.precision)
        return try withAveragedWeights {
            try evaluator.evaluate(loader) { _ in
                if let stop = stopRequest(interruption) { throw stop }
            }
        }
    }

    /// Runs `body` while the network has the averaged weights, where an average is kept.
    public func withAveragedWeights<Result>(_ body: () throws -> Result) rethrows -> Result {
        if let average { try average.withAveragedWeights(body) } else { try body() }
    }

    /// Whether the score that the run is judged by is the best so far. Early stopping takes note of it.
    private func judge(_ score: MetricValue) -> Bool {
        forgetBest(unlessBy: score.name)
        var tracker = progress.best ?? BestTracker(metric: score.name, mode: score.mode)
        let isBest = tracker.report(score.value, epoch: progress.epoch + 1)
        progress.best = tracker
        if earlyStopping == nil { earlyStopping = makeEarlyStopping(for: tracker) }
        earlyStopping?.report(score.value, epoch: progress.epoch + 1)
        return isBest
    }

    /// Early stopping by what a run is judged by, if it is asked for.
    func makeEarlyStopping(for tracker: BestTracker) -> EarlyStopping? {
        options.earlyStopping.map {
            EarlyStopping(
                metric: tracker.metric, mode: tracker.mode, patience: $0.patience, minimumChange: $0.minimumChange)
        }
    }

    /// Weights may have become infinite in the last step of an epoch; they must not be saved.
    private func checkWeights() throws {
        for (name, parameter) in ModuleTree(network).parameters where !parameter.value.isFinite {
            throw divergence("the parameter '\(name)' is not finite")
        }
    }
}
