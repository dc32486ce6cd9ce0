import CNNImages
import Foundation
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

/// An affine map from pixels of the output to pixels of the input, as an image of the same size is warped by it.
public struct AffineMap: Hashable, Sendable {
    /// Six coefficients: the input's column is `m[0] · column + m[1] · row + m[2]`, its row
    /// `m[3] · column + m[4] · row + m[5]`, with pixel centres at whole numbers.
    public let matrix: [Double]

    /// - Parameter matrix: Six finite coefficients.
    public init(matrix: [Double]) {
        require(matrix.count == 6 && matrix.allSatisfy(\.isFinite), "AffineMap: the matrix \(matrix)")
        self.matrix = matrix
    }

    /// A rotation about the centre of an image, counterclockwise as it is shown.
    public static func rotation(degrees: Double, of size: Size) -> AffineMap {
        let angle = degrees * .pi / 180
        let (c, s) = (cos(angle), sin(angle))
        let (x, y) = (Double(size.width - 1) / 2, Double(size.height - 1) / 2)
        return AffineMap(matrix: [c, -s, x - c * x + s * y, s, c, y - s * x - c * y])
    }

    /// A shear: rows shift to the left by `horizontal` times their index, columns upwards by `vertical` times theirs.
    public static func shear(horizontal: Double = 0, vertical: Double = 0) -> AffineMap {
        AffineMap(matrix: [1, horizontal, 0, vertical, 1, 0])
    }

    /// A shift by some pixels to the left and upwards.
    public static func translation(horizontal: Double = 0, vertical: Double = 0) -> AffineMap {
        AffineMap(matrix: [1, 0, horizontal, 0, 1, vertical])
    }
}

extension Image {
    /// The image warped by a map, at the same size.
    /// - Parameters:
    ///   - map: Where the input of each pixel is.
    ///   - interpolation: Bilinear or nearest.
    ///   - fill: The value of pixels from outside in every channel.
    public func warped(by map: AffineMap, interpolation: Interpolation, fill: UInt8) -> Image {
        require(
            interpolation == .bilinear || interpolation == .nearest,
            "warped: interpolation is \(interpolation), not bilinear or nearest")
        if let floats {
            return .ofFloats(size: size, channels: channels) { result in
                let warp = interpolation == .nearest ? nn_warp_floats_nearest : nn_warp_floats_bilinear
                warp(
                    result.baseAddress!, floats, Int64(height), Int64(width), Int64(channels), map.matrix,
                    Float(fill) / 255)
            }
        }
        return Image(size: size, channels: channels) { result in
            let warp = interpolation == .nearest ? nn_warp_nearest : nn_warp_bilinear
            warp(result.baseAddress!, pixels, Int64(height), Int64(width), Int64(channels), map.matrix, fill)
        }
    }
}
