/// Rows of text in columns as wide as they need.
struct TextTable {
    enum Alignment { case left, right }

    private let header: [String]
    private let alignments: [Alignment]
    private var rows: [[String]] = []

    init(_ columns: KeyValuePairs<String, Alignment>) {
        header = columns.map(\.key)
        alignments = columns.map(\.value)
    }

    mutating func append(_ cells: String...) {
        precondition(cells.count == header.count, "TextTable: \(cells.count) cells for \(header.count) columns")
        rows.append(cells)
    }

    /// The header, a rule and the rows, without a line end.
    var text: String {
        let widths = header.indices.map { column in
            (rows + [header]).map { $0[column].count }.max()!
        }
        func line(_ cells: [String]) -> String {
            let padded = cells.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - cells[column].count)
                return alignments[column] == .left ? cells[column] + space : space + cells[column]
            }
            return String(padded.joined(separator: "  ").trimmingSuffix { $0 == " " })
        }
        let rule = widths.map { String(repeating: "-", count: $0) }.joined(separator: "  ")
        return ([line(header), rule] + rows.map(line)).joined(separator: "\n")
    }
}

extension String {
    fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> Substring {
        var result = self[...]
        while let last = result.last, predicate(last) { result.removeLast() }
        return result
    }
}
