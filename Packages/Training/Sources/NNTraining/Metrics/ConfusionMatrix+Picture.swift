import NNDatasets

extension ConfusionMatrix {
    /// Draws the matrix: a row for each label, a column for each prediction, with counts and the percent of
    /// the row's label, after which cells are coloured. Of more than 24 classes only the colours are shown,
    /// of more than 160 no names.
    /// - Parameter scale: The size of text and lines; 2 for a picture that is shown at half its size.
    public func image(title: String = "Confusion matrix", scale: Double = 1) -> Image {
        let cells = classNames.indices.map { label in
            let row = classNames.indices.map { count(label: label, prediction: $0) }
            let total = row.reduce(0, +)
            return row.map { count in
                let part = total == 0 ? 0 : Double(count) / Double(total)
                let percent = MetricValue.format(part * 100, decimals: 1)
                return HeatMap.Cell(part: part, lines: count == 0 ? ["0"] : ["\(count)", "\(percent) %"])
            }
        }
        return HeatMap(
            title: title, rowLabel: "label", columnLabel: "prediction", names: classNames, cells: cells
        ).image(scale: scale)
    }
}
