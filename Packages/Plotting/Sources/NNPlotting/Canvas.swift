import NNDatasets
import NNLayers

/// A position in an image, in pixels from the upper left corner.
struct Point: Hashable {
    var x: Double
    var y: Double
}

/// An RGB image to draw anti-aliased lines, text and images on.
struct Canvas {
    var image: Image

    init(width: Int, height: Int) {
        image = Image(size: Size(height: height, width: width), channels: 3, filledWith: 255)
    }

    /// Draws on an RGB image.
    init(_ image: Image) {
        require(image.channels == 3, "Canvas: an image of \(image.channels) channels, not 3")
        self.image = image
    }

    /// Draws a line through points; one point is drawn as a dot of the line's width.
    mutating func stroke(_ points: [Point], width: Double, color: Color) {
        stroke([points], width: width, color: color)
    }

    /// Draws several lines as one shape, so that they do not get darker where they cross.
    mutating func stroke(_ lines: [[Point]], width: Double, color: Color) {
        let radius = width / 2
        let points = lines.joined()
        guard let minX = points.map(\.x).min(), let maxX = points.map(\.x).max(),
            let minY = points.map(\.y).min(), let maxY = points.map(\.y).max()
        else { return }
        let columns = pixels(from: minX - radius, to: maxX + radius, limit: image.width)
        let rows = pixels(from: minY - radius, to: maxY + radius, limit: image.height)
        guard !columns.isEmpty, !rows.isEmpty else { return }

        var coverage = [Float](repeating: 0, count: columns.count * rows.count)
        func cover(_ start: Point, _ end: Point) {
            let near = pixels(
                from: min(start.x, end.x) - radius, to: max(start.x, end.x) + radius, limit: image.width)
            for row in pixels(
                from: min(start.y, end.y) - radius, to: max(start.y, end.y) + radius, limit: image.height)
            {
                for column in near {
                    let center = Point(x: Double(column) + 0.5, y: Double(row) + 0.5)
                    let part = radius + 0.5 - distance(of: center, from: start, to: end)
                    let index = (row - rows.lowerBound) * columns.count + column - columns.lowerBound
                    coverage[index] = max(coverage[index], Float(min(max(part, 0), 1)))
                }
            }
        }
        for line in lines {
            if line.count == 1 { cover(line[0], line[0]) }
            for (start, end) in zip(line, line.dropFirst()) { cover(start, end) }
        }
        for (index, part) in coverage.enumerated() where part > 0 {
            blend(
                color, part, row: rows.lowerBound + index / columns.count,
                column: columns.lowerBound + index % columns.count)
        }
    }

    private func pixels(from start: Double, to end: Double, limit: Int) -> Range<Int> {
        let first = max(Int((start - 1).rounded(.down)), 0)
        return first..<max(first, min(Int((end + 1).rounded(.up)), limit))
    }

    private func distance(of point: Point, from start: Point, to end: Point) -> Double {
        let (dx, dy) = (end.x - start.x, end.y - start.y)
        let length = dx * dx + dy * dy
        let along = length == 0 ? 0 : ((point.x - start.x) * dx + (point.y - start.y) * dy) / length
        let part = min(max(along, 0), 1)
        let (x, y) = (point.x - start.x - part * dx, point.y - start.y - part * dy)
        return (x * x + y * y).squareRoot()
    }

    private mutating func blend(_ color: Color, _ part: Float, row: Int, column: Int) {
        for (channel, value) in [color.red, color.green, color.blue].enumerated() {
            let below = Float(image[row, column, channel])
            image[row, column, channel] = UInt8((below + part * (Float(value) - below)).rounded())
        }
    }
}

extension Canvas {
    /// Draws an RGB image, which must lie within the canvas.
    mutating func draw(_ other: Image, left: Int, top: Int) {
        require(other.channels == 3, "Canvas: an image of \(other.channels) channels, not 3")
        for row in 0..<other.height {
            for column in 0..<other.width {
                for channel in 0..<3 { image[top + row, left + column, channel] = other[row, column, channel] }
            }
        }
    }

    /// Fills a rectangle, which must lie within the canvas.
    mutating func fill(_ size: Size, left: Int, top: Int, color: Color) {
        for row in top..<top + size.height {
            for column in left..<left + size.width {
                for (channel, value) in [color.red, color.green, color.blue].enumerated() {
                    image[row, column, channel] = value
                }
            }
        }
    }
}

extension Color {
    static let white = Color(0xFFFFFF)
    /// The colour of titles.
    static let ink = Color(0x222222)
    /// The colour of labels and ticks.
    static let softInk = Color(0x555555)
    static let frame = Color(0x999999)
    static let grid = Color(0xE3E3E3)
    static let fineGrid = Color(0xF2F2F2)
}
