import Foundation
import NNDatasets

extension LineChart {
    /// Draws the chart as SVG for a page of HTML, as wide as what it stands in.
    ///
    /// Text has the colour of the CSS variable `--ink`, or that of the text around it; grid lines have `--grid`, and lines
    /// `--line-1` to `--line-7`, for which ``svgStyle`` has values in light and dark pages. Each point tells its value
    /// where a mouse rests on it; `data-` attributes hold the values for scripts. All text is escaped.
    /// - Parameters:
    ///   - width: The width of the coordinates, in pixels of CSS where it is drawn as large as it is; 420 by default.
    ///   - height: The height of the coordinates, 270 by default.
    ///   - pointLimit: The most points of a line; of more, those that keep its form are drawn. 400 by default.
    public func svg(width: Int = 420, height: Int = 270, pointLimit: Int = 400) -> String {
        var drawing = LineChartSVG(
            chart: self, width: Double(width), height: Double(height), pointLimit: max(pointLimit, 3))
        return drawing.draw()
    }

    /// The colours of lines on white pages and on dark ones: those of `Color.palette` with a contrast of 3:1 or more.
    @_spi(Internal) public static let lineColors: [(light: Color, dark: Color)] = [
        (Color(0x0072B2), Color(0x56B4E9)), (Color(0xC75200), Color(0xFF8F45)), (Color(0x008560), Color(0x2BC49A)),
        (Color(0xB3528A), Color(0xE59CC6)), (Color(0x9A6A00), Color(0xF0B429)), (Color(0x2391BE), Color(0xA6DDF7)),
        (Color(0x1A1A1A), Color(0xF2F2F2)),
    ]

    /// A style sheet with the colours of lines for light pages, and for dark ones where the reader prefers them.
    public static var svgStyle: String {
        func variables(_ color: ((light: Color, dark: Color)) -> Color) -> String {
            lineColors.enumerated().map { "--line-\($0 + 1):\(color($1).code)" }.joined(separator: ";")
        }
        return ":root{\(variables(\.light))}@media (prefers-color-scheme:dark){:root{\(variables(\.dark))}}"
    }
}

/// Lays out and writes a line chart as SVG.
struct LineChartSVG {
    private typealias Line = (name: String, color: String, isDashed: Bool, points: [Point])

    private let chart: LineChart
    private let lines: [Line]
    private let x: AxisScale
    private let y: AxisScale
    private let width: Double
    private let height: Double
    private var left = 0.0
    private var top = 0.0
    private var right: Double { width - 14 }
    private var bottom: Double { height - 40 }
    private var text = ""

    private static let lineHeight = 17.0
    private static let swatch = 18.0

    init(chart: LineChart, width: Double, height: Double, pointLimit: Int) {
        self.chart = chart
        self.width = width
        self.height = height
        (x, y) = chart.axes(columns: max(Int(width / 80), 2), rows: max(Int(height / 50), 2))
        lines = chart.series.enumerated().map { index, series in
            let points = chart.shownPoints(of: series).thinned(to: pointLimit)
            return (series.name, Self.color(of: series, at: index), series.isDashed, points)
        }
    }

    /// A variable for a colour of the palette, which has another value on dark pages.
    private static func color(of series: LineChart.Series, at index: Int) -> String {
        let colors = LineChart.lineColors
        let number = series.color.map { Color.palette.firstIndex(of: $0) } ?? index % colors.count
        guard let number else { return series.color?.code ?? "currentColor" }
        return "var(--line-\(number + 1),\(colors[number].light.code))"
    }

    mutating func draw() -> String {
        let rows = legendRows
        top = 30 + Double(rows.count) * Self.lineHeight + (chart.yLabel.isEmpty ? 4 : 18)
        left = 14 + (y.ticks.map { SVG.width(of: $0.label, size: 11) }.max() ?? 0)
        open()
        drawGrid()
        drawText()
        drawLegend(rows)
        for line in lines { draw(line) }
        return text + "</svg>"
    }

    private func column(_ value: Double) -> Double { left + x.position(of: value) * (right - left) }
    private func row(_ value: Double) -> Double { bottom - y.position(of: value) * (bottom - top) }

