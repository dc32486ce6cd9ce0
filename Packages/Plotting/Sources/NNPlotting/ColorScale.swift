import NNDatasets
import NNLayers

/// Colours for numbers from 0 to 1, whose lightness rises evenly, so that equal steps look equal, also to the colour-blind
/// and in print.
///
/// ```swift
/// let heat = ColorScale.inferno.image(of: values, size: Size(height: 48, width: 64))
/// ```
public struct ColorScale: Sendable, Hashable {
    /// The colours at equal distances from 0 to 1; others are mixed of two neighbours.
    public let stops: [Color]

    /// A scale of two colours or more.
    public init(stops: [Color]) {
        require(stops.count >= 2, "ColorScale: \(stops.count) colours")
        self.stops = stops
    }

    /// From dark violet over green to yellow (van der Walt and Smith 2015).
    public static let viridis = ColorScale(
        stops: [0x440154, 0x46337E, 0x365C8D, 0x277F8E, 0x1FA187, 0x4AC16D, 0x9FDA3A, 0xFDE725].map { Color($0) })

    /// From black over red to light yellow (van der Walt and Smith 2015).
    public static let inferno = ColorScale(
        stops: [0x000004, 0x280B54, 0x65156E, 0x9F2A63, 0xD44842, 0xF57D15, 0xFAC127, 0xFCFFA4].map { Color($0) })

    /// The colour of a number; those outside of 0 to 1, and NaN, have that of the nearest end, NaN that of 0.
    public func color(at value: Double) -> Color {
        let position = (value.isNaN ? 0 : min(max(value, 0), 1)) * Double(stops.count - 1)
        let first = min(Int(position), stops.count - 2)
        return stops[first].mixed(with: stops[first + 1], part: position - Double(first))
    }

    /// The colours of numbers as an RGB image.
    /// - Parameters:
    ///   - values: From 0 to 1, row by row; traps unless there is one for each pixel.
    ///   - size: The size of the image.
    public func image(of values: [Float], size: Size) -> Image {
        require(values.count == size.area, "ColorScale: \(values.count) values for \(size) pixels")
        let table = (0..<256).map { color(at: Double($0) / 255) }
        var image = Image(size: size, channels: 3)
        image.withUnsafeMutablePixels { pixels in
            for (index, value) in values.enumerated() {
                let color = table[value.isNaN ? 0 : Int((min(max(value, 0), 1) * 255).rounded())]
                pixels[3 * index] = color.red
                pixels[3 * index + 1] = color.green
                pixels[3 * index + 2] = color.blue
            }
        }
        return image
    }
}

/// A bar of the colours of a scale, with what its ends mean.
public struct ColorBar: Sendable {
    /// The colours.
    public var scale: ColorScale
    /// What 0 means.
    public var low: String
    /// What 1 means.
    public var high: String
    /// The text beside the bar; empty for none.
    public var title: String
    /// The width of the image in pixels.
    public var width: Int

    /// A bar, 640 pixels wide by default.
    public init(_ scale: ColorScale, low: String, high: String, title: String = "", width: Int = 640) {
        self.scale = scale
        self.low = low
        self.high = high
        self.title = title
        self.width = width
    }

    private static let style = TextStyle(height: 10, weight: 1.2, color: .ink)
    private static let margin = 12
    private static let length = 160
    private static let thickness = 12

    /// Draws the bar with its texts, which are shortened where the image is narrow.
    public func draw() -> Image {
        let margin = Self.margin
        var canvas = Canvas(width: max(width, 4 * margin), height: Self.thickness + 2 * margin)
        let baseline = Double(margin + Self.thickness - 1)
        let room = canvas.image.width - 2 * margin
        var left = margin
        func write(_ text: String, share: Double) {
            guard !text.isEmpty else { return }
            let shown = Self.style.shortened(text, toWidth: Double(room) * share)
            canvas.write(shown, at: Point(x: Double(left), y: baseline), style: Self.style)
            left += Int(Self.style.width(of: shown).rounded(.up)) + margin
        }
        write(title, share: 0.4)
        write(low, share: 0.15)
        let highWidth = Int(Self.style.width(of: high).rounded(.up))
        let length = min(Self.length, canvas.image.width - left - 2 * margin - min(highWidth, room / 4))
        if length > 0 {
            for column in 0..<length {
                let color = scale.color(at: (Double(column) + 0.5) / Double(length))
                canvas.fill(Size(height: Self.thickness, width: 1), left: left + column, top: margin, color: color)
            }
            left += length + margin
        }
        let rest = Double(canvas.image.width - left) / Double(max(room, 1))
        if rest > 0 { write(high, share: rest) }
        return canvas.image
    }
}

extension Color {
    /// Interpolates between this colour, at 0, and another, at 1.
    func mixed(with other: Color, part: Double) -> Color {
        func mix(_ from: UInt8, _ to: UInt8) -> UInt8 {
            UInt8((Double(from) + min(max(part, 0), 1) * (Double(to) - Double(from))).rounded())
        }
        return Color(red: mix(red, other.red), green: mix(green, other.green), blue: mix(blue, other.blue))
    }
}
