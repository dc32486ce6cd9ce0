import ArgumentParser
import NNLayers
import NNTraining

struct BenchCommand: ToolCommand {
    enum Mode: String, ExpressibleByArgument, CaseIterable, Encodable { case train, infer }

    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measures the speed of a network on generated images.",
        discussion: """
            A training step is the forward and backward calculation and the change of the weights; an inference is \
            the forward calculation. Loading and transforming images is not measured.
            """)

    @Argument(help: "The configuration file.")
    var config: String

    @OptionGroup var options: ConfigOptions
    @OptionGroup var network: NetworkOptions

    @Option(help: "What to measure.")
    var mode = Mode.train

    @Option(help: "Images a step. (default: that of the configuration, or 1 for infer)")
    var batch: Int?

    @Option(help: "The type of activations. (default: that of the configuration)")
    var precision: Precision?

    @Option(help: "Steps before the measurement.")
    var warmUp = 3

    @Option(help: "How many steps to measure. (default: as many as --seconds allow)")
    var steps: Int?

    @Option(help: "How long to measure, for at least five steps.")
    var seconds = 5.0

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if let batch, !(1...1_000_000).contains(batch) {
            throw ValidationError("--batch must be from 1 to 1000000, not \(batch)")
        }
        if let steps, steps < 1 { throw ValidationError("--steps must be 1 or more, not \(steps)") }
        if warmUp < 0 { throw ValidationError("--warm-up must be 0 or more, not \(warmUp)") }
        if !(seconds > 0 && seconds <= 1e9) {
            throw ValidationError("--seconds must be above 0 and at most a billion, not \(seconds)")
        }
    }

    func run(_ tool: Tool) throws {
        var config = try options.load(config, registry: tool.registry)
        let resolved = try network.resolved(config, registry: tool.registry)
        config.model = resolved.model
        try tool.startEngine()
        let workload = try BenchWorkload(
            config, for: mode, registry: tool.registry, classCount: resolved.classCount,
            classNames: resolved.classNames,
            imageSize: resolved.imageSize, batch: batch ?? (mode == .train ? config.data.batchSize : 1),
            precision: precision ?? config.precision)
        let report = try BenchReport(
            workload, mode: mode, warmUp: warmUp, limit: steps.map { .steps($0) } ?? .seconds(seconds),
            console: tool.console)
        if json { try tool.console.print(json: report) } else { tool.console.print(report.text) }
    }
}
