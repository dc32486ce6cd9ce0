/// Comma-separated values as in RFC 4180, but with the line ends of Unix.
@_spi(Internal) public enum CSV {
    /// A header and one line for each row, without a line end after the last.
    public static func text(columns: [String], rows: [[String]]) -> String {
        ([columns] + rows).map(line).joined(separator: "\n")
    }

    /// One line without its end; cells that contain commas, quotes or line ends are quoted.
    public static func line(_ cells: [String]) -> String { cells.map(quoted).joined(separator: ",") }

    private static func quoted(_ cell: String) -> String {
        guard cell.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return cell }
        return "\"" + cell.replacing("\"", with: "\"\"") + "\""
    }
}
