import ArgumentParser
import Foundation
@_spi(Internal) import NNCore
import NNDatasets
@_spi(Internal) import NNInference
@_spi(Text) import NNLayers
import NNPlotting
@_spi(Internal) import NNTraining

struct LearningRateCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "lr-find", abstract: "Suggests a learning rate by a short training in which it rises.",
        discussion: """
            The learning rate range test (Smith 2017, section 3.3): each step has a larger rate, until the smoothed loss is \
            four times the best. The weights are thrown away, and no run folder is written. Writes lr_find.png, with the \
            suggestions in the curve, and lr_find.csv.

            Ends with exit code 1, after writing both, where the loss falls at no rate.
            """)

    @Argument(help: "The configuration file.")
    var config: String

    @OptionGroup var options: ConfigOptions

    @Option(name: .customLong("from"), help: "The rate of the first step.")
    var lowest = 1e-7

    @Option(name: .customLong("to"), help: "The rate of the last step.")
    var highest = 10.0

    @Option(help: "The number of steps; the data repeats where an epoch is shorter.")
    var steps = 100

    @Option(help: ArgumentHelp("The folder for lr_find.png and lr_find.csv.", valueName: "dir"))
    var output = "."

    @Flag(help: "Print the result as JSON, and everything else to standard error.")
    var json = false

    func validate() throws {
        do throws(OptionError) {
            try LearningRateFinder.check(from: lowest, to: highest, steps: steps)
        } catch {
            throw ValidationError("--\(error.option) \(error.message)")
        }
    }

    func run(_ tool: Tool) throws {
        let say: (String) -> Void = json ? { tool.console.report($0) } : { tool.console.print($0) }
        let config = try options.load(config, registry: tool.registry)
        let experiment = try Experiment(config, registry: tool.registry)
        try tool.startEngine()
        let check = try ConfigCheckReport(experiment, notesWeights: false)
        say(check.text)
        let folder = URL(fileURLWithPath: output)
        if PathKind(of: output) == .file { throw CommandFailure(message: "\(output) is a file; name a folder") }
        let test = try find(experiment, tool.console)
        tool.console.clearStatus()
        if test.ending == .interrupted { throw CommandFailure(exitCode: InterruptWatch.exitCode) }
        let report = LearningRateReport(
            test, highest: highest, config: config, name: TrainCommand.name(of: self.config))
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw CommandFailure(message: "\(output) cannot be created: \(SystemError.text(of: error))")
        }
        try AtomicFile.write(Data(report.csv.utf8), to: folder.appending(path: "lr_find.csv"))
        try report.chart.image(width: 960, height: 600).writePNG(to: folder.appending(path: "lr_find.png"))
        say("")
        say(report.text)
        say("\nwritten \(folder.appending(path: "lr_find.png").relativePath), lr_find.csv")
        if json { try tool.console.print(json: report) }
        if !test.falls {
            throw CommandFailure(
                message: "the loss falls at no rate from \(lowest.significant(3)) to "
                    + "\((test.points.last?.rate ?? highest).significant(3)), so that none is suggested; check the labels and "
                    + "the loss, whether anything is trained, or use more --steps and another range")
        }
    }

    private func find(_ experiment: Experiment, _ console: Console) throws -> LearningRateTest {
        let interruption = Interruption()
        let watch = InterruptWatch(onFirst: { interruption.request() })
        defer { watch.cancel() }
        var count = 0
        return try LearningRateFinder(from: lowest, to: highest, steps: steps).run(experiment, until: interruption) {
            count += 1
            let figures = ["lr \($0.rate.significant(3))", "loss \($0.smoothedLoss.fixed(4))"]
            console.show(
                ProgressLine(title: "step \(count)/\(steps)", fraction: Double(count) / Double(steps), figures: figures)
            )
        }
    }
}

/// The result of `nn lr-find` as text, table and chart.
struct LearningRateReport: Encodable {
    let points: [LearningRateTest.Point]
    let ending: LearningRateTest.Ending
    let valley: Double?
    let steepest: Double?
    let belowLowest: Double?
    /// For `--set`: what is suggested.
    let changes: [String]
    private let test: LearningRateTest
    private let highest: Double
    private let name: String

    private enum CodingKeys: CodingKey { case points, ending, valley, steepest, belowLowest, changes }

