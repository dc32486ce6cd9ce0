import NNDatasets
import NNLayers

/// Lines of text in a frame, as an image among others, such as what a classifier says of one.
@_spi(Internal) public struct CaptionCard {
    /// The lines; those that are too long are cut.
    public var lines: [String]
    /// The colour of the frame and of the first line; nil for a grey frame and black text.
    public var color: Color?

    /// A card in a grey frame by default.
    public init(_ lines: [String], color: Color? = nil) {
        self.lines = lines
        self.color = color
    }

    private static let border = 4
    private static let padding = 8
    private static let lineHeight = 20

    /// Draws the card, as high as its lines need.
    /// - Parameter width: The width of the image in pixels.
    public func draw(width: Int) -> Image {
        let inset = Self.border + Self.padding
        let height = max(lines.count, 1) * Self.lineHeight + 2 * inset
        var canvas = Canvas(width: width, height: height)
        canvas.fill(Size(height: height, width: width), left: 0, top: 0, color: color ?? .grid)
        let inner = Size(height: height - 2 * Self.border, width: width - 2 * Self.border)
        canvas.fill(inner, left: Self.border, top: Self.border, color: .white)
        for (line, text) in lines.enumerated() {
            let style = TextStyle(height: 10, weight: line == 0 ? 1.5 : 1.2, color: line == 0 ? color ?? .ink : .ink)
            let base = Double(inset + (line + 1) * Self.lineHeight - 6)
            canvas.write(
                style.shortened(text, toWidth: Double(width - 2 * inset)), at: Point(x: Double(inset), y: base),
                style: style)
        }
        return canvas.image
    }

    /// Whether the font has all characters of a text; others are drawn as boxes.
    public static func canShow(_ text: String) -> Bool { StrokeFont.has(text) }
}
