import ArgumentParser
import Foundation
import NNLayers
import Training

struct TrainCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "train", abstract: "Trains the network of a configuration.",
        discussion: """
            Writes a run folder, RUNS/CONFIG/TIME, with checkpoints, measurements and curves. Ctrl-C finishes the \
            step and saves; --resume goes on from there, to the same result as without the interruption.
            """,
        aliases: ["fit"])

    @Argument(help: "The configuration file. (default with --resume RUN: that of the run)")
    var config: String?

    @OptionGroup var options: ConfigOptions

    @Option(help: ArgumentHelp("The folder of all runs.", valueName: "dir"))
    var output = "runs"

    @Option(
        defaultAsFlag: RunChoice.latest,
        help: ArgumentHelp("Go on with a run: its folder, or the latest of the configuration.", valueName: "run"))
    var resume: RunChoice?

    @Flag(help: "Print the result as JSON, and everything else to standard error.")
    var json = false

    func validate() throws {
        if config != nil { return }
        guard case .folder = resume else { throw ValidationError("Name a configuration file, or --resume RUN.") }
    }

    func run(_ tool: Tool) throws {
        let runs = URL(fileURLWithPath: output)
        let earlier = try runToResume(in: runs)
        let path = config ?? earlier!.configFile.path
        let experiment = try Experiment(options.load(path, registry: tool.registry), registry: tool.registry)
        try tool.startEngine()
        // Whatever can be found wrong is found before a folder is made.
        let check = try ConfigCheckReport(experiment)
        let session = try TrainingSession(
            experiment, resuming: earlier, orIn: runs, configuration: Self.name(of: path), console: tool.console)
        let say: (String) -> Void = json ? { tool.console.report($0) } : { tool.console.print($0) }
        say("\(check.text)\nrun     \(session.run.url.relativePath)\n")
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

    /// The run to go on with; nil to begin a new one.
    private func runToResume(in runs: URL) throws -> RunDirectory? {
        switch resume {
        case nil: return nil
        case .folder(let path): return try RunDirectory(existing: URL(fileURLWithPath: path))
        case .latest:
            guard let config else { return nil }
            return RunDirectory.latest(in: runs, configuration: Self.name(of: config))
        }
    }

    /// What runs of a configuration file are called.
    static func name(of path: String) -> String {
        URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    }
}
