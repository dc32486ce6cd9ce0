import NNDatasets
import NNLayers

/// Pictures with captions, side by side in one picture.
public struct ContactSheet {
    /// A picture with its captions.
    public struct Entry {
        public var image: Image
        /// Lines below the picture; the first has the colour of the frame.
        public var captions: [String]
        /// The colour around the picture; nil for a grey frame and black captions.
        public var color: Color?

        public init(image: Image, captions: [String], color: Color? = nil) {
            self.image = image
            self.captions = captions
            self.color = color
        }
    }

    public var entries: [Entry]
    public var columns = 6
    /// The pixels of the longer side of each picture; smaller ones are enlarged to it.
    public var side = 128
    /// Names of colours, below the pictures.
    public var legend: [(name: String, color: Color)] = []

    private static let border = 4
    private static let margin = 12
    private static let lineHeight = 18

    public init(entries: [Entry]) { self.entries = entries }

    /// Draws it, as large as its pictures need.
    public func draw() -> Image {
        let lines = entries.map(\.captions.count).max() ?? 0
        let pitch = (x: side + 2 * Self.margin, y: side + lines * Self.lineHeight + 2 * Self.margin)
        let rows = (entries.count + columns - 1) / columns
        let width = max(min(columns, entries.count), 1) * pitch.x
        let legend = legend.isEmpty ? nil : Legend(legend, width: width).draw()
        var canvas = Canvas(width: width, height: max(rows * pitch.y, 1) + (legend?.height ?? 0))
        for (index, entry) in entries.enumerated() {
            draw(
                entry, on: &canvas, left: index % columns * pitch.x + Self.margin,
                top: index / columns * pitch.y + Self.margin)
        }
        if let legend { canvas.draw(legend, left: 0, top: rows * pitch.y) }
        return canvas.image
    }

    private func draw(_ entry: Entry, on canvas: inout Canvas, left: Int, top: Int) {
        let border = Self.border
        canvas.fill(
            Size(side + 2 * border), left: left - border, top: top - border, color: entry.color ?? .grid)
        canvas.fill(Size(side), left: left, top: top, color: .white)
        let picture = fitted(entry.image)
        canvas.draw(picture, left: left + (side - picture.width) / 2, top: top + (side - picture.height) / 2)
        for (line, text) in entry.captions.enumerated() {
            let style = TextStyle(height: 10, weight: 1.2, color: line == 0 ? entry.color ?? .ink : .ink)
            let baseline = top + side + border + (line + 1) * Self.lineHeight
            canvas.write(
                style.shortened(text, toWidth: Double(side + Self.margin)),
                at: Point(x: Double(left), y: Double(baseline)), style: style)
        }
    }

    /// The picture as large as fits; small pictures keep their pixels visible.
    private func fitted(_ image: Image) -> Image {
        let longer = max(image.height, image.width)
        func scaled(_ length: Int) -> Int { max(length * side / longer, 1) }
        return image.resized(
            to: Size(height: scaled(image.height), width: scaled(image.width)),
            interpolation: longer < side ? .nearest : .bilinear)
    }
}
