import Datasets
import NNLayers

/// Pictures with what was predicted of them, side by side in one picture.
struct ContactSheet {
    /// A picture with its captions.
    struct Entry {
        var image: Image
        /// What the network says.
        var prediction: String
        /// What is true; nil where the prediction is.
        var correction: String?
    }

    var entries: [Entry]
    var columns = 6

    private static let side = 128
    private static let border = 4
    private static let margin = 12
    private static let lineHeight = 18
    /// Colours that stay apart for the colour-blind (Okabe and Ito 2008).
    private static let rightColor = Color(0x009E73)
    private static let wrongColor = Color(0xD55E00)

    func draw() -> Image {
        let pitch = (x: Self.side + 2 * Self.margin, y: Self.side + 2 * Self.lineHeight + 2 * Self.margin)
        let rows = (entries.count + columns - 1) / columns
        var canvas = Canvas(width: min(columns, entries.count) * pitch.x, height: rows * pitch.y)
        for (index, entry) in entries.enumerated() {
            draw(
                entry, on: &canvas, left: index % columns * pitch.x + Self.margin,
                top: index / columns * pitch.y + Self.margin)
        }
        return canvas.image
    }

    private func draw(_ entry: Entry, on canvas: inout Canvas, left: Int, top: Int) {
        let color = entry.correction == nil ? Self.rightColor : Self.wrongColor
        let (side, border) = (Self.side, Self.border)
        let frame = Size(side + 2 * border)
        canvas.fill(frame, left: left - border, top: top - border, color: color)
        canvas.fill(Size(side), left: left, top: top, color: .white)
        let picture = fitted(entry.image)
        canvas.draw(picture, left: left + (side - picture.width) / 2, top: top + (side - picture.height) / 2)
        for (line, text) in [entry.prediction, entry.correction].enumerated() {
            guard let text else { continue }
            let style = TextStyle(height: 10, weight: 1.2, color: line == 0 ? color : .ink)
            let baseline = top + side + border + (line + 1) * Self.lineHeight
            canvas.write(
                style.shortened(text, toWidth: Double(Self.side + Self.margin)),
                at: Point(x: Double(left), y: Double(baseline)), style: style)
        }
    }

    /// The picture as large as fits; small pictures keep their pixels visible.
    private func fitted(_ image: Image) -> Image {
        let longer = max(image.height, image.width)
        func scaled(_ length: Int) -> Int { max(length * Self.side / longer, 1) }
        return image.resized(
            to: Size(height: scaled(image.height), width: scaled(image.width)),
            interpolation: longer < Self.side ? .nearest : .bilinear)
    }
}
