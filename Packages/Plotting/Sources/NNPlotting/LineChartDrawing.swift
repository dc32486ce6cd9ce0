import NNDatasets

/// Lays out and draws a line chart.
struct LineChartDrawing {
    /// The frame around the lines, in pixels.
    private struct Frame {
        var left = 0.0
        var right = 0.0
        var top = 0.0
        var bottom = 0.0
    }

    private let chart: LineChart
    private let series: [(name: String, color: Color, isDashed: Bool, points: [Point])]
    private let scale: Double
    private let width: Double
    private let height: Double
    private var canvas: Canvas
    private var frame = Frame()
    private let x: AxisScale
    private let y: AxisScale

    private var titleStyle: TextStyle { TextStyle(height: 12 * scale, weight: 1.9 * scale, color: .ink) }
    private var labelStyle: TextStyle { TextStyle(height: 9 * scale, weight: 1.25 * scale, color: .ink) }
    private var tickStyle: TextStyle { TextStyle(height: 9 * scale, weight: 1.15 * scale, color: .softInk) }
    private var margin: Double { 16 * scale }
    private var gap: Double { 8 * scale }

    init(chart: LineChart, width: Int, height: Int, scale: Double) {
        self.chart = chart
        self.scale = scale
        self.width = Double(width)
        self.height = Double(height)
        canvas = Canvas(width: width, height: height)
        series = chart.series.enumerated().map { index, series in
            let color = series.color ?? Color.palette[index % Color.palette.count]
            return (series.name, color, series.isDashed, chart.shownPoints(of: series))
        }
        (x, y) = chart.axes(
            columns: max(Int(Double(width) / scale / 100), 2), rows: max(Int(Double(height) / scale / 70), 2))
    }

    mutating func draw() -> Image {
        layOut()
        drawGrid()
        drawLabels()
        drawLegend()
        for index in series.indices { drawSeries(index) }
        return canvas.image
    }

    private mutating func layOut() {
        let tickWidth = y.ticks.map { tickStyle.width(of: $0.label) }.max() ?? 0
        frame.left = (margin + labelStyle.height + 1.5 * gap + tickWidth + gap).rounded() + 0.5
        frame.right = (width - 1.5 * margin).rounded() + 0.5
        let legend = Double(legendRows.count) * legendLineHeight
        frame.top = (margin + titleStyle.height + 2.5 * gap + legend).rounded() + 0.5
        frame.bottom = (height - margin - labelStyle.height - 1.5 * gap - tickStyle.height - gap).rounded() + 0.5
    }

    private func place(_ point: Point) -> Point {
        Point(
            x: frame.left + x.position(of: point.x) * (frame.right - frame.left),
            y: frame.bottom - y.position(of: point.y) * (frame.bottom - frame.top))
    }

    /// Grid lines lie on whole pixels to be sharp.
    private func column(_ value: Double) -> Double {
        place(Point(x: value, y: y.range.lowerBound)).x.rounded(.down) + 0.5
    }
    private func row(_ value: Double) -> Double { place(Point(x: x.range.lowerBound, y: value)).y.rounded(.down) + 0.5 }

    private mutating func line(_ from: Point, _ to: Point, color: Color) {
        canvas.stroke([from, to], width: scale.rounded(.up), color: color)
    }

    private mutating func drawGrid() {
        for value in y.fineTicks {
            line(Point(x: frame.left, y: row(value)), Point(x: frame.right, y: row(value)), color: .fineGrid)
        }
        for tick in y.ticks {
            let row = row(tick.value)
            line(Point(x: frame.left, y: row), Point(x: frame.right, y: row), color: .grid)
            canvas.write(
                tick.label, at: Point(x: frame.left - gap, y: row + tickStyle.height / 2), style: tickStyle,
                alignment: .trailing)
        }
        for value in x.fineTicks {
            line(Point(x: column(value), y: frame.top), Point(x: column(value), y: frame.bottom), color: .fineGrid)
        }
        for tick in x.ticks {
            let column = column(tick.value)
            line(Point(x: column, y: frame.top), Point(x: column, y: frame.bottom), color: .grid)
            canvas.write(
                tick.label, at: Point(x: column, y: frame.bottom + gap + tickStyle.height), style: tickStyle,
                alignment: .center)
        }
        let corners = [
            Point(x: frame.left, y: frame.top), Point(x: frame.left, y: frame.bottom),
            Point(x: frame.right, y: frame.bottom), Point(x: frame.right, y: frame.top),
            Point(x: frame.left, y: frame.top),
        ]
        canvas.stroke(corners, width: scale.rounded(.up), color: .frame)
    }

