import Foundation

/// A file of comma-separated values (RFC 4180) with a header, read whole.
///
/// A byte order mark and line ends of Windows are accepted; blank lines are skipped.
@_spi(Internal) public struct CSVTable {
    /// A row with the number of its first line.
    public struct Row {
        /// The text of each cell.
        public var cells: [String] = []
        var line: Int
    }

    let file: URL
    /// The names of the columns, without spaces around them.
    public let columns: [String]
    /// The rows after the header, each with a cell for each column.
    public let rows: [Row]

    /// - Throws: ``DatasetError`` with the line, for a file that cannot be read, is UTF-16, empty or malformed.
    public init(_ file: URL) throws(DatasetError) {
        self.file = file
        var parser = Parser(file: file, bytes: try FileBytes.readText(file, remedy: "Name a CSV file with a header"))
        var rows = try parser.rows()
        guard !rows.isEmpty else {
            throw DatasetError(
                place: file.path, reason: "it has no header", remedy: "Name the columns in the first line")
        }
        let header = rows.removeFirst()
        columns = header.cells.map { $0.trimmingCharacters(in: .whitespaces) }
        for row in rows where row.cells.count != columns.count {
            throw DatasetError(
                place: "\(file.path):\(row.line)",
                reason: "the row has \(row.cells.count) cells, and the header \(columns.count) columns",
                remedy: "Separate cells by commas, and put cells that contain commas into quotes")
        }
        self.rows = rows
    }

    /// The place of a row for messages: `file:line`.
    func place(of row: Row) -> String { "\(file.path):\(row.line)" }
}

extension CSVTable {
    /// Splits bytes into cells. All that has a meaning in the format is ASCII, so that other bytes are copied.
    private struct Parser {
        let file: URL
        let bytes: ArraySlice<UInt8>
        private var position: Int
        private var line = 1
        /// Where no line ends by a line feed, a carriage return does.
        private let hasLineFeeds: Bool

        private static let (comma, quote) = (UInt8(ascii: ","), UInt8(ascii: "\""))
        private static let (newline, carriageReturn) = (UInt8(ascii: "\n"), UInt8(ascii: "\r"))

        init(file: URL, bytes: ArraySlice<UInt8>) {
            self.file = file
            self.bytes = bytes
            position = bytes.startIndex
            hasLineFeeds = bytes.contains(Self.newline)
        }

        private var next: UInt8? { position < bytes.endIndex ? bytes[position] : nil }

        /// Whether a line ends here: at a newline, a carriage return before one or instead of all, or the end of the file.
        private var isAtLineEnd: Bool {
            guard let next else { return true }
            if next == Self.newline { return true }
            guard next == Self.carriageReturn else { return false }
            return !hasLineFeeds || position + 1 == bytes.endIndex || bytes[position + 1] == Self.newline
        }

        private func wrong(_ reason: String, _ remedy: String, line: Int) -> DatasetError {
            DatasetError(place: "\(file.path):\(line)", reason: reason, remedy: remedy)
        }

        mutating func rows() throws(DatasetError) -> [Row] {
            var rows: [Row] = []
            while next != nil {
                var row = Row(line: line)
                row.cells.append(try cell())
                while next == Self.comma {
                    position += 1
                    row.cells.append(try cell())
                }
                if next == Self.carriageReturn { position += 1 }
                if next == Self.newline { position += 1 }
                line += 1
                let isBlank = row.cells.count == 1 && row.cells[0].allSatisfy(\.isWhitespace)
                if !isBlank { rows.append(row) }
            }
            return rows
        }

        /// The cell here, up to a comma or the end of the line.
        private mutating func cell() throws(DatasetError) -> String {
            if next == Self.quote { return try quotedCell() }
            let start = position
            while let byte = next, byte != Self.comma, !isAtLineEnd {
                if byte == Self.quote {
                    throw wrong(
                        "a quote is in the middle of a cell", "Put the whole cell into quotes, and double those in it",
                        line: line)
                }
                position += 1
            }
            return String(decoding: bytes[start..<position], as: UTF8.self)
        }

        private mutating func quotedCell() throws(DatasetError) -> String {
            let firstLine = line
            var content: [UInt8] = []
            position += 1
            while true {
                guard let byte = next else {
                    throw wrong("a quote is not closed", "Close it, or double quotes within a cell", line: firstLine)
                }
                position += 1
                if byte == Self.newline { line += 1 }
                guard byte == Self.quote else {
                    content.append(byte)
                    continue
                }
                guard next == Self.quote else { break }
                content.append(byte)
                position += 1
            }
            guard isAtLineEnd || next == Self.comma else {
                throw wrong(
                    "text follows the closing quote of a cell", "Double the quotes within a cell", line: line)
            }
            return String(decoding: content, as: UTF8.self)
        }
    }
}
