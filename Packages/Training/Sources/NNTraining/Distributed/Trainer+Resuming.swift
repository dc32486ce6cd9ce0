import NNDatasets
@_spi(Internal) import NNInference
import NNLayers

extension Trainer {
    /// The number of samples in a full step of all ranks.
    var samplesPerStep: Int { training.batchSize * training.part.count * options.accumulation }

    /// The progress of a checkpoint, in steps of this run: those of another number of ranks have other sizes.
    ///
    /// Epochs are kept. Within an epoch training goes on where its samples were, or, where no step begins there, at the step
    /// that begins before: up to a step's samples are then trained on again.
    func convertedProgress(_ saved: CheckpointInformation) -> TrainingProgress {
        var progress = saved.progress
        guard let size = saved.samplesPerStep, saved.ranks ?? 1 != ranks?.group.count ?? 1 else { return progress }
        progress.stepInEpoch = min(progress.stepInEpoch * size / samplesPerStep, stepsPerEpoch)
        progress.step = progress.epoch * stepsPerEpoch + progress.stepInEpoch
        progress.evaluatedStep = saved.progress.evaluatedStep * progress.step / max(saved.progress.step, 1)
        return progress
    }

    /// What resuming with another number of ranks changes; nil for the same number.
    @_spi(Internal) public func changeOfRanks(since saved: CheckpointInformation) -> String? {
        let (before, now) = (saved.ranks ?? 1, ranks?.group.count ?? 1)
        guard before != now, let size = saved.samplesPerStep else { return nil }
        func text(_ count: Int) -> String { count == 1 ? "one process" : "\(count) processes" }
        let converted = convertedProgress(saved)
        let repeated = saved.progress.stepInEpoch * size - converted.stepInEpoch * samplesPerStep
        return "the run was trained by \(text(before)), \(size) images a step, and goes on with \(text(now)), "
            + "\(samplesPerStep) images a step, at step \(converted.stepInEpoch + 1) of \(stepsPerEpoch) in epoch "
            + "\(converted.epoch + 1)" + (repeated > 0 ? "; \(repeated) images of it are seen again" : "")
    }

    /// Refuses metrics that cannot be counted by several processes.
    func checkMetrics() throws(TrainingError) {
        guard let metric = meter.metricOfOnePart else { return }
        throw TrainingError(
            "the metric \(metric) cannot be counted by several processes",
            remedy: "let it conform to MergeableMetric, or train in one process")
    }
}
