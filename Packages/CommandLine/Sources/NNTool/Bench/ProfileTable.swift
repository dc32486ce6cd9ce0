@_spi(Internal) import NNCore
@_spi(Text) import NNLayers

extension OperationProfile {
    /// The most rows of a table; the rest are added up in one.
    private static let mostRows = 40
    /// Rows of less than this part of the step are added up in one.
    private static let leastShare = 0.0005

    /// The profile as a table of at most 100 columns, the longest time first, with a total.
    ///
    /// - Parameter byShape: Whether each shape has a row of its own.
    func text(byShape: Bool = false) -> String {
        var table = TextTable(
            columns: ["operation", "computed by", "calls", "ms", "%", "GFLOP/s", "%", "GB/s", "%"], leftAligned: 2)
        let all = byShape ? rows : rowsByKind
        let shown = all.prefix(Self.mostRows).prefix { $0.share >= Self.leastShare }
        for row in shown {
            table.add(
                [
                    row.title(precision: subject.precision, byShape: byShape).shortened(to: byShape ? 36 : 30),
                    row.implementation.shortened(to: byShape ? 12 : 18), row.calls.fixed(0),
                    row.milliseconds.fixed(2), (row.share * 100).fixed(1),
                ] + Self.rate(row.gigaflops, of: ceilings.gigaflops)
                    + Self.rate(row.gigabytesPerSecond, of: ceilings.gigabytesPerSecond))
        }
        func add(_ title: String, calls: Double?, _ milliseconds: Double) {
            table.add(
                [
                    title, "", calls.map { $0.fixed(0) } ?? "", milliseconds.fixed(2),
                    (milliseconds / steps.milliseconds * 100).fixed(1),
                ] + [String](repeating: "", count: 4))
        }
        let rest = all.dropFirst(shown.count)
        if !rest.isEmpty {
            add(
                "\(rest.count) smaller ones", calls: rest.reduce(0) { $0 + $1.calls },
                rest.reduce(0) { $0 + $1.milliseconds })
        }
        add("between operations", calls: nil, steps.betweenOperations)
        add("total", calls: rows.reduce(0) { $0 + $1.calls }, steps.milliseconds)
        return """
            \(subject.text)
            ceilings: \(ceilings.text)
            mean of the faster half of \(steps.count) observed steps; the median of others is \
            \(steps.unobserved.fixed(2)) ms

            \(table)

            \(phases)
            """
    }

    /// The time of each part of the step.
    private var phases: String {
        func milliseconds(_ phases: [ObservedWork.Phase]) -> Double {
            rows.filter { phases.contains($0.phase) }.reduce(0) { $0 + $1.milliseconds }
        }
        let parts = [
            ("forward", milliseconds([.forward])),
            ("backward", milliseconds([.backward, .inputGradient, .weightGradient])),
            ("update", milliseconds([.update])), ("between operations", steps.betweenOperations),
        ]
        return parts.filter { $0.1 > 0 }.map { "\($0.0) \($0.1.fixed(2)) ms" }.joined(separator: ", ")
    }

    /// A rate, and the percentage of its ceiling.
    private static func rate(_ rate: Double?, of ceiling: Double) -> [String] {
        guard let rate else { return ["", ""] }
        return [rate.fixed(rate < 100 ? 1 : 0), ceiling > 0 ? (rate / ceiling * 100).fixed(0) : ""]
    }
}

extension OperationProfile.Row {
    /// Operation, class and part of the step, without the shape.
    var title: String {
        let suffix =
            switch phase {
            case .forward: ""
            case .backward: " backward"
            case .update: " update"
            case .inputGradient: " by input"
            case .weightGradient: " by weight"
            }
        let name = kind.hasPrefix("depthwise") ? kind : kind.isEmpty ? operation : "\(operation) \(kind)"
        return name + suffix
    }

    fileprivate func title(precision: String, byShape: Bool) -> String {
        if byShape, !shape.isEmpty { return "\(title) \(shape)" }
        guard let type = DataType(rawValue: dataType), type.isFloatingPoint,
            let whole = Precision(rawValue: precision), whole.dataType != type
        else { return title }
        return "\(title) \(type == .float32 ? Precision.float32.rawValue : Precision.bfloat16.rawValue)"
    }

    /// The backend with its kernel, without the instruction set that some state after a colon.
    var implementation: String {
        guard let backend else { return "nnkit" }
        let name = kernel.map { $0.prefix { $0 != ":" } } ?? ""
        return name.isEmpty ? backend : "\(backend) \(name)"
    }
}

extension OperationProfile.Subject {
    /// What was measured, in two lines.
    var text: String {
        let size = Size(height: imageSize[0], width: imageSize[1])
        return """
            \(configuration), \(mode) \(precision), batch \(batch), \(size), \(classes) classes, \
            \(parameters.grouped) parameters
            \(processor), \(threads) threads
            """
    }
}

extension String {
    /// The text in at most `count` characters.
    func shortened(to count: Int) -> String { self.count <= count ? self : prefix(count - 1) + "…" }
}