    private mutating func open() {
        let names = lines.filter { !$0.points.isEmpty }.map { line in
            "\(line.name) \(SVG.value(line.points[line.points.count - 1].y))"
        }
        let label = chart.title + (names.isEmpty ? ": no values yet" : ": last values " + names.joined(separator: ", "))
        text += "<svg class=\"chart\" viewBox=\"0 0 \(SVG.length(width)) \(SVG.length(height))\" width=\"100%\" "
        text += "role=\"img\" aria-label=\"\(SVG.escaped(label))\" xmlns=\"http://www.w3.org/2000/svg\" "
        let frame = [left, top, right, bottom].map(SVG.length).joined(separator: " ")
        let range = [x.range.lowerBound, x.range.upperBound, y.range.lowerBound, y.range.upperBound]
        text += "data-frame=\"\(frame)\" data-range=\"\(range.map { "\($0)" }.joined(separator: " "))\" "
        text += "data-x=\"\(SVG.escaped(chart.xLabel))\"\(y.isLogarithmic ? " data-log=\"\"" : "") "
        if x.isLogarithmic { text += "data-log-x=\"\" " }
        text += "style=\"font:11px system-ui,sans-serif;fill:var(--ink,currentColor)\">"
    }

    private mutating func drawGrid() {
        func horizontal(_ value: Double) -> String {
            "M\(SVG.length(left)) \(SVG.length(row(value)))H\(SVG.length(right))"
        }
        func group(_ paths: [String], opacity: String) -> String {
            if paths.isEmpty { return "" }
            return "<path d=\"\(paths.joined())\" "
                + "style=\"fill:none;stroke:var(--grid,currentColor);stroke-opacity:\(opacity)\"/>"
        }
        func vertical(_ value: Double) -> String {
            "M\(SVG.length(column(value))) \(SVG.length(top))V\(SVG.length(bottom))"
        }
        text += group(y.fineTicks.map(horizontal) + x.fineTicks.map(vertical), opacity: ".12")
        let columns = x.ticks.map { vertical($0.value) }
        text += group(y.ticks.map { horizontal($0.value) } + columns, opacity: ".3")
        for tick in y.ticks {
            text += SVG.text(tick.label, x: left - 6, y: row(tick.value) + 4, anchor: "end")
        }
        for tick in x.ticks { text += SVG.text(tick.label, x: column(tick.value), y: bottom + 15, anchor: "middle") }
        let frame = "M\(SVG.length(left)) \(SVG.length(top))V\(SVG.length(bottom))H\(SVG.length(right))"
        text += group([frame], opacity: ".8")
    }

    private mutating func drawText() {
        let title = chart.title.shortened(to: Int((width - 16) / 7))
        text += SVG.text(title, x: 8, y: 18, anchor: "start", style: "font-size:13px;font-weight:600")
        text += SVG.text(chart.yLabel, x: 8, y: top - 7, anchor: "start")
        text += SVG.text(chart.xLabel, x: (left + right) / 2, y: height - 8, anchor: "middle")
        if lines.allSatisfy(\.points.isEmpty) {
            text += SVG.text("no values yet", x: (left + right) / 2, y: (top + bottom) / 2, anchor: "middle")
        }
    }

    private func legendWidth(_ line: Line) -> Double { Self.swatch + 20 + SVG.width(of: legendName(line), size: 11) }

    private func legendName(_ line: Line) -> String { line.name.shortened(to: Int((width - 60) / 6.5)) }

    /// The lines in each row of the legend.
    private var legendRows: [[Int]] {
        var rows: [[Int]] = []
        var used = 0.0
        for index in lines.indices {
            let needed = legendWidth(lines[index])
            if rows.isEmpty || used + needed > width {
                rows.append([])
                used = 0
            }
            rows[rows.count - 1].append(index)
            used += needed
        }
        return rows
    }

    private mutating func drawLegend(_ rows: [[Int]]) {
        for (number, row) in rows.enumerated() {
            var start = 8.0
            let base = 36 + Double(number) * Self.lineHeight
            for line in row.map({ lines[$0] }) {
                let path = "M\(SVG.length(start)) \(SVG.length(base - 4))h\(SVG.length(Self.swatch))"
                text += "<path d=\"\(path)\" \(style(line, width: "2.6"))/>"
                text += SVG.text(legendName(line), x: start + Self.swatch + 5, y: base, anchor: "start")
                start += legendWidth(line)
            }
        }
    }

    private func style(_ line: Line, width: String) -> String {
        let dashes = line.isDashed ? ";stroke-dasharray:5 3.5" : ""
        return "style=\"fill:none;stroke:\(line.color);stroke-width:\(width);stroke-linejoin:round\(dashes)\""
    }

    private mutating func draw(_ line: Line) {
        guard !line.points.isEmpty else { return }
        let places = line.points.map { "\(SVG.length(column($0.x))),\(SVG.length(row($0.y)))" }
        let values = line.points.map { "\(SVG.value($0.x)),\(SVG.value($0.y))" }
        text += "<polyline points=\"\(places.joined(separator: " "))\" data-name=\"\(SVG.escaped(line.name))\" "
        text += "data-points=\"\(values.joined(separator: " "))\" \(style(line, width: "1.8"))/>"
        // Markers show single points; many of them would hide the line.
        guard line.points.count <= 30 else { return }
        text += "<g style=\"fill:\(line.color)\">"
        for point in line.points {
            let tip = "\(line.name): \(SVG.value(point.y)) (\(chart.xLabel) \(SVG.value(point.x)))"
            text += "<circle cx=\"\(SVG.length(column(point.x)))\" cy=\"\(SVG.length(row(point.y)))\" "
            text += "r=\"\(line.isDashed ? "1.8" : "2.6")\"><title>\(SVG.escaped(tip))</title></circle>"
        }
        text += "</g>"
    }
}

