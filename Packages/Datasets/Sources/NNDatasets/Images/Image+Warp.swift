import CNNImages
import Foundation
import NNCore

/// A map of places: where in the old picture each pixel of a new one of the same size is looked up.
struct AffineMap {
    /// The old column is `m[0] · column + m[1] · row + m[2]`, and so on for the row.
    private(set) var matrix: [Double] = [1, 0, 0, 0, 1, 0]

    /// A turn about the middle of a picture, counterclockwise as it is seen.
    static func rotation(degrees: Double, of size: Size) -> AffineMap {
        let angle = degrees * .pi / 180
        let (c, s) = (cos(angle), sin(angle))
        let (x, y) = (Double(size.width - 1) / 2, Double(size.height - 1) / 2)
        return AffineMap(matrix: [c, -s, x - c * x + s * y, s, c, y - s * x - c * y])
    }

    /// Rows move by their distance to the upper edge times `horizontal`, columns by that to the left edge.
    static func shear(horizontal: Double = 0, vertical: Double = 0) -> AffineMap {
        AffineMap(matrix: [1, horizontal, 0, vertical, 1, 0])
    }

    /// A move by some pixels to the left and upwards.
    static func translation(horizontal: Double = 0, vertical: Double = 0) -> AffineMap {
        AffineMap(matrix: [1, 0, horizontal, 0, 1, vertical])
    }
}

extension Image {
    /// The picture as seen through a map.
    /// - Parameter fill: the value of pixels from outside, in every channel.
    func warped(by map: AffineMap, interpolation: Interpolation, fill: UInt8) -> Image {
        Image(size: size, channels: channels) { result in
            let warp = interpolation == .nearest ? nn_warp_nearest : nn_warp_bilinear
            warp(result.baseAddress!, pixels, Int64(height), Int64(width), Int64(channels), map.matrix, fill)
        }
    }
}
