import NNLayers

/// A table in plain text: the first columns aligned to the left, the others to the right.
public struct TextTable: Sendable, CustomStringConvertible {
    private let columns: [String]
    private let leftAligned: Int
    private var rows: [[String]] = []

    public init(columns: [String], leftAligned: Int = 1) {
        self.columns = columns
        self.leftAligned = leftAligned
    }

    /// Adds a row with a cell for each column.
    public mutating func add(_ row: [String]) {
        require(row.count == columns.count, "TextTable: \(row.count) cells for \(columns.count) columns")
        rows.append(row)
    }

    public var description: String {
        let widths = columns.indices.map { column in
            ([columns] + rows).map { $0[column].count }.max() ?? 0
        }
        let lines = ([columns, widths.map { String(repeating: "-", count: $0) }] + rows).map { row in
            let cells = row.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return column < leftAligned ? cell + space : space + cell
            }
            // A left-aligned last column would leave blanks at the end of lines.
            let line = cells.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
        return lines.joined(separator: "\n")
    }
}
