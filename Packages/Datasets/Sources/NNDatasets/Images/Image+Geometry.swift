import NNCore

extension Image {
    /// The part of `size` pixels whose upper left corner is at `(top, left)`.
    public func cropped(top: Int, left: Int, size part: Size) -> Image {
        require(
            top >= 0 && left >= 0 && part.height > 0 && part.width > 0
                && top + part.height <= height && left + part.width <= width,
            "cropped: \(part) at (\(top), \(left)) does not lie within \(size)")
        return Image(size: part, channels: channels) { result in
            copyRows(to: result, pitch: part.width, at: 0, from: (top, left), size: part)
        }
    }

    /// The image with `value` around it.
    public func padded(_ insets: EdgeInsets, value: UInt8 = 0) -> Image {
        require(
            min(insets.top, insets.bottom, insets.left, insets.right) >= 0, "padded: negative insets \(insets)")
        let whole = Size(
            height: height + insets.top + insets.bottom, width: width + insets.left + insets.right)
        return Image(size: whole, channels: channels) { result in
            result.initialize(repeating: value)
            copyRows(
                to: result, pitch: whole.width, at: insets.top * whole.width + insets.left, from: (0, 0), size: size)
        }
    }

    /// The image with left and right exchanged.
    public func flippedHorizontally() -> Image {
        Image(size: size, channels: channels) { result in
            pixels.withUnsafeBufferPointer { source in
                for row in 0..<height {
                    let first = row * width
                    for column in 0..<width {
                        let from = (first + width - 1 - column) * channels
                        let to = (first + column) * channels
                        for channel in 0..<channels { result[to + channel] = source[from + channel] }
                    }
                }
            }
        }
    }

    /// The image with top and bottom exchanged.
    public func flippedVertically() -> Image {
        Image(size: size, channels: channels) { result in
            for row in 0..<height {
                copyRows(
                    to: result, pitch: width, at: (height - 1 - row) * width, from: (row, 0),
                    size: Size(height: 1, width: width))
            }
        }
    }

    /// The image with red and blue exchanged, or blue and red put back.
    public func exchangingRedAndBlue() -> Image {
        require(channels >= 3, "exchangingRedAndBlue: the image has \(channels) channels")
        var result = self
        result.withUnsafeMutablePixels { bytes in
            for pixel in stride(from: 0, to: bytes.count, by: channels) { bytes.swapAt(pixel, pixel + 2) }
        }
        return result
    }

    /// Copies a part of the image into a larger or smaller one of `pitch` pixels a row, from pixel `start` on.
    private func copyRows(
        to result: UnsafeMutableBufferPointer<UInt8>, pitch: Int, at start: Int, from origin: (row: Int, column: Int),
        size part: Size
    ) {
        pixels.withUnsafeBytes { source in
            let target = UnsafeMutableRawBufferPointer(result)
            for row in 0..<part.height {
                let from = ((origin.row + row) * width + origin.column) * channels
                let to = (start + row * pitch) * channels
                UnsafeMutableRawBufferPointer(rebasing: target[to..<to + part.width * channels])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[from..<from + part.width * channels]))
            }
        }
    }
}
