import CNNImages
import NNCore

extension Image {
    /// How the pixels of a resized image are calculated.
    public enum Interpolation: Sendable {
        /// A blend of the four nearest pixels, with pixel centres at half coordinates and no smoothing
        /// before the image is made smaller, as the tensor operation does.
        case bilinear
        /// The pixel in which the centre of the new pixel lies. Masks need it: a blend of two class
        /// indices would be a third class.
        case nearest
    }

    /// The image in another size.
    public func resized(to target: Size, interpolation: Interpolation = .bilinear) -> Image {
        require(target.height > 0 && target.width > 0, "resized: to \(target)")
        if target == size { return self }
        return switch interpolation {
        case .bilinear: resizedBilinearly(to: target)
        case .nearest: resizedToNearest(to: target)
        }
    }

    private func resizedBilinearly(to target: Size) -> Image {
        let rows = SourcePositions(from: height, to: target.height)
        let columns = SourcePositions(from: width, to: target.width)
        var scratch = [Float](repeating: 0, count: width * channels)
        let pitch = width * channels
        return Image(size: target, channels: channels) { result in
            pixels.withUnsafeBufferPointer { source in
                for row in 0..<target.height {
                    nn_resize_row(
                        result.baseAddress! + row * target.width * channels,
                        source.baseAddress! + Int(rows.lower[row]) * pitch,
                        source.baseAddress! + Int(rows.upper[row]) * pitch,
                        rows.fractions[row], Int64(width), Int64(channels), &scratch, Int64(target.width),
                        columns.lower, columns.upper, columns.fractions)
                }
            }
        }
    }

    private func resizedToNearest(to target: Size) -> Image {
        // The centre of new pixel i is (i + 1/2) · old / new, exactly as integers.
        let columns = (0..<target.width).map { (2 * $0 + 1) * width / (2 * target.width) }
        return Image(size: target, channels: channels) { result in
            pixels.withUnsafeBufferPointer { source in
                var to = 0
                for row in 0..<target.height {
                    let first = (2 * row + 1) * height / (2 * target.height) * width
                    for column in columns {
                        let from = (first + column) * channels
                        for channel in 0..<channels { result[to + channel] = source[from + channel] }
                        to += channels
                    }
                }
            }
        }
    }
}

/// For each pixel along a side of a resized image, the two source pixels between which its centre lies.
private struct SourcePositions {
    private(set) var lower: [Int32] = []
    private(set) var upper: [Int32] = []
    private(set) var fractions: [Float] = []

    init(from old: Int, to new: Int) {
        let scale = Float(old) / Float(new)
        for index in 0..<new {
            let position = max((Float(index) + 0.5) * scale - 0.5, 0)
            let first = min(Int(position), old - 1)
            lower.append(Int32(first))
            upper.append(Int32(min(first + 1, old - 1)))
            fractions.append(position - Float(first))
        }
    }
}
