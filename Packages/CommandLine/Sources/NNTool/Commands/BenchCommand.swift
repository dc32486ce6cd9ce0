import ArgumentParser
import Foundation
@_spi(Text) import NNLayers
import NNOptimizers
@_spi(Internal) import NNTraining

struct BenchCommand: ToolCommand {
    enum Mode: String, ExpressibleByArgument, CaseIterable, Encodable { case train, infer }

    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measures the speed of a network on generated images.",
        discussion: """
            A training step is the forward and backward pass and the weight update; an inference step is the forward \
            pass. Loading and transforming images is not measured.
            """)

    @Argument(help: "The configuration file.")
    var config: String

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

/// The result of `nn bench`.
struct BenchReport: Encodable {
    /// When to stop measuring.
    enum Limit {
        case steps(Int)
        /// At least ``leastSteps`` steps, however long they take.
        case seconds(Double)
    }

    private static let leastSteps = 5

    let mode: BenchCommand.Mode
    let batch: Int
    let imageSize: [Int]
    let classes: Int
    let precision: Precision
    let parameters: Int
    let threads: Int
    /// In the order in which they are tried.
    let backends: [String]
    let milliseconds: StepTimes
    /// At the median time of a step.
    let imagesPerSecond: Double
    /// The peak memory of tensors during the measurement.
    let peakTensorBytes: Int
    /// The peak memory of the process; nil if the system does not report it.
    let peakProcessBytes: Int?

    init(_ workload: BenchWorkload, mode: BenchCommand.Mode, warmUp: Int, limit: Limit, console: Console) throws {
        let step: () throws -> Void = mode == .train ? workload.train : workload.infer
        for _ in 0..<warmUp { try step() }
        Allocator.shared.resetPeak()
        milliseconds = try Self.measure(step, limit: limit, console: console)
        peakTensorBytes = Allocator.shared.statistics.peak
        peakProcessBytes = SystemMemory.peakOfProcess
        self.mode = mode
        batch = workload.images.shape[0]
        imageSize = [workload.images.shape[1], workload.images.shape[2]]
        classes = workload.classCount
        precision = workload.precision
        parameters = workload.network.parameterCount.parameters
        threads = Engine.threadCount
        backends = Engine.backends.map(\.name)
        imagesPerSecond = Double(batch) / milliseconds.median * 1e3
    }

    private static func measure(_ step: () throws -> Void, limit: Limit, console: Console) throws -> StepTimes {
        let clock = ContinuousClock()
        let start = clock.now
        var times: [Double] = []
        while true {
            let fraction: Double
            switch limit {
            case .steps(let count): fraction = Double(times.count) / Double(count)
            case .seconds(let seconds):
                fraction = min((clock.now - start) / .seconds(seconds), Double(times.count) / Double(leastSteps))
            }
            if fraction >= 1 { break }
            // Drawn between the steps, so that it is not part of their times.
            console.show(ProgressLine(title: "bench", fraction: fraction, figures: ["\(times.count) steps"]))
            times.append(try clock.measure(step) / .milliseconds(1))
        }
        console.clearStatus()
        return StepTimes(milliseconds: times)
    }

    /// The result as lines of text.
    var text: String {
        let size = Size(height: imageSize[0], width: imageSize[1])
        return """
            \(mode.rawValue) \(precision.rawValue), batch \(batch), \(size), \(classes) classes, \
            \(parameters.grouped) parameters, \(threads) threads, \(backends.joined(separator: " then "))
            step         \(milliseconds.median.fixed(2)) ms median of \(milliseconds.count) \
            (min \(milliseconds.minimum.fixed(2)), max \(milliseconds.maximum.fixed(2)))
            throughput   \(imagesPerSecond.fixed(1)) images/s
            peak memory  \(peakTensorBytes.byteText) in tensors\
            \(peakProcessBytes.map { ", \($0.byteText) in total" } ?? "")
            """
    }
}

