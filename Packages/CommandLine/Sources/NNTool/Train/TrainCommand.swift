import ArgumentParser
import Foundation
import NNLayers
@_spi(Internal) import NNTraining

struct TrainCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "train", abstract: "Trains a network from a configuration.",
        discussion: """
            Writes a run folder, RUNS/CONFIG/TIME, with checkpoints, metrics and curves. Ctrl-C finishes the step and \
            saves; --resume continues from there, with the same result as without the interruption.

            With --seeds, the runs are in RUNS/CONFIG-seeds/TIME/seed-N, beside a table with the scores of each seed, \
            their mean and sample standard deviation (seeds.csv, seeds.json). --resume with that folder trains the \
            missing seeds. --folds, or data.folds in the configuration, trains once for each fold of the data in the same \
            way: RUNS/CONFIG-folds/TIME/fold-N, folds.csv and folds.json.
            """,
        aliases: ["fit"])

    @Argument(help: "The configuration file. (default with --resume RUN: that of the run)")
    var config: String?

    @OptionGroup var options: ConfigOptions

    @Option(help: ArgumentHelp("Train with several seeds: how many, or which, as in 0,3,7."))
    var seeds: SeedChoice?

    @Option(help: ArgumentHelp("Divide the data into so many folds, and validate on each by training on the others."))
    var folds: Int?

    @Option(help: ArgumentHelp("The folder of all runs.", valueName: "dir"))
    var output = "runs"

    @Option(
        defaultAsFlag: RunChoice.latest,
        help: ArgumentHelp(
            "Continue a run: its folder, or the latest unfinished one of the configuration.", valueName: "run"))
    var resume: RunChoice?

    @Flag(help: "With --resume: continue from an older checkpoint where the last one is damaged.")
    var fallback = false

    @Flag(help: "Train without checking for broken files, wrong labels and the like.")
    var skipDataCheck = false

    @Flag(help: "Print the result as JSON, and everything else to standard error.")
    var json = false

    func validate() throws {
        if fallback, resume == nil { throw ValidationError("--fallback belongs to --resume") }
        if seeds != nil, options.seed != nil { throw ValidationError("--seed and --seeds cannot be used together") }
        if seeds != nil, folds != nil { throw ValidationError("--seeds and --folds cannot be used together") }
        if let folds, folds < 2 {
            throw ValidationError(
                "--folds must be 2 or more, not \(folds): each fold is validated by a network trained on the others")
        }
        if config != nil { return }
        guard case .folder = resume else { throw Self.missingConfiguration }
    }

    private static let missingConfiguration = ValidationError("Name a configuration file, or --resume RUN.")

    private var runs: URL { URL(fileURLWithPath: output) }

    func run(_ tool: Tool) throws {
        guard let job = try Job(tool) else { return try run(tool, group: nil) }
        try job.run(tool.console) {
            try run(Tool(plugins: tool.plugins, console: job.console(tool.console)), group: job.group)
        }
    }

    private func run(_ tool: Tool, group: (any ProcessGroup)?) throws {
        let say: (String) -> Void = json ? { tool.console.report($0) } : { tool.console.print($0) }
        let settings = try config.map { try load($0, tool) }
        let isDivided = settings.map { $0.data.folds != nil && $0.data.fold == nil } ?? (folds != nil)
        if isDivided, seeds != nil {
            throw CommandFailure(
                message: "--seeds trains on one split, and data.folds has several; choose one of them by data.fold")
        }
        let variation: Variation? = isDivided ? .fold : seeds == nil ? nil : .seed
        if group != nil, variation != nil || studyToResume(variation) != nil {
            throw CommandFailure(
                message: "several seeds or folds are trained one after the other; start nn without mpirun")
        }
        if let folder = studyToResume(variation), RunStudy.variation(at: folder) == .sweep {
            guard config == nil, seeds == nil, options.allChanges.isEmpty else {
                throw CommandFailure(
                    message: "\(folder.relativePath) is a folder of a sweep; continue with nn sweep --resume "
                        + folder.relativePath)
            }
            let training = SweepTraining(
                tool: tool, runs: runs, fallsBack: fallback, checksData: !skipDataCheck, isJSON: json)
            try training.resume(folder, seeds: nil)
        } else if let folder = studyToResume(variation) {
            var study = try RunStudy(existing: folder)
            let config = try settings ?? load(study.configFile.path, tool)
            try study.check(config, registry: tool.registry)
            if let seeds {
                guard study.variation == .seed else {
                    throw CommandFailure(message: "\(folder.relativePath) is a folder of folds; omit --seeds")
                }
                study.add(seeds: seeds.seeds(from: config.seed))
            }
            try trainStudy(config, study.variation, study.unfinished.compactMap(\.number), tool, say) {
                try study.save()
                return study
            }
        } else if let variation, case .folder(let path) = resume {
            throw CommandFailure(
                message: "\(path) is not a folder of runs with several \(variation.plural); "
                    + (variation == .seed ? "omit --seeds" : "omit the configuration, or set data.fold"))
        } else if let variation, let path = config, let settings {
            let numbers = seeds?.seeds(from: settings.seed) ?? (1...UInt64(settings.data.folds ?? 2)).map { $0 }
            try trainStudy(settings, variation, numbers, tool, say) {
                try RunStudy(
                    in: runs, configuration: Self.name(of: path), config: settings, variation, numbers)
            }
        } else {
            try trainOnce(tool, group, say)
        }
    }

    /// Reads a configuration with the changes of the command line.
    private func load(_ path: String, _ tool: Tool) throws -> ExperimentConfig {
        var options = options
        // Folds take the place of a split for validation, as a file of 'nn config new' has it.
        if let folds { options.changes += ["data.folds=\(folds)", "data.split.validation=null"] }
        return try options.load(path, registry: tool.registry)
    }

    private func trainOnce(
        _ tool: Tool, _ group: (any ProcessGroup)?, _ say: @escaping (String) -> Void
    ) throws {
        let earlier = try runToResume(tool, group)
        guard let path = config ?? earlier?.configFile.path else { throw Self.missingConfiguration }
        var settings = try load(path, tool)
        // A run keeps its seed, which may have been given on the command line only.
        if let earlier, options.seed == nil {
            let seed = try earlier.config().seed
            if settings.seed != seed { tool.console.report("notice: the run has the seed \(seed) and keeps it") }
            settings.seed = seed
        }
        let experiment = try Experiment(settings, registry: tool.registry, group: group)
        let threads = try earlier.flatMap { try Self.threads(of: $0, tool.console) }
        if let group {
            try tool.startEngine(threads: threads)
            var agreement = RankAgreement()
            experiment.describe(to: &agreement, version: NN.version)
            try agreement.check(group)
            if !group.isFirst { return try follow(experiment, earlier, group) }
        }
        let check = try prove(experiment, pretrained: earlier?.hasCheckpoint != true, threads: threads, tool)
        let run = try earlier ?? RunDirectory.create(in: runs, configuration: Self.name(of: path))
        let session = try TrainingSession(
            experiment, in: run, isNew: earlier == nil, fallsBack: fallback, console: tool.console)
        say("\(check.text)\nrun     \(session.run.url.relativePath)\n")
        for result in experiment.loadedWeights { say("weights \(result)\n") }
        let weights = session.trainer.classWeights
        if !weights.isEmpty {
            say("class weights  " + weights.map { "\($0.name) \($0.weight.fixed(3))" }.joined(separator: "  ") + "\n")
        }
        session.trainer.callbacks.append(TrainingMonitor(console: tool.console, say: say))
        if let group { try agree(session.trainer, experiment, group) }
        if let note = session.trainer.noteOfRanks(learningRate: session.trainer.optimizer.baseLearningRate) {
            say(note + "\n")
        }
        let report = try session.train()
        say(report.text)
        if json { try tool.console.print(json: report) }
        if report.summary.ending == .interrupted { throw CommandFailure(exitCode: InterruptWatch.exitCode) }
    }

    /// Trains as a rank other than 0.
    private func follow(_ experiment: Experiment, _ earlier: RunDirectory?, _ group: any ProcessGroup) throws {
        let follower = try FollowingRank(experiment, earlier: earlier, fallsBack: fallback)
        try agree(follower.trainer, experiment, group)
        if try follower.train().ending == .interrupted { throw CommandFailure(exitCode: InterruptWatch.exitCode) }
    }

    /// Compares what training begins with, when all ranks are ready for it.
    private func agree(_ trainer: Trainer, _ experiment: Experiment, _ group: any ProcessGroup) throws {
        var agreement = RankAgreement()
        try trainer.describe(to: &agreement, of: experiment)
        try agreement.check(group)
    }

    /// Checks the configuration and the data before a run folder is created.
    private func prove(
        _ experiment: Experiment, pretrained: Bool = true, threads: Int?, _ tool: Tool
    ) throws -> ConfigCheckReport {
        try tool.startEngine(threads: threads)
        // The notes of loaded weights tell how they were trained.
        let check = try ConfigCheckReport(experiment, pretrained: pretrained, readsLabels: true, notesWeights: false)
        for warning in check.warnings { tool.console.report("warning: \(warning)") }
        if !skipDataCheck { try DataGate(experiment: experiment, runs: runs, console: tool.console).pass() }
        return check
    }

    /// The number of threads that a run was trained with, which gives the same bits, on other numbers of cores too; nil for
    /// that of this machine or of `NN_NUM_THREADS`.
    static func threads(of run: RunDirectory, _ console: Console) throws -> Int? {
        guard ProcessInfo.processInfo.environment["NN_NUM_THREADS"] == nil,
            let count = try run.record()?.sessions.last?.machine.threads, 1...1024 ~= count
        else { return nil }
        let cores = ThreadCount.availableCores
        if count != cores {
            console.report(
                "notice: the run was trained with \(count == 1 ? "1 thread" : "\(count) threads") and continues so, for "
                    + "the same bits; NN_NUM_THREADS=\(cores) uses the \(cores == 1 ? "core" : "cores") of this machine"
            )
        }
        return count
    }

    /// Trains with the seeds or folds that have no result; `begin` creates or returns their folder.
    private func trainStudy(
        _ config: ExperimentConfig, _ variation: Variation, _ numbers: [UInt64], _ tool: Tool,
        _ say: @escaping (String) -> Void, begin: () throws -> RunStudy
    ) throws {
        let training = StudyTraining(tool: tool, fallsBack: fallback, say: say) { member in
            member.number.map { variation.config(config, of: $0) } ?? config
        }
        let experiment = try numbers.first.map {
            try Experiment(variation.config(config, of: $0), registry: tool.registry)
        }
        // The first that was trained is what others are compared with.
        let earlier = try studyToResume(variation).map(RunStudy.init(existing:))?.runs.first { $0.hasRecord }
        let threads = try earlier.flatMap { try Self.threads(of: $0, tool.console) }
        let check = try experiment.map { try prove($0, threads: threads, tool) }
        var study = try begin()
        if let check { say("\(check.text)\nruns    \(study.url.relativePath)\n") }
        let pause = try training.run(&study, first: experiment)
        say(study.table.text)
        say("\nfolder of all \(variation.plural) \(study.url.relativePath)")
        if json { try tool.console.print(json: study.table) }
        if let pause {
            say("to resume: nn train --resume \(study.url.relativePath)")
            if pause == .interrupted { throw CommandFailure(exitCode: InterruptWatch.exitCode) }
        }
    }

    /// The run to resume, which rank 0 chooses for all; nil to start a new one.
    private func runToResume(_ tool: Tool, _ group: (any ProcessGroup)?) throws -> RunDirectory? {
        guard let group, resume != nil else { return try runToResume(tool) }
        let own = group.isFirst ? try runToResume(tool) : nil
        let path = try group.broadcast(own?.url.path ?? "")
        if group.isFirst || path.isEmpty { return own }
        return try RunDirectory(existing: URL(fileURLWithPath: path))
    }

    /// The run to resume; nil to start a new one.
    private func runToResume(_ tool: Tool) throws -> RunDirectory? {
        switch resume {
        case nil: return nil
        case .folder(let path):
            let run = try RunDirectory(existing: URL(fileURLWithPath: path))
            if let refusal = run.quantization?.refusal {
                throw CommandFailure(message: "\(run.url.relativePath): \(refusal.reason); \(refusal.remedy)")
            }
            if run.hasCheckpoint { return run }
            if run.hasConfig {
                tool.console.report(
                    "notice: \(run.url.relativePath) has no checkpoint yet; it starts from the beginning")
                return run
            }
            throw CommandFailure(
                message: "\(run.url.relativePath): it has no checkpoint to resume from; start a new run without "
                    + "--resume, with 'model.weights' to start from existing weights")
        case .latest:
            guard let config else { return nil }
            let settings = try options.load(config, registry: tool.registry)
            let runs = RunDirectory.resumable(in: runs, configuration: Self.name(of: config))
            if let run = runs.first(where: { !$0.isFinished(settings) }) {
                if !run.hasCheckpoint {
                    tool.console.report(
                        "notice: \(run.url.relativePath) has no checkpoint yet; it starts from the beginning")
                }
                return run
            }
            guard let finished = runs.first else {
                tool.console.report("notice: there is no run of \(config) to resume; starting a new run")
                return nil
            }
            tool.console.report(
                "notice: every run of \(config) is finished, the latest in \(finished.url.relativePath); train it "
                    + "further with more epochs, or start a new run without --resume")
            return finished
        }
    }

    /// The folder of several seeds or folds to resume; nil if there is none, or a single run is meant.
    private func studyToResume(_ variation: Variation?) -> URL? {
        switch resume {
        case .folder(let path):
            let url = URL(fileURLWithPath: path)
            return RunStudy.variation(at: url) == nil ? nil : url
        case .latest:
            guard let variation, let config else { return nil }
            return RunStudy.toResume(in: runs, configuration: Self.name(of: config), variation)
        case nil: return nil
        }
    }

    /// The name of the runs of a configuration file.
    static func name(of path: String) -> String {
        URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    }
}

