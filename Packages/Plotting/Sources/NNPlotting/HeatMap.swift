import NNDatasets
import NNLayers

/// A square table of coloured cells, such as a confusion matrix.
public struct HeatMap {
    /// A cell of the table.
    public struct Cell {
        /// How dark the cell is, from 0 to 1.
        public var intensity: Double
        /// The text in the cell, line by line; the first line is the largest.
        public var lines: [String]

        /// A cell with its text.
        public init(intensity: Double, lines: [String]) {
            self.intensity = intensity
            self.lines = lines
        }
    }

    /// The title above the table.
    public var title: String
    /// The label of the vertical axis.
    public var rowLabel: String
    /// The label of the horizontal axis.
    public var columnLabel: String
    /// The names of the rows, which are those of the columns too.
    public var names: [String]
    /// The cells row by row, one for each pair of names.
    public var cells: [[Cell]]

    /// A table with as many rows and columns as there are names.
    public init(title: String, rowLabel: String, columnLabel: String, names: [String], cells: [[Cell]]) {
        require(
            cells.count == names.count && cells.allSatisfy { $0.count == names.count },
            "HeatMap: \(cells.count) rows of cells for \(names.count) names")
        self.title = title
        self.rowLabel = rowLabel
        self.columnLabel = columnLabel
        self.names = names
        self.cells = cells
    }

    private static let dark = Color(0x0B3C6F)
    private static let longestName = 120.0

    /// Draws the table, with text in cells for up to 24 names, and names for up to 160.
    /// - Parameter scale: The size of text and lines; use 2 for an image that is displayed at half its size.
    public func image(scale: Double = 1) -> Image {
        let titleStyle = TextStyle(height: 12 * scale, weight: 1.9 * scale, color: .ink)
        let labelStyle = TextStyle(height: 9 * scale, weight: 1.25 * scale, color: .ink)
        let (margin, gap) = (16 * scale, 8 * scale)
        let side = cellSide(scale: scale)
        var nameStyle = labelStyle
        nameStyle.height = min(nameStyle.height, 0.75 * Double(side))
        nameStyle.weight *= nameStyle.height / labelStyle.height
        let shown = names.map { hasNames ? nameStyle.shortened($0, toWidth: Self.longestName * scale) : "" }
        let nameWidth = max(shown.map { nameStyle.width(of: $0) }.max() ?? 0, 0)
        let table = Double(side * names.count)
        let left = Int((margin + labelStyle.height + 2 * gap + nameWidth + gap).rounded())
        let top = Int((margin + titleStyle.height + 2 * gap).rounded())
        let bottom = Double(top) + table
        let width = Double(left) + max(table, titleStyle.width(of: title) / 2 + table / 2) + margin
        let height = bottom + gap + nameWidth + 2 * gap + labelStyle.height + margin

        var canvas = Canvas(width: Int(width.rounded(.up)), height: Int(height.rounded(.up)))
        let center = Double(left) + table / 2
        canvas.write(
            title, at: Point(x: max(center, margin + titleStyle.width(of: title) / 2), y: margin + titleStyle.height),
            style: titleStyle, alignment: .center)
        canvas.write(
            columnLabel, at: Point(x: center, y: height - margin), style: labelStyle, alignment: .center)
        canvas.write(
            rowLabel, at: Point(x: margin + labelStyle.height, y: Double(top) + table / 2), style: labelStyle,
            alignment: .center, upward: true)
        for (index, name) in shown.enumerated() {
            let middle = (Double(index) + 0.5) * Double(side) + nameStyle.height / 2
            canvas.write(
                name, at: Point(x: Double(left) - gap, y: Double(top) + middle), style: nameStyle, alignment: .trailing
            )
            canvas.write(
                name, at: Point(x: Double(left) + middle, y: bottom + gap), style: nameStyle, alignment: .trailing,
                upward: true)
        }
        for (row, cells) in cells.enumerated() {
            for (column, cell) in cells.enumerated() {
                draw(
                    cell, on: &canvas, left: left + column * side, top: top + row * side, side: side, scale: scale)
            }
        }
        let corners = [(0.0, 0.0), (table, 0), (table, table), (0, table), (0, 0)]
        canvas.stroke(
            corners.map { Point(x: Double(left) + $0.0, y: Double(top) + $0.1) }, width: scale, color: .frame)
        return canvas.image
    }

    /// Whether cells have room for text.
    private var hasText: Bool { names.count <= 24 }
    /// Whether rows and columns have room for names.
    private var hasNames: Bool { names.count <= 160 }

    private func cellSide(scale: Double) -> Int {
        let side = hasText ? 52 : max(1200 / Double(names.count), hasNames ? 9 : 2)
        return Int((scale * side).rounded())
    }

    private func draw(_ cell: Cell, on canvas: inout Canvas, left: Int, top: Int, side: Int, scale: Double) {
        // One pixel between cells, where they are large enough to tell them apart.
        let inset = side >= 12 ? 1 : 0
        canvas.fill(
            Size(side - inset), left: left, top: top,
            color: Color.white.mixed(with: Self.dark, part: cell.intensity))
        guard hasText else { return }
        let color: Color = cell.intensity > 0.5 ? .white : .ink
        let lineHeight = 16 * scale
        let first = Double(top) + (Double(side) - lineHeight * Double(cell.lines.count - 1)) / 2
        for (line, text) in cell.lines.enumerated() {
            let height = (line == 0 ? 9.0 : 7) * scale
            let room = Double(side) - 6 * scale
            var style = TextStyle(height: height, weight: 1.2 * scale, color: color)
            // Large numbers are shrunk to fit.
            let width = style.width(of: text)
            if width > room { style.height *= room / width }
            canvas.write(
                text,
                at: Point(
                    x: Double(left) + Double(side) / 2, y: first + Double(line) * lineHeight + style.height / 2),
                style: style, alignment: .center)
        }
    }
}