    /// - Parameters:
    ///   - highest: The rate of the last step that was planned.
    ///   - name: The name of what was trained.
    init(_ test: LearningRateTest, highest: Double, config: ExperimentConfig, name: String) {
        self.test = test
        self.highest = highest
        self.name = name
        points = test.points
        ending = test.ending
        valley = test.valley
        steepest = test.steepest
        belowLowest = test.belowLowest
        if config.schedule.name == "cyclical", let cycle = test.cycle {
            changes = [
                "schedule.base_lr=\(Self.rate(cycle.lowerBound))", "schedule.max_lr=\(Self.rate(cycle.upperBound))",
            ]
        } else {
            changes = test.valley.map { ["optimizer.lr=\(Self.rate($0))"] } ?? []
        }
    }

    /// A curve does not tell more than two digits.
    private static func rate(_ value: Double) -> String { value.significant(2) }

    var text: String {
        var lines = ["\(points.count) steps, \(ending.text)"]
        guard let valley, let belowLowest, let lowest = test.lowest else { return lines[0] }
        lines.append("")
        lines.append("\(Self.rate(valley))  halfway along the longest fall of the loss (valley of fastai)")
        lines.append(
            "\(Self.rate(belowLowest))  a tenth of \(Self.rate(lowest)), where the loss is lowest and soon rises")
        if ending == .completed, test.judged.last?.rate == lowest {
            lines.append("note: the loss still falls at the last rate; a higher --to than \(highest) shows the rest")
        }
        lines.append("")
        if changes.count == 2 {
            let values = changes.map { $0.replacing("schedule.", with: "").replacing("=", with: ": ") }
            lines.append("in YAML  schedule: {type: cyclical, \(values.joined(separator: ", ")), ...}")
        } else {
            lines.append("in YAML  optimizer: {lr: \(Self.yaml(valley)), ...}")
        }
        lines.append("to train  nn train CONFIG " + changes.map { "--set \($0)" }.joined(separator: " "))
        return lines.joined(separator: "\n")
    }

    /// Other parsers of YAML read `1e-05` as text.
    private static func yaml(_ value: Double) -> String {
        let text = rate(value)
        guard let exponent = text.firstIndex(of: "e"), !text.contains(".") else { return text }
        return text[..<exponent] + ".0" + text[exponent...]
    }

    var csv: String {
        let rows = points.enumerated().map { ["\($0 + 1)", "\($1.rate)", "\($1.loss)", "\($1.smoothedLoss)"] }
        return CSV.text(columns: ["step", "learning_rate", "loss", "smoothed_loss"], rows: rows) + "\n"
    }

    /// The losses over the rates, as far up as the smoothed loss is judged.
    var chart: LineChart {
        let shown = test.judged.isEmpty ? points[...] : test.judged
        let (low, high) = (shown.map(\.smoothedLoss).min() ?? 0, shown.map(\.smoothedLoss).max() ?? 1)
        let values = shown.map(\.loss).filter { $0 <= high }
        let floor = min(low, values.min() ?? low)
        let range = floor...max(high + (high - floor) * 0.05, floor)
        // What is above lies on the edge, and nothing follows where the loss has risen for good.
        let end = points.lastIndex { $0.smoothedLoss <= range.upperBound }.map { $0 + 1 } ?? points.count
        let seen = points[..<end].map { point in
            (point.rate, min(point.loss, range.upperBound), min(point.smoothedLoss, range.upperBound))
        }
        var series = [
            LineChart.Series("loss", points: seen.map { ($0.0, $0.1) }, color: Color(0xBBBBBB)),
            LineChart.Series("smoothed", points: seen.map { ($0.0, $0.2) }, color: Color.palette[0]),
        ]
        for (rate, title, index) in [(valley, "valley", 2), (belowLowest, "lowest / 10", 1)] {
            guard let rate else { continue }
            series.append(
                LineChart.Series(
                    "\(title) \(Self.rate(rate))", points: [(rate, range.lowerBound), (rate, range.upperBound)],
                    color: Color.palette[index], isDashed: true))
        }
        return LineChart(
            title: "Learning rate of \(name)", series: series, xLabel: "learning rate", yLabel: "loss",
            hasLogarithmicX: true)
    }
}

extension LearningRateTest.Ending {
    fileprivate var text: String {
        switch self {
        case .completed: "all rates were tried"
        case .rose: "up to a smoothed loss of \(LearningRateFinder.limit.significant(2)) times the best"
        case .notFinite: "up to a loss that is not finite"
        case .interrupted: "interrupted"
        }
    }
}
