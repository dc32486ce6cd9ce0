@_spi(Text) import NNLayers
import NNDatasets

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
