extension ConfusionMatrix {
    /// The counts as comma-separated values: a row for each label, a column for each prediction.
    public var csv: String {
        let rows = classNames.indices.map { label in
            [classNames[label]] + classNames.indices.map { String(count(label: label, prediction: $0)) }
        }
        return CSV.text(columns: ["label \\ prediction"] + classNames, rows: rows) + "\n"
    }
}
