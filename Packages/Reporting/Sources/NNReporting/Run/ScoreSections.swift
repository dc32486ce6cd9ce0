import NNDatasets
import NNInference
@_spi(Text) import NNLayers
import NNPlotting
@_spi(Internal) import NNTraining

/// What a run trained, how well, and its curves.
struct ScoreSections {
    let facts: RunFacts

    var sections: [ReportSection] {
        var sections = [ReportSection(anchor: "summary", title: "Summary", body: HTML(summary))]
        let curves = curves
        if !curves.isEmpty {
            let body = HTML.charts(curves.map(\.chart))
            sections.append(
                ReportSection(anchor: "curves", title: "Curves", body: HTML([body, table].compactMap { $0 })))
        }
        return sections
    }

    private var summary: [HTML] {
        var pieces = [HTML.tiles(tiles)]
        if facts.logs.rows.isEmpty {
            let text =
                facts.isRunning
                ? "The first evaluation is not finished, so there are no scores yet." : "Nothing was evaluated."
            pieces.append(.paragraph(text))
        } else {
            pieces.append(scores)
        }
        if !components.isEmpty { pieces.append(.facts(components, caption: "What was trained")) }
        return pieces
    }

    private var tiles: [(name: String, value: String, remark: String)] {
        var tiles: [(name: String, value: String, remark: String)] = []
        let logs = facts.logs
        if let best = logs.best, let value = best.best {
            var score = logs.rows.last?.scores.first { $0.name == best.metric }
            score?.value = value
            let epoch = best.bestEpoch.map { "in epoch \($0)" } ?? ""
            tiles.append(("best \(Figures.name(best.metric))", score?.textWithUnit ?? Figures.number(value), epoch))
        }
        for score in facts.last?.scores ?? [] where score.split == .validation {
            tiles.append(("last \(Figures.name(score.name))", score.textWithUnit, ""))
        }
        if let last = facts.last {
            let count = facts.config.flatMap { $0.iterations == nil ? "of \($0.epochs)" : nil } ?? ""
            tiles.append(("epochs", "\(last.epoch)", count))
        }
        let times = RunTimes(facts)
        if times.total > 0 {
            tiles.append(("time", Figures.duration(times.total), "training and evaluation"))
            if let speed = times.samplesPerSecond {
                tiles.append(("speed", "\(Int(speed).grouped)/s", "training images"))
            }
        }
        if let summary = logs.summary {
            tiles.append(("parameters", summary.parameterCount.grouped, ""))
            if let memory = summary.peakProcessMemory {
                tiles.append(("peak memory", Figures.bytes(memory), "of the process"))
            } else {
                tiles.append(("peak memory", Figures.bytes(summary.peakMemory), "of tensors"))
            }
        }
        if !facts.classNames.isEmpty { tiles.append(("classes", facts.classNames.count.grouped, "")) }
        return tiles
    }

    /// The scores of the best and the last evaluation.
    private var scores: HTML {
        var metrics: [String] = []
        let measured = facts.last?.scores ?? []
        for score in measured where !metrics.contains(score.metric) { metrics.append(score.metric) }
        let splits = Split.allCases.filter { split in measured.contains { $0.split == split } }
        var rows = [facts.last.map { ("last", $0) }].compactMap { $0 }
        if let best = facts.best {
            rows = best.step == rows.first?.1.step ? [("best and last", best)] : [("best", best)] + rows
        }
        var columns = ["score"]
        for (name, row) in rows { columns += splits.map { "\($0.rawValue), \(name) (epoch \(row.epoch))" } }
        let lines = metrics.map { metric in
            [metric]
                + rows.flatMap { _, row in
                    splits.map { split in
                        Figures.score(row.scores.first { $0.metric == metric && $0.split == split })
                    }
                }
        }
        return .table(columns: columns, rows: lines, caption: "Scores of the best and the last evaluation")
    }

    private var components: [(name: String, value: String)] {
        guard let config = facts.config else { return [] }
        var rows = [("backbone", Self.text(config.model.backbone.node)), ("head", Self.text(config.model.head.node))]
        if config.model.weights != nil { rows.append(("weights", config.model.weights.flowText)) }
        rows.append(("data", Self.text(config.data.dataset.node)))
        if let loss = config.loss { rows.append(("loss", Self.text(loss.node))) }
        rows += [
            ("optimizer", Self.text(config.optimizer.node)), ("schedule", Self.text(config.schedule.node)),
            ("batch size", "\(config.data.batchSize)"), ("precision", config.precision.rawValue),
            ("seed", "\(config.seed)"),
        ]
        return rows.map { (name: $0.0, value: $0.1) }
    }

    /// The name of a component, and its options that are set: `sgd, lr: 0.1, momentum: 0.9`.
    private static func text(_ node: ConfigNode) -> String {
        guard let name = node["type"]?.string, let options = node.entries else { return node.flowText }
        let set = options.filter { option in
            option.key != "type" && !["null", "[]"].contains(option.value.flowText)
        }
        return ([name] + set.map { "\($0.key): \($0.value.flowText)" }).joined(separator: ", ")
    }

    /// Scores over epochs or steps, the loss and the rates over steps.
    private var curves: [(name: String, chart: LineChart)] {
        let steps = facts.logs.steps
        var charts = TrainingCurves(rows: facts.logs.rows, steps: steps, run: facts.name).charts
        for index in charts.indices {
            // The page has the name already.
            charts[index].chart.title = charts[index].chart.title.replacing(" of \(facts.name)", with: "")
        }
        let norms = steps.compactMap { step in step.gradientNorm.map { (x: Double(step.step), y: Double($0)) } }
        if norms.count > 1 {
            let series = LineChart.Series("gradient norm", points: norms)
            let chart = LineChart(
                title: "Norm of the gradients before clipping", series: [series], xLabel: "step", yLabel: "norm",
                hasLogarithmicY: norms.allSatisfy { $0.y > 0 })
            charts.append(("gradient_norm", chart))
        }
        return charts
    }

    /// The most rows of the table of epochs.
    private static let rowLimit = 1000

    /// Every evaluation with all that was logged.
    private var table: HTML? {
        let rows = facts.logs.rows.suffix(Self.rowLimit)
        guard let last = rows.last else { return nil }
        var names = last.entries.map(\.name)
        for entry in rows.first?.entries ?? [] where !names.contains(entry.name) { names.append(entry.name) }
        let lines = rows.map { row in
            ["\(row.epoch)", row.step.grouped] + names.map { Figures.number(row[$0]) }
        }
        let best = facts.best.flatMap { best in rows.firstIndex { $0.step == best.step } }
        let table = HTML.table(
            columns: ["epoch", "step"] + names.map(Figures.name), rows: lines, caption: "The best epoch is bold",
            marked: best.map { $0 - rows.startIndex })
        let count = facts.logs.rows.count
        return .details(
            count > rows.count ? "The last \(rows.count) of \(count) evaluations" : "All evaluations", table)
    }
}
