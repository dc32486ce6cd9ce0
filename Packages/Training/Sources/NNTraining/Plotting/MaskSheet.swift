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
