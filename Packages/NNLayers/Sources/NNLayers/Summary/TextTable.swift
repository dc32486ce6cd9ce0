/// A plain-text table. The first columns are left-aligned, the others right-aligned.
@_spi(Text) public struct TextTable: Sendable, CustomStringConvertible {
    private let columns: [String]
    private let leftAligned: Int
    private var rows: [[String]] = []

    /// Creates an empty table.
    /// - Parameters:
    ///   - columns: The column titles.
    ///   - leftAligned: The number of left-aligned columns.
    public init(columns: [String], leftAligned: Int = 1) {
        self.columns = columns
        self.leftAligned = leftAligned
    }

    /// Adds a row with a cell for each column.
    public mutating func add(_ row: [String]) {
        require(row.count == columns.count, "TextTable: \(row.count) cells for \(columns.count) columns")
        rows.append(row)
    }

    /// The table as text, with a line below the titles.
    public var description: String {
        let widths = columns.indices.map { column in
            ([columns] + rows).map { $0[column].count }.max() ?? 0
        }
        let lines = ([columns, widths.map { String(repeating: "-", count: $0) }] + rows).map { row in
            let cells = row.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return column < leftAligned ? cell + space : space + cell
            }
            // A left-aligned last column would leave trailing spaces.
            let line = cells.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
        return lines.joined(separator: "\n")
    }
}

/// Number formats of tables.
@_spi(Text)
extension BinaryInteger {
    /// The number with thousands separators: `25,557,032`.
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
