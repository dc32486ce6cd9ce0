import ArgumentParser
import Foundation
import NNLayers
@_spi(Internal) import NNTraining

struct SweepCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep", abstract: "Trains a configuration with several values of some keys, and compares them.",
        discussion: """
            Trains each combination of the values, or --random N of them, with each of the seeds, in \
            RUNS/CONFIG-sweep/TIME, one run folder for each. One table has a row for each combination: the mean and sample \
            standard deviation of the scores over the seeds, after the last epoch (final) and after the best one, sorted by \
            the score that selects the best epoch (sweep.json, sweep.csv, sweep.md).

              nn sweep my.yaml --set model.backbone.depth=20,32,44,56 --seeds 5
              nn sweep my.yaml --set optimizer.lr=1e-3..1 --set data.batch_size=32,64 --random 20

            Commas within brackets, braces and quotes belong to a value. A range has numbers in equal ratios, whole ones \
            where both ends are whole, or in equal distances, as in 0..0.5:linear.

            All configurations are checked before the first is trained. A run that fails is noted in the table, and the \
            others go on. Ctrl-C saves; --resume FOLDER trains what is missing or has failed, with the same result.
            """)

    @Argument(help: "The configuration file. (default with --resume FOLDER: that of the sweep)")
    var config: String?

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("Set a value, several values or a range. May be repeated.", valueName: "key=values"))
    var changes: [String] = []

    @Option(help: ArgumentHelp("Train each point with several seeds: how many, or which, as in 0,3,7."))
    var seeds: SeedChoice?

    @Option(help: ArgumentHelp("Draw so many different points at random.", valueName: "n"))
    var random: Int?

    @Option(help: ArgumentHelp("The seed that points are drawn by. (default: 0)", valueName: "seed"))
    var sweepSeed: UInt64?

    @Option(help: ArgumentHelp("The folder of all runs.", valueName: "dir"))
    var output = "runs"

    @Option(
        defaultAsFlag: RunChoice.latest,
        help: ArgumentHelp(
            "Continue a sweep: its folder, or the latest unfinished one of the configuration.", valueName: "folder"))
    var resume: RunChoice?

    @Flag(help: "With --resume: continue from an older checkpoint of a run where the last one is damaged.")
    var fallback = false

    @Flag(help: "Train without checking for broken files, wrong labels and the like.")
    var skipDataCheck = false

    @Flag(help: "Print the result as JSON, and everything else to standard error.")
    var json = false

    func validate() throws {
        if fallback, resume == nil { throw ValidationError("--fallback belongs to --resume") }
        if sweepSeed != nil, random == nil { throw ValidationError("--sweep-seed belongs to --random") }
        if let random, random < 1 { throw ValidationError("--random must be 1 or more, not \(random)") }
        if config != nil { return }
        guard case .folder = resume else { throw Self.missingConfiguration }
        if !changes.isEmpty || random != nil {
            throw ValidationError("Name the configuration as well, to add points to the sweep.")
        }
    }

    private static let missingConfiguration = ValidationError("Name a configuration file, or --resume FOLDER.")

    func run(_ tool: Tool) throws {
        if let job = try Job(tool) {
            try job.run(tool.console) {
                throw CommandFailure(
                    message: "the runs of a sweep are trained one after the other; start nn without mpirun")
            }
        }
        let training = SweepTraining(
            tool: tool, runs: URL(fileURLWithPath: output), fallsBack: fallback, checksData: !skipDataCheck,
            isJSON: json)
        guard let config else {
            guard case .folder(let path) = resume else { throw Self.missingConfiguration }
            return try training.resume(URL(fileURLWithPath: path), seeds: seeds)
        }
        let plan = try SweepPlan(changes, random: random, seed: sweepSeed ?? 0)
        if seeds != nil, plan.keys.contains("seed") {
            throw CommandFailure(message: "--seeds and several values of seed are the same; omit one of them")
        }
        switch resume {
        case nil: try training.begin(config, plan, seeds: seeds)
        case .folder(let path): try training.resume(URL(fileURLWithPath: path), config, plan, seeds: seeds)
        case .latest:
            let name = TrainCommand.name(of: config)
            if let folder = RunStudy.toResume(in: training.runs, configuration: name, .sweep) {
                return try training.resume(folder, config, plan, seeds: seeds)
            }
            tool.console.report("notice: there is no sweep of \(config) to resume; starting a new one")
            try training.begin(config, plan, seeds: seeds)
        }
    }
}
