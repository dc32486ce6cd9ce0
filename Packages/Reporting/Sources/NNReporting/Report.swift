import Foundation
import NNCore
import NNDatasets
import NNLayers
@_spi(Internal) import NNTraining

/// A training run as one page of HTML that needs no other file: curves, times, data, predictions, configuration.
///
/// ```swift
/// let run = try RunDirectory(existing: URL(filePath: "runs/shapes/2026-05-01_12-00-00"))
/// let report = Report(run, registry: registry)
/// try report.write()
/// ```
///
/// The page is written from the folder of the run, which is not changed otherwise. A run may be trained at the same time, or
/// not have its first scores yet. Predictions need the data of the run; without it the page has the rest, and says so.
public struct Report {
    /// The run.
    public let run: RunDirectory
    /// The components that its configuration names.
    public let registry: Registry
    /// The samples that are predicted; nil, the default, for validation, or training in a run without validation.
    public var split: Split?
    /// The checkpoint that predicts; the best one by default.
    public var checkpoint = RunDirectory.CheckpointName.best
    /// Whether samples are predicted, as by default; otherwise the page is made of logs and images of the folder.
    public var hasPredictions = true

    /// A report with predictions of the best checkpoint by default.
    public init(
        _ run: RunDirectory, registry: Registry, split: Split? = nil,
        checkpoint: RunDirectory.CheckpointName = .best, hasPredictions: Bool = true
    ) {
        self.run = run
        self.registry = registry
        self.split = split
        self.checkpoint = checkpoint
        self.hasPredictions = hasPredictions
    }

    /// The file that the page is written to if no other is named: `report.html` in the folder of the run.
    public var file: URL { run.file("report.html") }

    /// Writes the page, which appears under its name only when it is complete.
    /// - Parameters:
    ///   - url: The file; nil, the default, for ``file``.
    ///   - didPredictBatch: Called with the number of predicted batches and that of all; an error ends the report.
    /// - Returns: What the page lacks, and why; it says so too.
    /// - Throws: `RunError` for a folder that is no run or whose logs cannot be read, `TensorFileError` where the file cannot
    ///   be written.
    @discardableResult
    public func write(
        to url: URL? = nil, didPredictBatch: (_ done: Int, _ count: Int) throws -> Void = { _, _ in }
    ) throws -> [String] {
        let page = try page(didPredictBatch: didPredictBatch)
        try page.write(to: url ?? file)
        return page.notices
    }

    /// The page.
    /// - Parameters:
    ///   - isRunning: Whether the run is trained now; nil, the default, to find that out.
    ///   - isBrief: Whether the page is made of logs and images only, without even looking for the data.
    func page(
        isRunning: Bool? = nil, isBrief: Bool = false,
        didPredictBatch: (_ done: Int, _ count: Int) throws -> Void = { _, _ in }
    ) throws -> ReportPage {
        let facts = try RunFacts(run, isRunning: isRunning)
        var page = ReportPage(title: facts.name)
        page.subtitle = "Training run \(run.url.lastPathComponent), reported by nn report"
        page.notices = facts.notices
        let isLive = isBrief || facts.config?.training.report == true
        page.status = facts.status(reloadSeconds: isLive ? Self.reloadSeconds : nil)
        page.sections = ScoreSections(facts: facts).sections + TimeSection(facts: facts).sections

        var (experiment, predictions): (Experiment?, PredictionReport?)
        if !isBrief {
            do {
                let data = try openData()
                experiment = data
                if hasPredictions { predictions = try predict(data, &page, didPredictBatch) }
            } catch let error as ReportInterruption {
                throw error.reason
            } catch {
                let left =
                    hasPredictions
                    ? "its predictions and the counts of its classes are" : "the counts of its classes are"
                page.notices.append("The data of the run cannot be used, so that \(left) left out: \(error)")
            }
        }
        if let predictions {
            page.notices += predictions.notices
            page.sections += predictions.sections
            page.styles.append(PredictionReport.style)
            page.scripts.append(PredictionReport.script)
        }
        let data = DataSections(facts: facts, experiment: experiment, showsSheet: predictions == nil)
        page.sections += data.sections + SetupSection(facts: facts).sections
        return page
    }

    /// How often a reader loads the page of a run that is trained again.
    private static let reloadSeconds = 15

    /// The data of the run, which must be there.
    private func openData() throws -> Experiment {
        let experiment = try Experiment(run.config(registry: registry), registry: registry)
        _ = try experiment.dataset(.train, keepsSamples: false)
        return experiment
    }

    /// The predictions; nil where there is no checkpoint yet.
    private func predict(
        _ experiment: Experiment, _ page: inout ReportPage,
        _ didPredictBatch: (_ done: Int, _ count: Int) throws -> Void
    ) throws -> PredictionReport? {
        guard run.has(checkpoint) else {
            page.notices.append("The run has no \(checkpoint.rawValue) checkpoint yet, so that nothing is predicted.")
            return nil
        }
        let trained = try TrainedRun(run, checkpoint, config: run.config(registry: registry), isForTraining: false)
        return try PredictionReport(trained, of: experiment, split: split) { done, count in
            do { try didPredictBatch(done, count) } catch { throw ReportInterruption(reason: error) }
        }
    }
}

/// An error of the one who waits for a report, and not of the data.
private struct ReportInterruption: Error {
    let reason: any Error
}