/// Pieces of SVG.
private enum SVG {
    /// A length with at most two decimals.
    static func length(_ value: Double) -> String {
        let text = String(format: "%.2f", value)
        let kept = text.reversed().drop { $0 == "0" }.drop { $0 == "." }
        return text.hasSuffix("0") ? String(kept.reversed()) : text
    }

    /// A value with the digits that matter.
    static func value(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e9 ? "\(Int(value))" : String(format: "%.5g", value)
    }

    /// The width of a text in a font without serifs, estimated: letters of Latin are about half as wide as high, those of
    /// Chinese, Japanese and Korean as wide.
    static func width(of text: String, size: Double) -> Double {
        text.unicodeScalars.reduce(0) { $0 + size * ($1.value >= 0x1100 ? 1.05 : 0.58) }
    }

    static func text(_ text: String, x: Double, y: Double, anchor: String, style: String = "") -> String {
        if text.isEmpty { return "" }
        let anchor = anchor == "start" ? "" : " text-anchor=\"\(anchor)\""
        let style = style.isEmpty ? "" : " style=\"\(style)\""
        return "<text x=\"\(length(x))\" y=\"\(length(y))\"\(anchor)\(style)>\(escaped(text))</text>"
    }

    /// A text without characters that have a meaning in XML, or are not allowed there.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case _ where scalar.properties.generalCategory == .control: result += " "
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

extension String {
    /// The text, or its two ends where it is longer.
    fileprivate func shortened(to count: Int) -> String {
        guard self.count > count, count > 4 else { return self }
        return "\(prefix(count - count / 3 - 1))…\(suffix(count / 3))"
    }
}

extension [Point] {
    /// The points that keep the form of the line: of each part of it the one that spans the largest triangle with its
    /// neighbours (Steinarsson 2013, "Downsampling Time Series for Visual Representation").
    func thinned(to limit: Int) -> [Point] {
        guard count > limit, limit >= 3 else { return self }
        let size = Double(count - 2) / Double(limit - 2)
        func start(_ part: Int) -> Int { Swift.min(1 + Int(Double(part) * size), count - 1) }
        var result = [self[0]]
        for part in 0..<(limit - 2) {
            let next = self[start(part + 1)..<Swift.max(start(part + 2), start(part + 1) + 1)]
            let weight = 1 / Double(next.count)
            let mean = Point(
                x: next.reduce(0) { $0 + $1.x * weight }, y: next.reduce(0) { $0 + $1.y * weight })
            let last = result[part]
            func area(_ point: Point) -> Double {
                abs((last.x - mean.x) * (point.y - last.y) - (last.x - point.x) * (mean.y - last.y))
            }
            let candidates = self[start(part)..<start(part + 1)]
            result.append(candidates.max { area($0) < area($1) } ?? self[start(part)])
        }
        result.append(self[count - 1])
        return result
    }
}
