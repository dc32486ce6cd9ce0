import ArgumentParser
import NNDatasets
@_spi(Text) import NNLayers
import NNTraining

struct DataCheckCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Reads all data, and tells what is wrong with it.",
        discussion: """
            Errors are files that cannot be read, masks that do not fit their picture or are no masks, and labels out \
            of the classes; warnings are classes without a training sample, and pictures that are in two splits or \
            have two labels; notes are what is unusual. With data.on_error=skip files that cannot be read are \
            warnings. The exit code is 1 where there is an error.
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

/// The result of `nn data check`, for people and programs.
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

/// Findings as lines for people: `error: FILE: what is wrong. What to do.`
struct FindingList {
    /// In the order in which they are shown.
    var findings: [Finding]
    /// Of each kind so many are shown, and the others counted.
    var limit = 20
    /// How the others can be seen.
    var hint = "--json shows all"

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
    /// `2 errors, 1 warning, 0 notes`
    var totals: String {
        Finding.Severity.allCases.map { severity in
            let count = count(of: severity)
            return "\(count.grouped) \(severity.rawValue)\(count == 1 ? "" : "s")"
        }.joined(separator: ", ")
    }
}
