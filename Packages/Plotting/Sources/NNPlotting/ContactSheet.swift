import NNDatasets
import NNLayers

/// Images with captions, side by side in one image.
public struct ContactSheet {
    /// A sign in the corner of an image, which can be told apart without colours.
    public enum Mark: Sendable {
        /// A check mark.
        case right
        /// A cross.
        case wrong

        /// The strokes, in units of a badge's side.
        fileprivate var lines: [[Point]] {
            let corners: [[(Double, Double)]] =
                switch self {
                case .right: [[(0.22, 0.55), (0.42, 0.75), (0.78, 0.28)]]
                case .wrong: [[(0.27, 0.27), (0.73, 0.73)], [(0.73, 0.27), (0.27, 0.73)]]
                }
            return corners.map { $0.map { Point(x: $0.0, y: $0.1) } }
        }
    }

    /// An image with its captions.
    public struct Entry {
        /// An RGB image of any size.
        public var image: Image
        /// The lines below the image; the first has the colour of the frame.
        public var captions: [String]
        /// The colour of the frame; nil for a grey frame and black captions.
        public var color: Color?
        /// The sign in the corner, in the colour of the frame; nil for none.
        public var mark: Mark?

        /// An image with its captions, in a grey frame and without a mark by default.
        public init(image: Image, captions: [String], color: Color? = nil, mark: Mark? = nil) {
            self.image = image
            self.captions = captions
            self.color = color
            self.mark = mark
        }
    }

    /// The line above the images; empty for none.
    public var title = ""
    /// The images, row by row.
    public var entries: [Entry]
    /// The number of images in a row.
    public var columns = 6
    /// The longer side of each image in pixels; smaller images are enlarged to it.
    public var side = 128
    /// The names of colours, below the images; empty for no legend.
    public var legend: [(name: String, color: Color)] = []
    /// What the colours of the images mean, below them, as wide as the sheet; nil for none.
    public var colorBar: ColorBar?

    private static let border = 4
    private static let margin = 12
    private static let lineHeight = 18
    private static let titleHeight = 24
    private static let badge = 20

    /// A sheet with six columns of images of 128 pixels, no title and no legend.
    public init(entries: [Entry]) { self.entries = entries }

    /// Draws the sheet, as large as its images need.
    public func draw() -> Image {
        let lines = entries.map(\.captions.count).max() ?? 0
        let pitch = (x: side + 2 * Self.margin, y: side + lines * Self.lineHeight + 2 * Self.margin)
        let rows = (entries.count + columns - 1) / columns
        let width = max(min(columns, entries.count), 1) * pitch.x
        let legend = legend.isEmpty ? nil : Legend(legend, width: width).draw()
        let top = title.isEmpty ? 0 : Self.titleHeight
        let bottom = top + max(rows * pitch.y, 1)
        var bar = colorBar
        bar?.width = width
        let barImage = bar?.draw()
        let below = (legend?.height ?? 0) + (barImage?.height ?? 0)
        var canvas = Canvas(width: width, height: bottom + below)
        let style = TextStyle(height: 11, weight: 1.3, color: .ink)
        canvas.write(
            style.shortened(title, toWidth: Double(width - 2 * Self.margin)),
            at: Point(x: Double(Self.margin), y: Double(Self.titleHeight)), style: style)
        for (index, entry) in entries.enumerated() {
            draw(
                entry, on: &canvas, left: index % columns * pitch.x + Self.margin,
                top: top + index / columns * pitch.y + Self.margin)
        }
        if let legend { canvas.draw(legend, left: 0, top: bottom) }
        if let barImage { canvas.draw(barImage, left: 0, top: bottom + (legend?.height ?? 0)) }
        return canvas.image
    }

    private func draw(_ entry: Entry, on canvas: inout Canvas, left: Int, top: Int) {
        let border = Self.border
        canvas.fill(
            Size(side + 2 * border), left: left - border, top: top - border, color: entry.color ?? .grid)
        canvas.fill(Size(side), left: left, top: top, color: .white)
        let image = fitted(entry.image)
        canvas.draw(image, left: left + (side - image.width) / 2, top: top + (side - image.height) / 2)
        if let mark = entry.mark {
            draw(mark, on: &canvas, left: left - border, top: top - border, color: entry.color ?? .grid)
        }
        for (line, text) in entry.captions.enumerated() {
            let style = TextStyle(height: 10, weight: 1.2, color: line == 0 ? entry.color ?? .ink : .ink)
            let baseline = top + side + border + (line + 1) * Self.lineHeight
            canvas.write(
                style.shortened(text, toWidth: Double(side + Self.margin)),
                at: Point(x: Double(left), y: Double(baseline)), style: style)
        }
    }

    private func draw(_ mark: Mark, on canvas: inout Canvas, left: Int, top: Int, color: Color) {
        let side = Self.badge
        canvas.fill(Size(side), left: left, top: top, color: color)
        let lines = mark.lines.map { line in
            line.map { Point(x: Double(left) + $0.x * Double(side), y: Double(top) + $0.y * Double(side)) }
        }
        canvas.stroke(lines, width: 2.4, color: .white)
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