/// Which run to resume.
enum RunChoice: ExpressibleByArgument, Equatable {
    /// The latest run of the configuration that is not finished.
    case latest
    case folder(String)

    init(argument: String) { self = argument == "auto" ? .latest : .folder(argument) }

    var defaultValueDescription: String {
        switch self {
        case .latest: "auto"
        case .folder(let path): path
        }
    }
}

/// The seeds to train with: how many, as in `5`, or which, as in `0,3,7`.
enum SeedChoice: ExpressibleByArgument, Equatable {
    /// So many, starting from that of the configuration.
    case count(Int)
    case list([UInt64])

    private static let maximumCount = 1000

    /// Nil for anything else, and for repeated seeds.
    init?(argument: String) {
        if let count = Int(argument) {
            guard 1...Self.maximumCount ~= count else { return nil }
            self = .count(count)
        } else {
            let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
            // Configuration files cannot hold larger integers.
            let seeds = parts.compactMap { Int64($0) }.filter { $0 >= 0 }.map(UInt64.init)
            guard seeds.count == parts.count, Set(seeds).count == seeds.count else { return nil }
            self = .list(seeds)
        }
    }

    /// The seeds, where a count starts from `first`.
    func seeds(from first: UInt64) -> [UInt64] {
        switch self {
        case .count(let count): (0..<UInt64(count)).map { first &+ $0 }
        case .list(let seeds): seeds
        }
    }
}
