@_spi(Text) import NNLayers
import NNDatasets

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
