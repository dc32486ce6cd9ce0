import NNLayers
import NNTraining

/// Trains one configuration with several seeds, one after the other.
struct SeedTraining {
    let config: ExperimentConfig
    let tool: Tool
    /// Writes a line for people.
    let say: (String) -> Void

    /// Trains with each seed that has no result yet; after each one the tables are written.
    /// - Parameter first: The experiment with the first of the seeds to train with.
    /// - Returns: Whether all are finished; if not, the user has interrupted.
    func run(_ study: inout SeedStudy, first: Experiment?) throws -> Bool {
        var first = first
        for seed in study.unfinishedSeeds {
            let experiment = try first ?? experiment(seed)
            first = nil
            let (run, isNew) = try study.run(of: seed)
            let number = (study.seeds.firstIndex(of: seed) ?? 0) + 1
            say("seed \(seed) (\(number) of \(study.seeds.count))\(isNew ? "" : ", resumed")  \(run.url.relativePath)")
            do {
                let session = try TrainingSession(experiment, in: run, isNew: isNew, console: tool.console)
                for result in experiment.loadedWeights { say("weights \(result)") }
                session.trainer.callbacks.append(TrainingMonitor(console: tool.console, say: say))
                let report = try session.train()
                say(report.outcome + "\n")
                if report.summary.ending == .interrupted { return false }
                try study.add(SeedResult(seed: seed, summary: report.summary, run: run))
            } catch {
                study.removeIfEmpty()
                if !study.results.isEmpty { say(study.table.text) }
                throw error
            }
        }
        return true
    }

    func experiment(_ seed: UInt64) throws -> Experiment {
        var config = config
        config.seed = seed
        return try Experiment(config, registry: tool.registry)
    }
}
