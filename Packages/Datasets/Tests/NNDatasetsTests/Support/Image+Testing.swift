import NNDatasets
import NNCore

extension Image {
    /// An image in which every byte differs from its neighbours, and few are equal.
    static func patterned(_ size: Size, channels: Int = 3, seed: Int = 0) -> Image {
        let pixels = (0..<size.area * channels).map { UInt8(truncatingIfNeeded: ($0 + seed) * 37 + $0 / 7 * 11) }
        return Image(size: size, channels: channels, pixels: pixels)
    }

    /// An image of soft shades, which JPEG keeps nearly unchanged.
    static func smooth(_ size: Size, channels: Int = 3) -> Image {
        var image = Image(size: size, channels: channels)
        for row in 0..<size.height {
            for column in 0..<size.width {
                for channel in 0..<channels {
                    image[row, column, channel] = UInt8((40 + 2 * row + 3 * column + 30 * channel) % 256)
                }
            }
        }
        return image
    }
}
