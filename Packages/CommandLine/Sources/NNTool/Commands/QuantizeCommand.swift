import ArgumentParser
import Foundation
@_spi(Internal) import NNDatasets
@_spi(Internal) import NNInference
@_spi(Text) import NNLayers
@_spi(Internal) import NNTraining

struct QuantizeCommand: ToolCommand {
    enum Method: String, ExpressibleByArgument, CaseIterable {
        case minimumMaximum = "minimum-maximum"
        case percentile
    }

    static let configuration = CommandConfiguration(
        commandName: "quantize", abstract: "Quantizes a trained network to 8 bits.",
        discussion: """
            Convolutions and linear layers then calculate in 8 bits, from the first to the last one: weights with a scale \
            for each output channel, activations with a range that is measured on some images, transformed as for \
            validation. Everything else stays float32. The result is a new run folder, named after the configuration and \
            int8, which eval, predict, features, bench --mode infer and export take as any other; it cannot be trained.

            The table shows the scores of both on the validation data, and the layers whose output loses most by 8 bits, \
            as the ratio of signal to noise. Where too much is lost, try --calibration percentile, or keep the worst \
            layers in float32 by --keep.
            """)

    @Argument(help: "A run folder, or a configuration file for its latest run.")
    var runOrConfig: String

    @Argument(
        help: ArgumentHelp(
            "The images: a folder with train and validation, each with a folder per class, or a configuration file with "
                + "the data set. (default: the data of the run)"))
    var data: String?

    @OptionGroup var options: ConfigOptions

    @Option(help: "The checkpoint to load.")
    var checkpoint = RunDirectory.CheckpointName.best

    @Option(help: "The split whose images activations are measured on.")
    var split = Split.train

    @Option(help: "The number of images that activations are measured on, at equal distances in the data set.")
    var images = 256

    @Option(help: "How the ranges of activations are found.")
    var calibration = Method.minimumMaximum

    @Option(help: "The percentile for --calibration percentile; half of what is above it is left out at each end.")
    var percentile: Double?

    @Option(
        help: ArgumentHelp(
            "A layer, or a part of the network, that stays in float32. May be repeated.", valueName: "name"))
    var keep: [String] = []

    @Option(help: ArgumentHelp("The folder of all runs.", valueName: "dir"))
    var output = "runs"

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if !(1...1_000_000 ~= images) {
            throw ValidationError("--images must be from 1 to 1000000, not \(images)")
        }
        guard let percentile else { return }
        if calibration != .percentile { throw ValidationError("--percentile requires --calibration percentile") }
        if !(percentile > 50 && percentile <= 100) {
            throw ValidationError("--percentile must be above 50 and at most 100, not \(percentile)")
        }
    }

    private var method: Calibration {
        calibration == .minimumMaximum ? .minimumMaximum : .percentile(percentile ?? 99.99)
    }

    func run(_ tool: Tool) throws {
        let run = try RunDirectory.find(runOrConfig, in: output, holding: checkpoint)
        let trained = try options.open(run, checkpoint, registry: tool.registry)
        guard trained.checkpoint.quantization.isEmpty else {
            let source = trained.checkpoint.information.quantization.map { ", \($0.source)" } ?? ""
            throw CommandFailure(
                message: "\(run.url.relativePath): its network is quantized already; name the run that it was made "
                    + "from\(source)")
        }
        let config = try trained.config.withData(data, registry: tool.registry)
        let experiment = try Experiment(config, registry: tool.registry)
        guard trained.checkpoint.information.data.featureCount == nil else {
            throw CommandFailure(message: "\(runOrConfig): its network takes features and not images")
        }
        let loader = try experiment.makeLoader(split, samples: images)
        try trained.check(experiment, for: .evaluation, tool.console)
        try tool.startEngine()
        let network = try experiment.makeNetwork(pretrained: false)
        try trained.checkpoint.load(into: network)
        let interruption = Interruption()
        let watch = InterruptWatch { interruption.request() }
        defer {
            watch.cancel()
            tool.console.clearStatus()
        }
        func show(_ title: String, _ done: Int, _ total: Int) throws {
            if interruption.isRequested {
                throw CommandFailure(message: "interrupted; nothing was written", exitCode: InterruptWatch.exitCode)
            }
            tool.console.show(ProgressLine(title: title, done: done, total: total))
        }
        let scores = try evaluator(of: network, experiment, trained)
        let validation = try experiment.makeLoader(.validation, keepsSamples: false)
        let exact = try scores.evaluate(validation) { try show("evaluate fp32", $0, validation.count) }
        var passes = 0
        let report = try network.quantize(by: method, except: keep) { body in
            passes += 1
            let title = passes == 1 ? "calibrate" : "measure"
            let batches = loader.batches(epoch: 0)
            while let batch = try batches.next() {
                try show(title, batches.stepCount, loader.count)
                if let batch = batch.withoutStandIns { try body(batch.images) }
            }
        }
        let rounded = try scores.evaluate(validation) { try show("evaluate int8", $0, validation.count) }
        tool.console.clearStatus()
        tool.console.report(samplesSkippedBy: loader, of: split)
        let name = run.url.deletingLastPathComponent().lastPathComponent
        let note = QuantizationNote(
            source: run.url.relativePath, calibration: method.description,
            imageCount: min(images, try experiment.dataset(split, keepsSamples: false).count))
        let made = try RunDirectory.createQuantized(
            from: trained, network, in: URL(fileURLWithPath: output), configuration: name, note: note)
        let result = QuantizeReport(
            run: made, source: trained, note: note, exact: exact, quantized: rounded, layers: report)
        if json { try tool.console.print(json: result) } else { tool.console.print(result.text) }
    }

    private func evaluator(of network: Network, _ experiment: Experiment, _ trained: TrainedRun) throws -> Evaluator {
        Evaluator(
            network, loss: try experiment.makeLoss(),
            metrics: try experiment.makeMetrics(thresholds: trained.checkpoint.information.data.thresholds),
            precision: experiment.config.precision, task: experiment.source.task)
    }
}

