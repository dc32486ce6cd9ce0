import NNDatasets
import NNLayers

/// Names with numbers and bars, drawn onto an image, such as the most likely classes of a frame of a video.
public struct BarPanel: Sendable {
    /// A name with its number.
    public struct Bar: Sendable {
        /// The name before the bar.
        public var name: String
        /// The text after the bar, such as `97.3 %`.
        public var text: String
        /// The length of the bar from 0 to 1; nil for none.
        public var fraction: Double?

        /// A name with its number.
        public init(name: String, text: String, fraction: Double?) {
            self.name = name
            self.text = text
            self.fraction = fraction
        }
    }

    /// The bars from top to bottom.
    public var bars: [Bar]
    /// The line above the bars; empty for none.
    public var title: String

    /// A panel without a title by default.
    public init(bars: [Bar], title: String = "") {
        self.bars = bars
        self.title = title
    }

    /// The colour of bars, light enough for the dark panel.
    private static let barColor = Color(0x56B4E9)
    /// How much of the image the panel hides.
    private static let opacity: Float = 0.65

    /// Draws the panel in the upper left corner of an RGB image; letters are a 28th of its shorter side, and at least 7 pixels.
    /// Bars that do not fit below each other are left out.
    public func drawn(on image: Image) -> Image {
        let height = max(Double(min(image.height, image.width)) / 28, 7)
        let style = TextStyle(height: height, weight: max(height / 8, 1), color: .white)
        let margin = Int(height.rounded())
        let pitch = 2 * margin
        let lines = (title.isEmpty ? 0 : 1) + bars.count
        let size = Size(
            height: min(lines * pitch + margin, image.height), width: min(36 * margin, image.width))
        let part = image.cropped(top: 0, left: 0, size: size)
        // Columns of names, bars and numbers.
        let room = Double(size.width - 4 * margin)
        var canvas = Canvas(image)
        guard room > 0 else { return image }
        canvas.draw(part.overlaid(Image(size: size), opacity: Self.opacity), left: 0, top: 0)
        var baseline = pitch
        if !title.isEmpty, baseline < size.height {
            let text = style.shortened(title, toWidth: Double(size.width - 2 * margin))
            canvas.write(text, at: Point(x: Double(margin), y: Double(baseline)), style: style)
            baseline += pitch
        }
        let (nameWidth, barWidth) = (0.42 * room, 0.36 * room)
        for bar in bars where baseline < size.height {
            canvas.write(
                style.shortened(bar.name, toWidth: nameWidth), at: Point(x: Double(margin), y: Double(baseline)),
                style: style)
            let left = 2 * margin + Int(nameWidth)
            if let fraction = bar.fraction, !fraction.isNaN {
                let length = Int((barWidth * min(max(fraction, 0), 1)).rounded())
                canvas.fill(
                    Size(height: margin, width: Int(barWidth)), left: left, top: baseline - margin, color: .softInk)
                canvas.fill(
                    Size(height: margin, width: length), left: left, top: baseline - margin, color: Self.barColor)
            }
            let text = style.shortened(bar.text, toWidth: 0.22 * room)
            canvas.write(
                text, at: Point(x: Double(left + Int(barWidth) + margin), y: Double(baseline)), style: style)
            baseline += pitch
        }
        return canvas.image
    }
}
