/// Comma-separated values as RFC 4180 has them, but with the line ends of Unix.
public enum CSV {
    /// A line for the columns, and one for each row, without an end of the last line.
    public static func text(columns: [String], rows: [[String]]) -> String {
        ([columns] + rows).map { $0.map(quoted).joined(separator: ",") }.joined(separator: "\n")
    }

    private static func quoted(_ cell: String) -> String {
        guard cell.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return cell }
        return "\"" + cell.replacing("\"", with: "\"\"") + "\""
    }
}
