import CNNImages
import NNCore

extension Image {
    /// The part of `size` pixels whose upper left corner is at row `top` and column `left`; it must lie within the image.
    public func cropped(top: Int, left: Int, size part: Size) -> Image {
        require(
            top >= 0 && left >= 0 && part.height > 0 && part.width > 0
                && top + part.height <= height && left + part.width <= width,
            "cropped: \(part) at (\(top), \(left)) does not lie within \(size)")
        return copied(to: part) { result, source in
            copyRows(of: source, to: result, pitch: part.width, at: 0, from: (top, left), size: part)
        }
    }

    /// The image with pixels of one value added around it; in an image of floats, the value is divided by 255.
    public func padded(_ insets: EdgeInsets, value: UInt8 = 0) -> Image {
        require(
            min(insets.top, insets.bottom, insets.left, insets.right) >= 0, "padded: negative insets \(insets)")
        let whole = Size(
            height: height + insets.top + insets.bottom, width: width + insets.left + insets.right)
        return copied(to: whole) { result, source in
            if floats == nil {
                result.initializeMemory(as: UInt8.self, repeating: value)
            } else {
                result.initializeMemory(as: Float.self, repeating: Float(value) / 255)
            }
            copyRows(
                of: source, to: result, pitch: whole.width, at: insets.top * whole.width + insets.left, from: (0, 0),
                size: size)
        }
    }

    /// The image mirrored left to right.
    public func flippedHorizontally() -> Image {
        let bytes = pixelByteCount
        return copied(to: size) { result, source in
            for row in 0..<height {
                let first = row * width
                for column in 0..<width {
                    let from = (first + width - 1 - column) * bytes
                    let to = (first + column) * bytes
                    for byte in 0..<bytes { result[to + byte] = source[from + byte] }
                }
            }
        }
    }

    /// The image mirrored top to bottom.
    public func flippedVertically() -> Image {
        copied(to: size) { result, source in
            for row in 0..<height {
                copyRows(
                    of: source, to: result, pitch: width, at: (height - 1 - row) * width, from: (row, 0),
                    size: Size(height: 1, width: width))
            }
        }
    }

    /// The image with rows and columns exchanged: mirrored at the diagonal from the upper left.
    func transposed() -> Image {
        let bytes = pixelByteCount
        return copied(to: Size(height: width, width: height)) { result, source in
            for row in 0..<height {
                for column in 0..<width {
                    let from = (row * width + column) * bytes
                    let to = (column * height + row) * bytes
                    for byte in 0..<bytes { result[to + byte] = source[from + byte] }
                }
            }
        }
    }

    /// The image with red and blue exchanged: RGB to BGR, or back.
    public func exchangingRedAndBlue() -> Image {
        require(channels >= 3, "exchangingRedAndBlue: the image has \(channels) channels")
        let (pixel, value) = (pixelByteCount, pixelByteCount / channels)
        return copied(to: size) { result, source in
            result.copyMemory(from: source)
            for start in stride(from: 0, to: source.count, by: pixel) {
                for byte in 0..<value {
                    result[start + byte] = source[start + 2 * value + byte]
                    result[start + 2 * value + byte] = source[start + byte]
                }
            }
        }
    }

    /// Copies a part of the image into one of `pitch` pixels a row, from pixel `start` on.
    private func copyRows(
        of source: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer, pitch: Int, at start: Int,
        from origin: (row: Int, column: Int), size part: Size
    ) {
        let bytes = pixelByteCount
        for row in 0..<part.height {
            let from = ((origin.row + row) * width + origin.column) * bytes
            let to = (start + row * pitch) * bytes
            UnsafeMutableRawBufferPointer(rebasing: target[to..<to + part.width * bytes])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[from..<from + part.width * bytes]))
        }
    }
}
