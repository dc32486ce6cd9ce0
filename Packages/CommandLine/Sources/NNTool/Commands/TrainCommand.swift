import ArgumentParser
import Foundation
import NNLayers
import NNTraining

struct TrainCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "train", abstract: "Trains the network of a configuration.",
        discussion: """
            Writes a run folder, RUNS/CONFIG/TIME, with checkpoints, measurements and curves. Ctrl-C finishes the \
            step and saves; --resume goes on from there, to the same result as without the interruption.

            With --seeds the runs lie in RUNS/CONFIG-seeds/TIME/seed-N, beside a table with the scores of each seed, \
            their mean and their sample deviation (seeds.csv, seeds.json). --resume with that folder trains what is \
            missing.
            """,
        aliases: ["fit"])

    @Argument(help: "The configuration file. (default with --resume RUN: that of the run)")
    var config: String?

    @OptionGroup var options: ConfigOptions

    @Option(help: ArgumentHelp("Train with each of several seeds: how many, or which, as in 0,3,7."))
    var seeds: SeedChoice?

    @Option(help: ArgumentHelp("The folder of all runs.", valueName: "dir"))
    var output = "runs"

    @Option(
        defaultAsFlag: RunChoice.latest,
        help: ArgumentHelp("Go on with a run: its folder, or the latest of the configuration.", valueName: "run"))
    var resume: RunChoice?

    @Flag(help: "Train without looking for broken files, wrong labels and the like before.")
    var skipDataCheck = false

    @Flag(help: "Print the result as JSON, and everything else to standard error.")
    var json = false

    func validate() throws {
        if seeds != nil, options.seed != nil { throw ValidationError("--seed and --seeds cannot be used together") }
        if config != nil { return }
        guard case .folder = resume else { throw ValidationError("Name a configuration file, or --resume RUN.") }
    }

    private var runs: URL { URL(fileURLWithPath: output) }

    func run(_ tool: Tool) throws {
        let say: (String) -> Void = json ? { tool.console.report($0) } : { tool.console.print($0) }
        if let folder = seedsToResume {
            var study = try SeedStudy(existing: folder)
            let config = try options.load(config ?? study.configFile.path, registry: tool.registry)
            try study.check(config)
            if let seeds { study.add(seeds: seeds.seeds(from: config.seed)) }
            try trainSeeds(config, seeds: study.unfinishedSeeds, tool, say) {
                try study.save()
                return study
            }
        } else if seeds != nil, case .folder(let path) = resume {
            throw CommandFailure(message: "\(path) is no folder of runs with several seeds; leave --seeds out")
        } else if let seeds, let path = config {
            let config = try options.load(path, registry: tool.registry)
            let all = seeds.seeds(from: config.seed)
            try trainSeeds(config, seeds: all, tool, say) {
                try SeedStudy(in: runs, configuration: Self.name(of: path), config: config, seeds: all)
            }
        } else {
            try trainOnce(tool, say)
        }
    }

    private func trainOnce(_ tool: Tool, _ say: @escaping (String) -> Void) throws {
        let earlier = try runToResume(tool.console)
        let path = config ?? earlier!.configFile.path
        var settings = try options.load(path, registry: tool.registry)
        // A run has the seed that it began with, though that was stated on the command line.
        if let earlier, options.seed == nil {
            let seed = try earlier.config().seed
            if settings.seed != seed { tool.console.report("notice: the run has the seed \(seed), and keeps it") }
            settings.seed = seed
        }
        let experiment = try Experiment(settings, registry: tool.registry)
        let check = try prove(experiment, pretrained: earlier == nil, tool)
        let run = try earlier ?? RunDirectory.create(in: runs, configuration: Self.name(of: path))
        let session = try TrainingSession(experiment, in: run, isNew: earlier == nil, console: tool.console)
        say("\(check.text)\nrun     \(session.run.url.relativePath)\n")
        for result in experiment.loadedWeights { say("weights \(result)\n") }
        let weights = session.trainer.classWeights
        if !weights.isEmpty {
            say("class weights  " + weights.map { "\($0.name) \($0.weight.fixed(3))" }.joined(separator: "  ") + "\n")
        }
        session.trainer.callbacks.append(TrainingMonitor(console: tool.console, say: say))
        let report = try session.train()
        say(report.text)
        if json { try tool.console.print(json: report) }
        if report.summary.ending == .interrupted { throw CommandFailure(exitCode: InterruptWatch.exitCode) }
    }

    /// Whatever can be found wrong is found before a folder is made.
    private func prove(
        _ experiment: Experiment, pretrained: Bool = true, _ tool: Tool
    ) throws -> ConfigCheckReport {
        try tool.startEngine()
        let check = try ConfigCheckReport(experiment, pretrained: pretrained)
        if !skipDataCheck { try DataGate(experiment: experiment, runs: runs, console: tool.console).pass() }
        return check
    }

    /// Trains with the seeds that have no result; `begin` makes or gives their folder.
    private func trainSeeds(
        _ config: ExperimentConfig, seeds: [UInt64], _ tool: Tool, _ say: @escaping (String) -> Void,
        begin: () throws -> SeedStudy
    ) throws {
        let training = SeedTraining(config: config, tool: tool, say: say)
        let experiment = try seeds.first.map(training.experiment)
        let check = try experiment.map { try prove($0, tool) }
        var study = try begin()
        if let check { say("\(check.text)\nruns    \(study.url.relativePath)\n") }
        let isComplete = try training.run(&study, first: experiment)
        say(study.table.text)
        say("\nfolder of all seeds \(study.url.relativePath)")
        if json { try tool.console.print(json: study.table) }
        if !isComplete {
            say("to go on: nn train --resume \(study.url.relativePath)")
            throw CommandFailure(exitCode: InterruptWatch.exitCode)
        }
    }

    /// The run to go on with; nil to begin a new one.
    private func runToResume(_ console: Console) throws -> RunDirectory? {
        switch resume {
        case nil: return nil
        case .folder(let path):
            let run = try RunDirectory(existing: URL(fileURLWithPath: path))
            if run.has(.last) { return run }
            throw CommandFailure(
                message: "\(run.url.relativePath): it has no checkpoint to go on from; begin anew without --resume, "
                    + "with 'model.weights' where there are weights to begin with")
        case .latest:
            guard let config else { return nil }
            // An older run is another one, with other settings perhaps, that may be finished.
            let run = RunDirectory.latest(in: runs, configuration: Self.name(of: config))
            if let run, run.has(.last) { return run }
            console.report(
                "notice: " + (run.map { "\($0.url.relativePath) has no checkpoint" } ?? "there is no run of \(config)")
                    + " to go on from; a new run begins")
            return nil
        }
    }

    /// The folder of several seeds to go on with; nil where there is none, or a single run is meant.
    private var seedsToResume: URL? {
        switch resume {
        case .folder(let path):
            let url = URL(fileURLWithPath: path)
            return SeedStudy.exists(at: url) ? url : nil
        case .latest:
            guard seeds != nil, let config else { return nil }
            return RunDirectory.latest(in: runs, configuration: SeedStudy.folderName(of: Self.name(of: config)))?.url
        case nil: return nil
        }
    }

    /// What runs of a configuration file are called.
    static func name(of path: String) -> String {
        URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    }
}
