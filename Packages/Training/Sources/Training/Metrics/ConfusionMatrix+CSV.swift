extension ConfusionMatrix {
    /// The counts as comma-separated values (RFC 4180): a row for each label, a column for each prediction.
    public var csv: String {
        let header = ["label \\ prediction"] + classNames
        let rows = classNames.indices.map { label in
            [classNames[label]] + classNames.indices.map { String(count(label: label, prediction: $0)) }
        }
        return ([header] + rows).map { $0.map(Self.field).joined(separator: ",") + "\n" }.joined()
    }

    private static func field(_ text: String) -> String {
        guard text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
