import NNLayers
import NNOptimizers

extension Trainer {
    private enum Part {
        static let optimizer = "optimizer"
        static let schedule = "schedule"
        static let earlyStopping = "early_stopping"
    }

    /// All that is needed to go on from here.
    public func makeCheckpoint() throws -> Checkpoint {
        var state = SavedState()
        state.add(optimizer.savedState, as: Part.optimizer)
        state.add(schedule.savedState, as: Part.schedule)
        if let average { state.add(average.savedState, as: Checkpoint.averageName) }
        if let earlyStopping { state.add(earlyStopping.savedState, as: Part.earlyStopping) }
        var information = CheckpointInformation()
        information.progress = progress
        information.counts = progress.stepInEpoch == 0 ? nil : try meter.counts()
        information.seed = options.seed
        information.data = description
        return Checkpoint(weights: network.stateDictionary, trainingState: state, information: information)
    }

    /// Goes on where a checkpoint was saved.
    ///
    /// - Throws: ``CheckpointError`` where it is not of a run like this one. Begin with a new trainer then.
    public func restore(_ checkpoint: Checkpoint) throws(CheckpointError) {
        let saved = checkpoint.information
        let remedy = "resume with the configuration and the data of the run"
        guard saved.seed == options.seed else {
            throw checkpoint.failure("the run has the seed \(saved.seed), not \(options.seed)", remedy: remedy)
        }
        guard saved.progress.step == saved.progress.epoch * stepsPerEpoch + saved.progress.stepInEpoch else {
            throw checkpoint.failure(
                "step \(saved.progress.step) does not lie in epoch \(saved.progress.epoch + 1), which has "
                    + "\(stepsPerEpoch) steps an epoch now", remedy: remedy)
        }
        do {
            try optimizer.restore(checkpoint.trainingState.part(Part.optimizer))
            try schedule.restore(checkpoint.trainingState.part(Part.schedule))
            try average?.restore(checkpoint.trainingState.part(Checkpoint.averageName))
            earlyStopping = saved.progress.best.flatMap(makeEarlyStopping)
            // A run may be resumed with early stopping that it did not have before.
            let state = checkpoint.trainingState.part(Part.earlyStopping)
            if !state.scalars.isEmpty { try earlyStopping?.restore(state) }
            if let counts = saved.counts { try meter.restore(counts) } else { meter.reset() }
        } catch {
            throw checkpoint.failure("\(error)", remedy: remedy)
        }
        try checkpoint.load(checkpoint.weights, into: network)
        progress = saved.progress
        if let metric = options.bestMetric { forgetBest(unlessBy: metric) }
    }

    /// Begins anew where the run is judged by another score than before: what was the best by that one says nothing
    /// of this one.
    func forgetBest(unlessBy metric: String) {
        guard let best = progress.best, best.metric != metric else { return }
        progress.best = nil
        earlyStopping = nil
    }

    /// Saves a checkpoint in the run folder, if there is one.
    func save(_ name: RunDirectory.CheckpointName) throws {
        guard let run else { return }
        try makeCheckpoint().write(to: run.url(of: name))
    }
}