/// The times of equal steps.
struct StepTimes: Encodable {
    /// In milliseconds, in ascending order.
    private let sorted: [Double]

    /// - Parameter milliseconds: The time of each step; at least one.
    init(milliseconds: [Double]) {
        require(!milliseconds.isEmpty, "StepTimes: no step")
        sorted = milliseconds.sorted()
    }

    var count: Int { sorted.count }
    var minimum: Double { sorted[0] }
    var maximum: Double { sorted[sorted.count - 1] }
    /// The mean of the middle two if the count is even.
    var median: Double { (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2 }

    private enum CodingKeys: String, CodingKey { case count, minimum, median, maximum }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(count, forKey: .count)
        try container.encode(minimum, forKey: .minimum)
        try container.encode(median, forKey: .median)
        try container.encode(maximum, forKey: .maximum)
    }
}

/// A network with generated images and labels.
final class BenchWorkload {
    let network: Network
    let classCount: Int
    let images: Tensor
    let precision: Precision
    private let labels: Tensor
    private let loss: any Loss
    private let auxiliaryLossWeight: Float
    private let optimizer: Optimizer
    private var step: UInt64 = 0

    /// - Throws: `ConfigError` for unknown names, invalid options and a loss that does not fit, `ShapeError` for images
    ///   that do not fit.
    init(
        _ config: ExperimentConfig, for mode: BenchCommand.Mode, registry: Registry, classCount: Int,
        classNames: [String] = [], imageSize: Size, batch: Int, precision: Precision
    ) throws {
        self.classCount = classCount
        self.precision = precision
        let task = try ModelBuilder(registry).task(of: config.data)
        network = try ModelBuilder(registry).network(config.model, classCount: classCount, task: task)
        try config.training.freezeParts(of: network)
        let key = RandomKey(seed: config.seed)
        network.initialize(key: key)
        optimizer = try registry.build(
            .optimizer, config.optimizer, OptimizerEnvironment(parameters: ModuleTree(network).parameters))
        loss = try registry.build(
            .loss, config.loss(for: task),
            LossEnvironment(classCount: classCount, classNames: classNames, task: task))
        auxiliaryLossWeight = config.model.auxiliaryLossWeight
        // Checks by shapes alone that the images fit, and for training the loss.
        switch mode {
        case .infer: _ = try NetworkSummary(network, imageSize: imageSize)
        case .train:
            _ = try ShapeProof(
                network, loss: loss, task: network.head.task, classCount: classCount, imageSize: imageSize,
                batchSize: batch, precision: precision, optimizer: optimizer, keepsAverage: false,
                at: config.model.backbone.node)
        }
        images = Tensor.uniform(
            [batch, imageSize.height, imageSize.width, network.backbone.inputChannels], in: 0..<1,
            key: key.derived("images")
        ).cast(to: precision.dataType)
        let pixels = task.isDense ? [imageSize.height, imageSize.width] : []
        let labelShape = Shape([batch] + pixels + (task.labels == .classes ? [] : [classCount]))
        var random = RandomGenerator(key: key.derived("labels"))
        let upper = Int32(task.labels == .classes ? classCount : 2)
        labels = Tensor(
            (0..<labelShape.elementCount).map { _ in Int32.random(in: 0..<upper, using: &random) }, shape: labelShape
        ).cast(to: task.labels.dataType)
    }

    /// One training step: forward pass, loss, backward pass and weight update.
    func train() throws {
        step += 1
        let context = Context(training: true, precision: precision, random: RandomKey(seed: step))
        let gradients = network.logitsAndLoss(of: images, context, auxiliaryWeight: auxiliaryLossWeight) {
            loss($0, labels: labels)
        }.loss.backward()
        try optimizer.step(gradients, learningRate: optimizer.baseLearningRate)
    }

    /// One forward pass.
    func infer() {
        withoutGradients { _ = network(images, .inference(precision: precision)) }
    }
}
