import Foundation
@_spi(Internal) import NNCore
@_spi(Text) import NNLayers

/// Two profiles side by side.
struct ProfileComparison: Encodable {
    /// An operation of both.
    struct Row: Encodable {
        let operation: String
        /// In milliseconds; nil where the profile has no such operation.
        let first: Double?
        let second: Double?
        /// Who computed it in each.
        let firstBy: String
        let secondBy: String

        /// Above 1 where the second is faster; nil where one of them is missing.
        var ratio: Double? {
            guard let first, let second, second > 0 else { return nil }
            return first / second
        }
    }

    let first: OperationProfile.Subject
    let second: OperationProfile.Subject
    /// What the two differ in besides time, a phrase each.
    let differences: [String]
    /// The one with the longest time in either first.
    let rows: [Row]
    let total: Row
    let betweenOperations: Row

    init(_ first: OperationProfile, _ second: OperationProfile) {
        self.first = first.subject
        self.second = second.subject
        differences = first.subject.differences(from: second.subject)
        let (left, right) = (Self.table(first), Self.table(second))
        rows = Set(left.keys).union(right.keys).map { title in
            Row(
                operation: title, first: left[title]?.milliseconds, second: right[title]?.milliseconds,
                firstBy: left[title]?.by ?? "", secondBy: right[title]?.by ?? "")
        }.sorted { ($1.longest, $0.operation) < ($0.longest, $1.operation) }
        total = Row(
            operation: "total", first: first.steps.milliseconds, second: second.steps.milliseconds, firstBy: "",
            secondBy: "")
        betweenOperations = Row(
            operation: "between operations", first: first.steps.betweenOperations,
            second: second.steps.betweenOperations, firstBy: "", secondBy: "")
    }

    /// The time of each operation, whoever computed it.
    private static func table(_ profile: OperationProfile) -> [String: (milliseconds: Double, by: String)] {
        var result: [String: (milliseconds: Double, by: String)] = [:]
        // The longest comes first, and names who computed it.
        for row in profile.rowsByKind {
            let known = result[row.title]
            result[row.title] = ((known?.milliseconds ?? 0) + row.milliseconds, known?.by ?? row.implementation)
        }
        return result
    }

    /// The table, in at most 100 columns.
    var text: String {
        var table = TextTable(
            columns: ["operation", "A ms", "B ms", "A/B", "A computed by", "B computed by"], leftAligned: 1)
        let least = 0.0005 * max(total.first ?? 0, total.second ?? 0)
        let shown = rows.filter { $0.longest >= least }
        for row in shown + [betweenOperations, total] {
            table.add([
                row.operation.shortened(to: 30), row.first.map { $0.fixed(2) } ?? "-",
                row.second.map { $0.fixed(2) } ?? "-", row.ratio.map { $0.fixed(2) } ?? "-",
                row.firstBy.shortened(to: 18), row.secondBy == row.firstBy ? "" : row.secondBy.shortened(to: 18),
            ])
        }
        let left = shown.count < rows.count ? "\n\(rows.count - shown.count) smaller ones are not shown" : ""
        return """
            A  \(first.text.replacing("\n", with: "\n   "))
            B  \(second.text.replacing("\n", with: "\n   "))
            A/B is above 1 where B is faster

            \(table)\(left)
            """
    }
}

extension ProfileComparison.Row {
    fileprivate var longest: Double { max(first ?? 0, second ?? 0) }
}

extension OperationProfile.Subject {
    /// What another measurement was of, where that is not the same.
    fileprivate func differences(from other: Self) -> [String] {
        let size = imageSize.map(String.init).joined(separator: "x")
        let otherSize = other.imageSize.map(String.init).joined(separator: "x")
        let pairs: [(String, String, String)] = [
            ("mode", mode, other.mode), ("parameters", parameters.grouped, other.parameters.grouped),
            ("batch", "\(batch)", "\(other.batch)"), ("image size", size, otherSize),
            ("classes", "\(classes)", "\(other.classes)"), ("precision", precision, other.precision),
            ("threads", "\(threads)", "\(other.threads)"), ("processor", processor, other.processor),
        ]
        return pairs.filter { $0.1 != $0.2 }.map { "\($0.0): \($0.1) and \($0.2)" }
    }

    /// Whether both are of one network with equal work, so that times of operations mean the same.
    func hasWork(of other: Self) -> Bool {
        mode == other.mode && parameters == other.parameters && batch == other.batch && imageSize == other.imageSize
            && classes == other.classes
    }
}

extension OperationProfile {
    /// Reads what `nn bench --profile --json FILE` wrote.
    /// - Throws: ``CommandFailure`` with the file and the remedy.
    init(contentsOf path: String) throws {
        func failure(_ reason: String) -> CommandFailure {
            CommandFailure(
                message: "\(path): \(reason); write one by 'nn bench CONFIG --profile --json FILE'")
        }
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: path)) else {
            throw failure(PathKind(of: path) == .nothing ? "there is no such file" : "it cannot be read")
        }
        struct Header: Decodable { let format: String }
        guard let header = try? JSONDecoder.ofResults.decode(Header.self, from: data) else {
            throw failure("this is not a profile")
        }
        guard header.format == Self.format else {
            throw failure("this is '\(header.format)' and not '\(Self.format)'")
        }
        do {
            self = try JSONDecoder.ofResults.decode(Self.self, from: data)
        } catch {
            throw failure("the profile is damaged")
        }
        guard subject.imageSize.count == 2 else { throw failure("the profile is damaged") }
    }
}
