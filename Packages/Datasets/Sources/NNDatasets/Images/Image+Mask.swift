import NNCore

extension Image {
    /// A mask as an RGB picture in the colours of the classes.
    ///
    /// - Parameter colors: By class index; what has no colour, such as what is ignored, becomes grey.
    public func colored(_ colors: [Color]) -> Image {
        require(channels == 1, "colored: a mask has one channel, not \(channels)")
        let table = Self.colorTable(colors, rest: .ignored)
        return Image(size: size, channels: 3) { result in
            pixels.withUnsafeBufferPointer { source in
                for pixel in source.indices {
                    let from = 3 * Int(source[pixel])
                    result[3 * pixel] = table[from]
                    result[3 * pixel + 1] = table[from + 1]
                    result[3 * pixel + 2] = table[from + 2]
                }
            }
        }
    }

    /// The picture with another one of the same form laid over it.
    /// - Parameter opacity: Of the other one, from 0 to 1.
    public func overlaid(_ other: Image, opacity: Float = 0.5) -> Image {
        require(
            other.size == size && other.channels == channels && 0...1 ~= opacity,
            "overlaid: \(other.size) pixels of \(other.channels) channels over \(size) of \(channels)")
        // Exact to 1/256, which no byte can tell.
        let above = UInt32((opacity * 256).rounded())
        let below = 256 - above
        return Image(size: size, channels: channels) { result in
            pixels.withUnsafeBufferPointer { lower in
                other.pixels.withUnsafeBufferPointer { upper in
                    for index in lower.indices {
                        result[index] = UInt8(
                            truncatingIfNeeded: (UInt32(lower[index]) * below + UInt32(upper[index]) * above + 128) >> 8
                        )
                    }
                }
            }
        }
    }

    /// The bytes of 256 colours.
    static func colorTable(_ colors: [Color], rest: Color) -> [UInt8] {
        (colors.prefix(256) + Array(repeating: rest, count: Swift.max(256 - colors.count, 0)))
            .flatMap { [$0.red, $0.green, $0.blue] }
    }
}
