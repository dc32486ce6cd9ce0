@_spi(Internal) import NNInference
import NNLayers
import NNOptimizers

extension Trainer {
    private enum Part {
        static let optimizer = "optimizer"
        static let schedule = "schedule"
        static let earlyStopping = "early_stopping"
    }

    /// A checkpoint to resume training from here.
    /// - Throws: `EncodingError` for a metric that cannot be encoded.
    public func makeCheckpoint() throws -> Checkpoint { try makeCheckpoint(meter) }

    /// - Parameter meter: What was counted of the epoch.
    private func makeCheckpoint(_ meter: ScoreMeter) throws -> Checkpoint {
        var state = SavedState()
        state.add(optimizer.savedState, as: Part.optimizer)
        state.add(schedule.savedState, as: Part.schedule)
        if let average { state.add(average.savedState, as: Checkpoint.averageName) }
        if let earlyStopping { state.add(earlyStopping.savedState, as: Part.earlyStopping) }
        var information = CheckpointInformation()
        information.progress = progress
        information.counts = progress.step == progress.evaluatedStep ? nil : try meter.counts()
        information.seed = options.seed
        information.data = description
        information.ranks = ranks?.group.count
        information.samplesPerStep = samplesPerStep
        return Checkpoint(weights: network.stateDictionary, trainingState: state, information: information)
    }

    /// Resumes from a checkpoint.
    ///
    /// - Throws: ``CheckpointError`` if the checkpoint does not fit this run, after which the trainer must not be
    ///   used.
    public func restore(_ checkpoint: Checkpoint) throws(CheckpointError) {
        let saved = checkpoint.information
        let remedy = "resume with the configuration and the data of the run"
        // First, since of another network nothing else fits either.
        try checkpoint.load(checkpoint.weights, into: network)
        guard saved.seed == options.seed else {
            throw checkpoint.failure("the run has the seed \(saved.seed), not \(options.seed)", remedy: remedy)
        }
        let progress = convertedProgress(saved)
        guard progress.step == progress.epoch * stepsPerEpoch + progress.stepInEpoch else {
            throw checkpoint.failure(
                "step \(saved.progress.step) is not in epoch \(saved.progress.epoch + 1), now that there are "
                    + "\(stepsPerEpoch) steps an epoch", remedy: remedy)
        }
        do {
            try optimizer.restore(checkpoint.trainingState.part(Part.optimizer))
            try schedule.restore(checkpoint.trainingState.part(Part.schedule))
            try average?.restore(checkpoint.trainingState.part(Checkpoint.averageName))
            earlyStopping = saved.progress.best.flatMap(makeEarlyStopping)
            // Early stopping may be new in a resumed run.
            let state = checkpoint.trainingState.part(Part.earlyStopping)
            if !state.scalars.isEmpty { try earlyStopping?.restore(state) }
            // Those of all ranks, which are brought together at the end of the epoch.
            if let counts = saved.counts, ranks?.group.isFirst != false {
                try meter.restore(counts)
            } else {
                meter.reset()
            }
        } catch {
            throw checkpoint.failure("\(error)", remedy: remedy)
        }
        self.progress = progress
        // Earlier versions began the next epoch after the evaluation.
        self.progress.beginEpoch(stepsPerEpoch: stepsPerEpoch)
        description.thresholds = saved.data.thresholds
        if let metric = options.bestMetric { forgetBest(unlessBy: metric) }
    }

    /// Discards the best score if another score selects the best checkpoint now.
    func forgetBest(unlessBy metric: String) {
        guard let best = progress.best, best.metric != metric else { return }
        progress.best = nil
        earlyStopping = nil
    }

    /// Saves a checkpoint to the run folder, if there is one.
    /// - Parameter alone: Whether other ranks do not take part, since they may have failed.
    func save(_ name: RunDirectory.CheckpointName, alone: Bool = false) throws {
        var meter = meter
        if let ranks, !alone, progress.step > progress.evaluatedStep {
            meter = try sharedMeter(ranks)
            try averageBuffers(ranks)
            keepRecoveryPoint()
        }
        if let run {
            func write() throws {
                // A good checkpoint is not replaced by one that nothing can be done with.
                try checkWeights()
                try makeCheckpoint(meter).write(to: run.url(of: name))
                if name == .last { try run.keepLast(options.keptCheckpoints, step: progress.step) }
            }
            if let recovery { try recovery.change(write) } else { try write() }
        }
        if name == .last {
            isSaved = true
            clock.didSave()
        }
        guard run != nil else { return }
        for callback in callbacks { try callback.didSave(name, of: self) }
    }
}