/// The result of `nn quantize`.
struct QuantizeReport: Encodable {
    /// A score of both networks; an undefined one is nil.
    struct Score: Encodable {
        let name: String
        let float32: Double?
        let int8: Double?
        let difference: Double?
    }

    /// A layer in 8 bits.
    struct Layer: Encodable {
        let name: String
        let weights: Int
        /// In decibels; nil where nothing is lost.
        let signalToNoise: Double?
    }

    let run: String
    let source: String
    let calibration: String
    let images: Int
    let samples: Int
    let scores: [Score]
    /// The sizes of the checkpoints without the state of training.
    let float32Bytes: Int
    let int8Bytes: Int
    /// The worst one first.
    let layers: [Layer]
    /// The convolutions and linear layers that stay float32.
    let kept: [String]
    private let scoreTexts: [[String]]

    private enum CodingKeys: CodingKey {
        case run, source, calibration, images, samples, scores, float32Bytes, int8Bytes, layers, kept
    }

    init(
        run: RunDirectory, source: TrainedRun, note: QuantizationNote, exact: EvaluationResult,
        quantized: EvaluationResult, layers: QuantizationReport
    ) {
        self.run = run.url.relativePath
        self.source = note.source
        calibration = note.calibration
        images = note.imageCount
        samples = quantized.sampleCount
        let pairs = zip(exact.scores, quantized.scores)
        func defined(_ value: Double) -> Double? { value.isFinite ? value : nil }
        scores = pairs.map {
            Score(
                name: $0.name, float32: defined($0.value), int8: defined($1.value),
                difference: defined($1.value - $0.value))
        }
        scoreTexts = pairs.map { exact, quantized in
            func text(_ value: Double) -> String { value.isNaN ? "—" : value.fixed(exact.unit == .percent ? 2 : 4) }
            let difference = quantized.value - exact.value
            let unit = exact.unit == .percent ? " %" : ""
            return [
                exact.name + unit, text(exact.value), text(quantized.value),
                (difference > 0 ? "+" : "") + text(difference),
            ]
        }
        float32Bytes = source.checkpoint.weights.entries.reduce(0) { $0 + $1.tensor.byteCount }
        int8Bytes = run.url(of: .best).fileStatus.map { Int($0.st_size) } ?? 0
        self.layers = layers.layers.sorted { $0.signalToNoise < $1.signalToNoise }.map {
            Layer(name: $0.name, weights: $0.weightCount, signalToNoise: defined($0.signalToNoise))
        }
        kept = layers.keptNames
    }

    /// The layers that are shown.
    private static let shownCount = 5

    var text: String {
        var table = TextTable(columns: ["\(samples.grouped) validation samples", "fp32", "int8", "difference"])
        for row in scoreTexts { table.add(row) }
        let ratio = Double(int8Bytes) / Double(max(float32Bytes, 1)) * 100
        table.add(["weights", float32Bytes.byteText, int8Bytes.byteText, "\(ratio.fixed(0)) %"])
        var worst = TextTable(columns: ["layers that lose most", "weights", "signal to noise"])
        for layer in layers.prefix(Self.shownCount) {
            worst.add([
                layer.name, layer.weights.grouped, layer.signalToNoise.map { "\($0.fixed(1)) dB" } ?? "no noise",
            ])
        }
        let counts =
            "\(layers.count) layers in 8 bits, \(kept.count) in float32; ranges by \(calibration) of "
            + "\(images.grouped) images"
        return [table.description, worst.description, counts, "written \(run)"].joined(separator: "\n\n")
    }
}
