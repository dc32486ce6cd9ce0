/// A table in plain text: the first columns aligned to the left, the others to the right.
public struct TextTable: Sendable, CustomStringConvertible {
    private let columns: [String]
    private let leftAligned: Int
    private var rows: [[String]] = []

    /// - Parameter leftAligned: How many columns are aligned to the left.
    public init(columns: [String], leftAligned: Int = 1) {
        self.columns = columns
        self.leftAligned = leftAligned
    }

    /// Adds a row with a cell for each column.
    public mutating func add(_ row: [String]) {
        require(row.count == columns.count, "TextTable: \(row.count) cells for \(columns.count) columns")
        rows.append(row)
    }

    /// The table, with a line below the titles.
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

/// Numbers as tables show them.
@_spi(Text)
extension BinaryInteger {
    /// With a comma between thousands: `25,557,032`.
    public var grouped: String {
        var digits = String(magnitude)
        var groups: [Substring] = []
        while digits.count > 3 {
            groups.insert(digits.suffix(3), at: 0)
            digits.removeLast(3)
        }
        return (self < 0 ? "-" : "") + ([digits[...]] + groups).joined(separator: ",")
    }
}
