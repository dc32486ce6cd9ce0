import NNDatasets
import NNLayers

/// Images with captions, side by side in one image.
public struct ContactSheet {
    /// An image with its captions.
    public struct Entry {
        /// An RGB image of any size.
        public var image: Image
        /// The lines below the image; the first has the colour of the frame.
        public var captions: [String]
        /// The colour of the frame; nil for a grey frame and black captions.
        public var color: Color?

        /// An image with its captions, in a grey frame by default.
        public init(image: Image, captions: [String], color: Color? = nil) {
            self.image = image
            self.captions = captions
            self.color = color
        }
    }

    /// The images, row by row.
    public var entries: [Entry]
    /// The number of images in a row.
    public var columns = 6
    /// The longer side of each image in pixels; smaller images are enlarged to it.
    public var side = 128
    /// The names of colours, below the images; empty for no legend.
    public var legend: [(name: String, color: Color)] = []

    private static let border = 4
    private static let margin = 12
    private static let lineHeight = 18

    /// A sheet with six columns of images of 128 pixels and no legend.
    public init(entries: [Entry]) { self.entries = entries }

    /// Draws the sheet, as large as its images need.
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
        let image = fitted(entry.image)
        canvas.draw(image, left: left + (side - image.width) / 2, top: top + (side - image.height) / 2)
        for (line, text) in entry.captions.enumerated() {
            let style = TextStyle(height: 10, weight: 1.2, color: line == 0 ? entry.color ?? .ink : .ink)
            let baseline = top + side + border + (line + 1) * Self.lineHeight
            canvas.write(
                style.shortened(text, toWidth: Double(side + Self.margin)),
                at: Point(x: Double(left), y: Double(baseline)), style: style)
        }
    }

    /// Scales an image to fit; small images are enlarged by nearest neighbour, so that their pixels stay visible.
    private func fitted(_ image: Image) -> Image {
        let longer = max(image.height, image.width)
        func scaled(_ length: Int) -> Int { max(length * side / longer, 1) }
        return image.resized(
            to: Size(height: scaled(image.height), width: scaled(image.width)),
            interpolation: longer < side ? .nearest : .bilinear)
    }
}
