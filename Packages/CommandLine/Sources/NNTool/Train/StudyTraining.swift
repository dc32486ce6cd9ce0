import Foundation
import NNLayers
@_spi(Internal) import NNTraining

/// Trains the runs of a study, one after the other.
struct StudyTraining {
    let tool: Tool
    /// Whether a run continues from an older checkpoint where its last one is damaged.
    let fallsBack: Bool
    /// Writes a line of text.
    let say: (String) -> Void
    /// The configuration of a run.
    let config: (StudyMember) throws -> ExperimentConfig

    /// Trains each run that has no result yet, and writes the tables after each one. A run of a sweep that fails is noted,
    /// and the others go on.
    /// - Parameter first: The first of these experiments, if it has been built already.
    /// - Returns: Why the training of one has paused; nil where none is left.
    func run(_ study: inout RunStudy, first: Experiment?) throws -> TrainingSummary.Ending? {
        guard let lock = FolderLock(study.url) else {
            throw CommandFailure(
                message:
                    "\(study.url.relativePath): another process is training in this folder; wait for it, or stop it "
                    + "first")
        }
        defer { withExtendedLifetime(lock) {} }
        var (built, isBuilt) = (first, first != nil)
        for member in study.unfinished {
            do {
                // What was listed and decoded of the same data serves the next run, too.
                let experiment =
                    if let built, isBuilt { built } else {
                        try Experiment(config(member), registry: tool.registry, sharing: built)
                    }
                (built, isBuilt) = (experiment, false)
                if let pause = try train(member, experiment, of: &study) { return pause }
            } catch {
                try note(error, of: member, in: &study)
            }
        }
        return nil
    }

    /// - Returns: Why training has paused; nil for a result, which is added.
    private func train(
        _ member: StudyMember, _ experiment: Experiment, of study: inout RunStudy
    ) throws -> TrainingSummary.Ending? {
        let (run, isNew) = try study.run(of: member)
        // Of a run that failed before there was anything to keep.
        defer { rmdir(run.url.path) }
        let position = (study.members.firstIndex(of: member) ?? 0) + 1
        say(
            "\(study.title(of: member)) (\(position) of \(study.members.count))\(isNew ? "" : ", resumed")  "
                + run.url.relativePath)
        let session = try TrainingSession(
            experiment, in: run, isNew: isNew, of: study.url, fallsBack: fallsBack, console: tool.console)
        study.keepData(of: run)
        for result in experiment.loadedWeights { say("weights \(result)") }
        session.trainer.callbacks.append(TrainingMonitor(console: tool.console, say: say))
        let report = try session.train()
        say(report.outcome + "\n")
        if report.summary.ending.isPause { return report.summary.ending }
        let number = member.number ?? experiment.config.seed
        let variation: Variation = study.variation == .fold ? .fold : .seed
        try study.add(StudyResult(variation, number, summary: report.summary, run: run))
        return nil
    }

    /// Notes that a run of a sweep failed; of a study whose runs all have the same configuration the next would, too.
    private func note(_ error: any Error, of member: StudyMember, in study: inout RunStudy) throws {
        guard study.variation == .sweep else {
            study.removeIfEmpty()
            if !study.results.isEmpty { say(study.summary.text) }
            throw error
        }
        let reason = ErrorReport(error).reason
        tool.console.report("error: \(member.name): \(reason)")
        say("\(study.title(of: member)) failed; the others go on\n")
        try study.add(StudyFailure(run: member.name, reason: reason))
    }
}
