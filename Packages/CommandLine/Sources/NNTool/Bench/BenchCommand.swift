import ArgumentParser
import Foundation
import NNLayers
@_spi(Internal) import NNTraining

struct BenchCommand: ToolCommand {
    enum Mode: String, ExpressibleByArgument, CaseIterable, Encodable { case train, infer }

    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measures the speed of a network on generated images.",
        discussion: """
            A training step is the forward and backward pass and the weight update; an inference step is the forward \
            pass, planned once and repeated as predictions do it. Loading and transforming images is not measured. A \
            profile tells where the time of a step goes: each operation forward, backward by its input and by its \
            weight, who computed it, and how near it comes to what the machine can do at best, which is measured \
            before. Documentation/Performance.md explains how to read it.
            """)

    @Argument(help: "The configuration file, or a run folder; of a quantized run the quantized network is measured.")
    var config: String?

    @OptionGroup var options: ConfigOptions
    @OptionGroup var network: NetworkOptions

    @Option(help: "What to measure.")
    var mode = Mode.train

    @Option(help: "The images per step. (default: from the configuration, or 1 for infer)")
    var batch: Int?

    @Option(help: "The precision of activations. (default: from the configuration)")
    var precision: Precision?

    @Option(help: "The number of steps before the measurement.")
    var warmUp = 3

    @Option(help: "The number of steps to measure. (default: as many as --seconds allows)")
    var steps: Int?

    @Option(help: "How long to measure, but at least five steps.")
    var seconds = 5.0

    @Flag(help: "Show the time of a step by operation and implementation.")
    var profile = false

    @Flag(help: "Give each shape a row of its own in a profile.")
    var byShape = false

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Show two files of --profile --json side by side.", valueName: "A.json B.json"))
    var compare: [String] = []

    @Option(
        help: ArgumentHelp(
            "Measure time and memory against the batch, the area of images, the depth of the backbone or the threads.",
            valueName: "batch|area|depth|threads"))
    var growth: Growth.Variable?

    @Option(
        help: ArgumentHelp(
            "The values for --growth. (default: doubled from 1, or around what the configuration has)",
            valueName: "1,2,4"))
    var values: Growth.Values?

    @Option(
        help: ArgumentHelp("The file for the table of --growth, beside which a chart appears.", valueName: "file.csv"))
    var output: String?

    @Option(
        defaultAsFlag: "-", help: ArgumentHelp("Print JSON, or write it to a file beside the text.", valueName: "file"))
    var json: String?

    func validate() throws {
        if let batch, !(1...1_000_000).contains(batch) {
            throw ValidationError("--batch must be from 1 to 1000000, not \(batch)")
        }
        if let steps, steps < 1 { throw ValidationError("--steps must be 1 or more, not \(steps)") }
        if warmUp < 0 { throw ValidationError("--warm-up must be 0 or more, not \(warmUp)") }
        if !(seconds > 0 && seconds <= 1e9) {
            throw ValidationError("--seconds must be above 0 and at most a billion, not \(seconds)")
        }
        if byShape, !profile { throw ValidationError("--by-shape requires --profile") }
        if growth == nil, values != nil || output != nil {
            throw ValidationError("--values and --output require --growth")
        }
        if [profile, growth != nil, !compare.isEmpty].filter({ $0 }).count > 1 {
            throw ValidationError("--profile, --growth and --compare are different measurements; choose one")
        }
        if growth != nil, json != nil { throw ValidationError("--growth writes CSV, to a file by --output, not JSON") }
        if !compare.isEmpty {
            if compare.count != 2 { throw ValidationError("--compare takes two files, not \(compare.count)") }
            if config != nil { throw ValidationError("--compare takes files of profiles and no configuration") }
        } else if configPath == nil {
            throw ValidationError("Missing expected argument '<config>'")
        }
    }

    /// The configuration; also one that follows --json, which needs no file.
    private var configPath: String? { config ?? (json == "-" ? nil : json) }

    /// The file for JSON; nil for none.
    private var jsonFile: String? { config == nil && compare.isEmpty ? json.map { _ in "-" } : json }

    func run(_ tool: Tool) throws {
        guard compare.isEmpty else { return try compareProfiles(tool.console) }
        let target = try jsonFile.flatMap { $0 == "-" ? nil : URL(fileURLWithPath: $0) }
            .map { try OutputFile($0, notOver: [URL(fileURLWithPath: configPath!)]).url }
        let experiment = try options.load(configPath!, registry: tool.registry)
        if let run = quantizedRun, let refusal = run.quantization?.refusal, mode == .train {
            throw CommandFailure(message: "\(run.url.relativePath): \(refusal.reason); pass --mode infer")
        }
        try tool.startEngine()
        if let growth { return try measureGrowth(growth, experiment, tool) }
        let workload = try self.workload(experiment, tool.registry)
        let report = try self.report(workload, tool.console)
        guard profile else { return try show(report, text: report.text, target, tool.console) }
        let ceilings = MachineCeilings(precision: workload.precision)
        let recorder = ProfileRecorder()
        let step = workload.step(mode)
        var observed: [(seconds: Double, records: [ProfileRecorder.Record])] = []
        for _ in 0..<max(report.milliseconds.count, 1) { observed.append(try recorder.record(step)) }
        let result = OperationProfile(
            .init(report, configuration: TrainCommand.name(of: configPath!)), ceilings: ceilings,
            unobserved: report.milliseconds, observed: observed)
        try show(result, text: result.text(byShape: byShape), target, tool.console)
    }

    private func workload(
        _ config: ExperimentConfig, _ registry: Registry, batch: Int? = nil, size: Size? = nil
    ) throws -> BenchWorkload {
        var config = config
        let resolved = try network.resolved(config, registry: registry)
        config.model = resolved.model
        let workload = try BenchWorkload(
            config, for: mode, registry: registry, classCount: resolved.classCount, classNames: resolved.classNames,
            imageSize: size ?? resolved.imageSize,
            batch: batch ?? self.batch ?? (mode == .train ? config.data.batchSize : 1),
            precision: precision ?? config.precision)
        if let run = quantizedRun { try Checkpoint(contentsOf: run.url(of: .best)).load(into: workload.network) }
        return workload
    }

    /// The quantized run that the configuration is of; nil for any other.
    private var quantizedRun: RunDirectory? {
        guard let path = configPath, PathKind(of: path) == .folder,
            let run = try? RunDirectory(existing: URL(fileURLWithPath: path)), run.quantization != nil
        else { return nil }
        return run
    }

    private func report(_ workload: BenchWorkload, _ console: Console) throws -> BenchReport {
        try BenchReport(
            workload, mode: mode, warmUp: warmUp, limit: steps.map { .steps($0) } ?? .seconds(seconds),
            console: console)
    }

    /// Prints the text, or JSON where that is asked for without a file.
    private func show(_ result: some Encodable, text: String, _ file: URL?, _ console: Console) throws {
        if jsonFile != nil, file == nil { return try console.print(json: result) }
        if let file { try AtomicFile.write(JSONEncoder.ofResults.encode(result), to: file) }
        console.print(text)
    }

    private func compareProfiles(_ console: Console) throws {
        let profiles = try compare.map { try OperationProfile(contentsOf: $0) }
        let comparison = ProfileComparison(profiles[0], profiles[1])
        if !profiles[0].subject.hasWork(of: profiles[1].subject) {
            console.report(
                "warning: the profiles are of different work (\(comparison.differences.joined(separator: "; "))), so "
                    + "that a ratio compares more than implementations")
        }
        let file = try json.flatMap { $0 == "-" ? nil : URL(fileURLWithPath: $0) }
            .map { try OutputFile($0, notOver: compare.map { URL(fileURLWithPath: $0) }).url }
        try show(comparison, text: comparison.text, file, console)
    }

    private func measureGrowth(_ variable: Growth.Variable, _ config: ExperimentConfig, _ tool: Tool) throws {
        let target = try output.map {
            try OutputFile(URL(fileURLWithPath: $0), notOver: [URL(fileURLWithPath: configPath!)]).url
        }
        let resolved = try network.resolved(config, registry: tool.registry)
        let start = Growth.Start(imageSize: resolved.imageSize, backbone: config.model.backbone.name ?? "")
        var growth = Growth(variable: variable, name: TrainCommand.name(of: configPath!), mode: mode)
        for value in try values?.list ?? variable.values(from: start) {
            let point = try variable.point(value, from: start)
            var changed = options
            changed.changes += point.changes
            let config = try changed.load(configPath!, registry: tool.registry)
            let workload = try self.workload(config, tool.registry, batch: point.batch, size: point.imageSize)
            let report = try Engine.withThreads(point.threads ?? Engine.threadCount) {
                try self.report(workload, tool.console)
            }
            growth.add(value, report)
            if target == nil {
                // Each line as soon as it is measured, the header before the first.
                let lines = growth.lines
                tool.console.print(lines.dropFirst(lines.count == 2 ? 0 : lines.count - 1).joined(separator: "\n"))
            }
        }
        if let target {
            try AtomicFile.write(Data((growth.lines.joined(separator: "\n") + "\n").utf8), to: target)
            let chart = target.deletingPathExtension().appendingPathExtension("png")
            try growth.chart.writePNG(to: OutputFile(chart, notOver: [target]).url)
            tool.console.print("\(target.relativePath), \(chart.relativePath)")
        }
    }
}

extension OperationProfile.Subject {
    init(_ report: BenchReport, configuration: String) {
        self.init(
            configuration: configuration, mode: report.mode.rawValue, batch: report.batch, imageSize: report.imageSize,
            classes: report.classes, precision: report.precision.rawValue, parameters: report.parameters,
            threads: report.threads, processor: Processor().model)
    }
}
