import NNCore

extension Image {
    /// A mask of predicted classes, such as `logits.argmax()`.
    ///
    /// ```swift
    /// try Image(classIndices: logits.argmax()).writePNG(to: url, palette: Color.classes(19))
    /// ```
    ///
    /// - Parameter classIndices: The class of each pixel from 0 to 255, int32 `[H, W]` or `[1, H, W]`; traps for others.
    public init(classIndices: Tensor) {
        let shape = classIndices.shape
        require(
            classIndices.dataType == .int32 && (shape.rank == 2 || shape.rank == 3 && shape[0] == 1),
            "Image(classIndices:): \(classIndices.dataType) \(shape), not the int32 [H, W] of one mask")
        let size = Size(height: shape[shape.rank - 2], width: shape[shape.rank - 1])
        let pixels = classIndices.withScalars(as: Int32.self) { indices in
            indices.map { index in
                require(0...255 ~= index, "Image(classIndices:): the index \(index), not one from 0 to 255")
                return UInt8(index)
            }
        }
        self.init(size: size, channels: 1, pixels: pixels)
    }

    /// A mask as an RGB image in the colours of its classes.
    ///
    /// - Parameter colors: The colours by class index; other labels, such as the ignored one, become grey.
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

    /// The image blended with another one of the same size and channels on top of it.
    /// - Parameter opacity: That of the other one, from 0 to 1.
    public func overlaid(_ other: Image, opacity: Float = 0.5) -> Image {
        require(
            other.size == size && other.channels == channels && 0...1 ~= opacity,
            "overlaid: \(other.size) pixels of \(other.channels) channels over \(size) of \(channels)")
        // Exact to 1/256, which is below what a byte resolves.
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

    /// The RGB bytes of 256 colours, filled up with one.
    static func colorTable(_ colors: [Color], rest: Color) -> [UInt8] {
        (colors.prefix(256) + Array(repeating: rest, count: Swift.max(256 - colors.count, 0)))
            .flatMap { [$0.red, $0.green, $0.blue] }
    }
}
