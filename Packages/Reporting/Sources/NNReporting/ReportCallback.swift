import Foundation
import NNCore
import NNLayers
@_spi(Internal) import NNTraining

/// Writes the page of a run again after each evaluation, from its logs and images only, and with predictions at the end.
///
/// The component `report` of `training.callbacks`, for which `training.report: true` stands. A page that cannot be written
/// is a warning: training goes on.
public final class ReportCallback: TrainingCallback {
    private let registry: Registry
    private let hasPredictions: Bool

    /// An observer that writes `report.html` in the run folder of a trainer.
    /// - Parameters:
    ///   - registry: The components that the configuration of the run names.
    ///   - predictions: Whether the last page shows predictions, as by default.
    public init(registry: Registry, predictions: Bool = true) {
        self.registry = registry
        hasPredictions = predictions
    }

    /// Writes a page that tells that training has begun.
    public func didStart(_ trainer: Trainer) { write(trainer, isRunning: true, isBrief: true) }

    /// Writes the page.
    public func didFinishEpoch(_ epoch: EpochRecord, of trainer: Trainer) {
        write(trainer, isRunning: true, isBrief: true)
    }

    /// Writes the last page, with predictions unless training has only paused.
    public func didEnd(_ summary: TrainingSummary, of trainer: Trainer) {
        write(trainer, isRunning: false, isBrief: summary.ending.isPause)
    }

    private func write(_ trainer: Trainer, isRunning: Bool, isBrief: Bool) {
        guard let run = trainer.run else { return }
        let report = Report(run, registry: registry, hasPredictions: hasPredictions)
        do {
            let page = try report.page(isRunning: isRunning, isBrief: isBrief)
            try page.write(to: report.file)
            for notice in isBrief ? [] : page.notices { trainer.warn("\(report.file.lastPathComponent): \(notice)") }
        } catch {
            trainer.warn("the report of the run was not written: \(error); nn report \(run.url.relativePath) writes it")
        }
    }

    /// Options of ``ReportCallback``.
    struct Options: BuildableOptions {
        /// Whether the page at the end shows predictions of the best checkpoint: true, the default, takes as long as an
        /// evaluation.
        var predictions = true

        func build(_ environment: Void, in registry: Registry) -> any TrainingCallback {
            ReportCallback(registry: registry, predictions: predictions)
        }
    }
}
