import NNDatasets
import NNLayers

/// A grid of images with column titles, and a legend of the mask colours below.
public struct MaskSheet {
    /// The title of each column.
    public var titles: [String]
    /// RGB images, as many in each row as there are titles.
    public var rows: [[Image]]
    /// The legend below the images, as wide as the sheet.
    public var legend: Legend
    /// The width of a column in pixels, 300 by default; images are scaled to it, unless they would be higher than 4:3.
    public var columnWidth = 300

    /// A sheet of RGB images, as many in each row as there are titles.
    public init(titles: [String], rows: [[Image]], legend: Legend) {
        for row in rows {
            require(row.count == titles.count, "MaskSheet: \(row.count) images in a row of \(titles.count) columns")
        }
        self.titles = titles
        self.rows = rows
        self.legend = legend
    }

    private static let margin = 10
    private static let titleHeight = 22
    private static let style = TextStyle(height: 11, weight: 1.3, color: .ink)

    /// Draws the sheet, as large as its images need.
    public func draw() -> Image {
        let images = rows.map { $0.map(fitted) }
        let heights = images.map { $0.map(\.height).max() ?? 0 }
        let pitch = columnWidth + Self.margin
        let width = titles.count * pitch + Self.margin
        var legend = legend
        legend.width = width
        let legendImage = legend.draw()
        let top = Self.margin + Self.titleHeight
        let bottom = top + heights.reduce(0) { $0 + $1 + Self.margin }
        var canvas = Canvas(width: width, height: bottom + legendImage.height)
        for (column, title) in titles.enumerated() {
            let start = Point(x: Double(Self.margin + column * pitch), y: Double(top - 8))
            canvas.write(Self.style.shortened(title, toWidth: Double(columnWidth)), at: start, style: Self.style)
        }
        var line = top
        for (row, height) in zip(images, heights) {
            for (column, image) in row.enumerated() {
                canvas.draw(image, left: Self.margin + column * pitch, top: line)
            }
            line += height + Self.margin
        }
        canvas.draw(legendImage, left: 0, top: bottom)
        return canvas.image
    }

    /// Whether a title can be read: the font has its characters, and it is no wider than a column.
    @_spi(Internal) public func canShow(_ title: String) -> Bool {
        StrokeFont.has(title) && Self.style.width(of: title) <= Double(columnWidth)
    }

    /// Scales an image to the width of a column by nearest neighbour, which keeps the colours of masks.
    private func fitted(_ image: Image) -> Image {
        let tallest = Double(columnWidth) * 4 / 3
        let scale = min(Double(columnWidth) / Double(image.width), tallest / Double(image.height))
        func scaled(_ length: Int) -> Int { max(Int(Double(length) * scale), 1) }
        return image.resized(
            to: Size(height: scaled(image.height), width: scaled(image.width)), interpolation: .nearest)
    }
}

/// The colours of classes with their names, to go with coloured masks.
public struct Legend {
    /// The classes in order, with their colours.
    public var entries: [(name: String, color: Color)]
    /// The width of the image in pixels; entries that do not fit are wrapped to further lines.
    public var width: Int

    /// A legend of classes, 640 pixels wide by default.
    public init(_ entries: [(name: String, color: Color)], width: Int = 640) {
        self.entries = entries
        self.width = width
    }

    private static let style = TextStyle(height: 10, weight: 1.2, color: .ink)
    private static let lineHeight = 20
    private static let square = 12
    private static let margin = 8

    /// Draws the legend, as high as its lines need.
    public func draw() -> Image {
        let positions = layout()
        let lines = (positions.map(\.line).max() ?? 0) + 1
        var canvas = Canvas(width: width, height: lines * Self.lineHeight + Self.margin)
        for (entry, position) in zip(entries, positions) {
            let top = position.line * Self.lineHeight + Self.margin
            // A frame keeps light colours visible on white.
            canvas.fill(Size(Self.square), left: position.left, top: top, color: .softInk)
            canvas.fill(Size(Self.square - 2), left: position.left + 1, top: top + 1, color: entry.color)
            let start = Point(x: Double(position.left + Self.square + 5), y: Double(top + Self.square - 1))
            canvas.write(shown(entry.name), at: start, style: Self.style)
        }
        return canvas.image
    }

    /// The position of each entry.
    private func layout() -> [(left: Int, line: Int)] {
        var (left, line) = (Self.margin, 0)
        return entries.map { entry in
            let length = Self.square + 5 + Int(Self.style.width(of: shown(entry.name)).rounded(.up))
            if left > Self.margin, left + length > width - Self.margin { (left, line) = (Self.margin, line + 1) }
            defer { left += length + 2 * Self.margin }
            return (left, line)
        }
    }

    private func shown(_ name: String) -> String {
        Self.style.shortened(name, toWidth: Double(width - Self.square - 5 - 2 * Self.margin))
    }
}
