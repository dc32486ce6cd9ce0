import ArgumentParser
import NNDatasets
@_spi(Text) import NNLayers
import NNTraining

struct DataCheckCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Reads all data, and reports what is wrong with it.",
        discussion: """
            Errors are unreadable files, masks that do not match their image or are not masks, labels outside the \
            classes, masks whose palette shows classes in each other's colours, and images that the transforms cannot \
            take or that cannot share a batch; warnings are classes without training samples, images in two splits or \
            with two labels, and masks whose palettes contradict each other; notes are anything unusual. With data.on_error=skip, unreadable files are warnings. The exit code is 1 if \
            there are errors.
            """)

    @Argument(help: "The configuration file.")
    var config: String

    @OptionGroup var options: ConfigOptions

    @Flag(help: "Print JSON.")
    var json = false

    func run(_ tool: Tool) throws {
        let config = try options.load(config, registry: tool.registry)
        let start = ContinuousClock.now
        let report = try DataScan(config, tool).check()
        let output = DataCheckOutput(report: report, seconds: (ContinuousClock.now - start) / .seconds(1))
        if json { try tool.console.print(json: output) } else { tool.console.print(output.text) }
        if report.count(of: .error) > 0 { throw CommandFailure() }
    }
}

/// The result of `nn data check`.
struct DataCheckOutput: Encodable {
    struct Totals: Encodable {
        let errors: Int
        let warnings: Int
        let notes: Int
    }

    let report: DataCheckReport
    let seconds: Double

    private enum CodingKeys: CodingKey { case splits, findings, totals, seconds }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(report.splits, forKey: .splits)
        try container.encode(report.findings, forKey: .findings)
        try container.encode(
            Totals(
                errors: report.count(of: .error), warnings: report.count(of: .warning), notes: report.count(of: .note)),
            forKey: .totals)
        try container.encode(seconds, forKey: .seconds)
    }

    var text: String {
        let splits = report.splits.map { "\($0.samples.grouped) \($0.split.rawValue)" }.joined(separator: ", ")
        let read = report.splits.isEmpty ? "no samples" : "\(splits) samples"
        return
            (FindingList(findings: report.findings).lines
            + ["\(read) read in \(TimeText.clock(seconds: seconds)): \(report.totals)"]).joined(separator: "\n")
    }
}

/// Findings as lines of text: `error: FILE: problem. Remedy.`
struct FindingList {
    /// In the order in which they are shown, within each kind.
    var findings: [Finding]
    /// How many findings of each kind are shown; the others are counted.
    var limit = 20
    /// How to see the others.
    var hint = "--json shows all"

    /// The lines, errors first.
    var lines: [String] {
        var lines: [String] = []
        for severity in Finding.Severity.allCases {
            let ofSeverity = findings.filter { $0.severity == severity }
            for kind in Finding.Kind.allCases {
                let ofKind = ofSeverity.filter { $0.kind == kind }
                lines += ofKind.prefix(limit).map { "\(severity.rawValue): \($0)" }
                if ofKind.count > limit {
                    lines.append(
                        "\(severity.rawValue): \((ofKind.count - limit).grouped) more of this kind, "
                            + "\(kind.rawValue); \(hint)")
                }
            }
        }
        return lines
    }
}

extension DataCheckReport {
    /// The number of findings of each severity, such as `2 errors, 1 warning, 0 notes`.
    var totals: String {
        Finding.Severity.allCases.map { severity in
            let count = count(of: severity)
            return "\(count.grouped) \(severity.rawValue)\(count == 1 ? "" : "s")"
        }.joined(separator: ", ")
    }
}
