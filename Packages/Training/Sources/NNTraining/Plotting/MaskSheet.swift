import NNDatasets
import NNLayers

/// Rows of pictures in columns with titles, and a legend of the colours of masks below.
struct MaskSheet {
    var titles: [String]
    /// RGB pictures, as many in each row as there are titles.
    var rows: [[Image]]
    var legend: Legend

    private static let width = 300
    private static let tallest = 400
    private static let margin = 10
    private static let titleHeight = 22
    private static let style = TextStyle(height: 11, weight: 1.3, color: .ink)

    func draw() -> Image {
        let pictures = rows.map { $0.map(Self.fitted) }
        let heights = pictures.map { $0.map(\.height).max() ?? 0 }
        let pitch = Self.width + Self.margin
        let width = titles.count * pitch + Self.margin
        var legend = legend
        legend.width = width
        let legendPicture = legend.draw()
        let top = Self.margin + Self.titleHeight
        let bottom = top + heights.reduce(0) { $0 + $1 + Self.margin }
        var canvas = Canvas(width: width, height: bottom + legendPicture.height)
        for (column, title) in titles.enumerated() {
            let start = Point(x: Double(Self.margin + column * pitch), y: Double(top - 8))
            canvas.write(title, at: start, style: Self.style)
        }
        var line = top
        for (row, height) in zip(pictures, heights) {
            for (column, picture) in row.enumerated() {
                canvas.draw(picture, left: Self.margin + column * pitch, top: line)
            }
            line += height + Self.margin
        }
        canvas.draw(legendPicture, left: 0, top: bottom)
        return canvas.image
    }

    /// The picture as wide as a column; small ones keep their pixels visible, and masks their colours.
    private static func fitted(_ picture: Image) -> Image {
        let scale = min(Double(width) / Double(picture.width), Double(tallest) / Double(picture.height))
        func scaled(_ length: Int) -> Int { max(Int(Double(length) * scale), 1) }
        return picture.resized(
            to: Size(height: scaled(picture.height), width: scaled(picture.width)), interpolation: .nearest)
    }
}

/// The colours of classes with their names, for pictures of masks.
public struct Legend {
    public var entries: [(name: String, color: Color)]
    /// The width of the picture in pixels; entries go to further lines where they do not fit.
    public var width: Int

    public init(_ entries: [(name: String, color: Color)], width: Int = 640) {
        self.entries = entries
        self.width = width
    }

    private static let style = TextStyle(height: 10, weight: 1.2, color: .ink)
    private static let lineHeight = 20
    private static let square = 12
    private static let margin = 8

    /// Draws it, as high as its lines need.
    public func draw() -> Image {
        let places = layout()
        let lines = (places.map(\.line).max() ?? 0) + 1
        var canvas = Canvas(width: width, height: lines * Self.lineHeight + Self.margin)
        for (entry, place) in zip(entries, places) {
            let top = place.line * Self.lineHeight + Self.margin
            // A frame keeps light colours visible on white.
            canvas.fill(Size(Self.square), left: place.left, top: top, color: .softInk)
            canvas.fill(Size(Self.square - 2), left: place.left + 1, top: top + 1, color: entry.color)
            let start = Point(x: Double(place.left + Self.square + 5), y: Double(top + Self.square - 1))
            canvas.write(shown(entry.name), at: start, style: Self.style)
        }
        return canvas.image
    }

    /// Where each entry begins.
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