    private mutating func drawLabels() {
        let center = Point(x: (frame.left + frame.right) / 2, y: (frame.top + frame.bottom) / 2)
        // Centred above the lines as far as its length allows.
        let title = titleStyle.shortened(chart.title, toWidth: width - 2 * margin)
        let titleCenter = min(center.x, width - margin - titleStyle.width(of: title) / 2)
        canvas.write(
            title, at: Point(x: titleCenter, y: margin + titleStyle.height), style: titleStyle, alignment: .center)
        canvas.write(
            chart.xLabel, at: Point(x: center.x, y: height - margin), style: labelStyle, alignment: .center)
        canvas.write(
            chart.yLabel, at: Point(x: margin + labelStyle.height, y: center.y), style: labelStyle,
            alignment: .center, upward: true)
        if series.allSatisfy(\.points.isEmpty) {
            canvas.write("no values yet", at: center, style: tickStyle, alignment: .center)
        }
    }
}

extension LineChart {
    /// The points of a line that can be drawn.
    func shownPoints(of series: Series) -> [Point] {
        series.points.filter { point in
            AxisScale.canShow(point.x, isLogarithmic: hasLogarithmicX)
                && AxisScale.canShow(point.y, isLogarithmic: hasLogarithmicY)
        }
        .map { Point(x: $0.x, y: $0.y) }
    }

    /// The axes that show all points, with about so many ticks.
    func axes(columns: Int, rows: Int) -> (x: AxisScale, y: AxisScale) {
        let points = series.flatMap(shownPoints)
        let columnValues = points.map(\.x)
        let x: AxisScale =
            hasLogarithmicX
            ? AxisScale(logarithmic: columnValues, tickCount: columns)
            : AxisScale(
                linear: columnValues, margin: 0.02, tickCount: columns,
                isWhole: columnValues.allSatisfy { $0 == $0.rounded() })
        let values = points.map(\.y)
        let y: AxisScale =
            hasLogarithmicY
            ? AxisScale(logarithmic: values, tickCount: rows)
            : AxisScale(linear: values, margin: 0.05, tickCount: rows)
        return (x, y)
    }
}

extension LineChartDrawing {
    private var lineWidth: Double { 1.8 * scale }

    private mutating func drawSeries(_ index: Int) {
        let (_, color, isDashed, points) = series[index]
        let places = points.map(place)
        stroke(places, width: lineWidth, color: color, isDashed: isDashed)
        if isDashed { return }
        // Markers show single points; many of them would hide the line.
        if places.count <= 30 { canvas.stroke(places.map { [$0] }, width: 3 * lineWidth, color: color) }
    }

    private mutating func stroke(_ places: [Point], width: Double, color: Color, isDashed: Bool) {
        for part in isDashed ? places.dashes(length: 6 * scale, gap: 4 * scale) : [places] {
            canvas.stroke(part, width: width, color: color)
        }
    }

    private var legendLineHeight: Double { labelStyle.height + gap }
    private var legendSwatch: Double { 20 * scale }

    private func legendWidth(_ name: String) -> Double { legendSwatch + gap + labelStyle.width(of: name) }

    /// The indices of the series in each row of the legend.
    private var legendRows: [[Int]] {
        var rows: [[Int]] = []
        var used = 0.0
        for index in series.indices {
            let needed = legendWidth(series[index].name) + 2 * gap
            if rows.isEmpty || used + needed > width - 2 * margin {
                rows.append([])
                used = 0
            }
            rows[rows.count - 1].append(index)
            used += needed
        }
        return rows
    }

    private mutating func drawLegend() {
        for (number, row) in legendRows.enumerated() {
            let total = row.reduce(-2 * gap) { $0 + legendWidth(series[$1].name) + 2 * gap }
            var start = (frame.left + frame.right - total) / 2
            let base = margin + titleStyle.height + gap + Double(number + 1) * legendLineHeight
            for index in row {
                let middle = base - labelStyle.height / 2
                stroke(
                    [Point(x: start, y: middle), Point(x: start + legendSwatch, y: middle)], width: 1.5 * lineWidth,
                    color: series[index].color, isDashed: series[index].isDashed)
                canvas.write(series[index].name, at: Point(x: start + legendSwatch + gap, y: base), style: labelStyle)
                start += legendWidth(series[index].name) + 2 * gap
            }
        }
    }
}

extension [Point] {
    /// Cuts the line through the points into dashes, which follow its corners.
    func dashes(length: Double, gap: Double) -> [[Point]] {
        guard var last = first else { return [] }
        var result: [[Point]] = [[last]]
        var isDrawn = true
        /// The remaining length of the current dash or gap.
        var left = length
        for point in dropFirst() {
            var distance = last.distance(to: point)
            while distance > left {
                last = Point(
                    x: last.x + (point.x - last.x) * left / distance, y: last.y + (point.y - last.y) * left / distance)
                distance -= left
                if isDrawn { result[result.count - 1].append(last) } else { result.append([last]) }
                isDrawn.toggle()
                left = isDrawn ? length : gap
            }
            if isDrawn { result[result.count - 1].append(point) }
            left -= distance
            last = point
        }
        return result
    }
}

extension Point {
    fileprivate func distance(to other: Point) -> Double {
        let (x, y) = (other.x - x, other.y - y)
        return (x * x + y * y).squareRoot()
    }
}
