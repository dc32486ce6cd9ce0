import CNNImages
import Foundation
import NNCore

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

    /// The map that changes nothing.
    public static let identity = AffineMap(matrix: [1, 0, 0, 0, 1, 0])

    /// A rotation about the centre of an image, counterclockwise as it is shown.
    public static func rotation(degrees: Double, of size: Size) -> AffineMap {
        let angle = degrees * .pi / 180
        let (c, s) = (cos(angle), sin(angle))
        let (x, y) = (Double(size.width - 1) / 2, Double(size.height - 1) / 2)
        return AffineMap(matrix: [c, -s, x - c * x + s * y, s, c, y - s * x - c * y])
    }

    /// A shear about the upper left corner of an image: rows shift to the left by `horizontal` times their distance from
    /// the top, columns upwards by `vertical` times theirs from the left.
    public static func shear(horizontal: Double = 0, vertical: Double = 0) -> AffineMap {
        // Distances are those of pixel centres from the edge of the image.
        AffineMap(matrix: [1, horizontal, horizontal / 2, vertical, 1, vertical / 2])
    }

    /// A shift by some pixels to the left and upwards.
    public static func translation(horizontal: Double = 0, vertical: Double = 0) -> AffineMap {
        AffineMap(matrix: [1, 0, horizontal, 0, 1, vertical])
    }

    /// Shears, scales and rotates an image about its centre and shifts it, in this order, as one map.
    /// - Parameters:
    ///   - rotation: In degrees, counterclockwise as the image is shown.
    ///   - shear: The angles, in degrees, by which columns and rows are tilted; both from -89 to 89.
    ///   - scale: The factor of the content's sides, above 0.
    ///   - translation: The shift to the right and downwards, in pixels.
    public static func affine(
        rotation: Double = 0, shear: (horizontal: Double, vertical: Double) = (0, 0), scale: Double = 1,
        translation: (horizontal: Double, vertical: Double) = (0, 0), of size: Size
    ) -> AffineMap {
        require(scale, .positive, "affine: scale")
        require(
            abs(shear.horizontal) <= 89 && abs(shear.vertical) <= 89, "affine: a shear by \(shear) degrees")
        func radians(_ degrees: Double) -> Double { degrees * .pi / 180 }
        let angle = radians(-rotation)
        let (tilt, slope) = (tan(radians(shear.horizontal)), radians(shear.vertical))
        // Where the content goes; a shear by itself keeps areas.
        let a = cos(angle - slope) / cos(slope)
        let b = -cos(angle - slope) * tilt / cos(slope) - sin(angle)
        let c = sin(angle - slope) / cos(slope)
        let d = -sin(angle - slope) * tilt / cos(slope) + cos(angle)
        // Where it comes from: the inverse, whose determinant is that of the scale.
        let m: [Double] = [d / scale, -b / scale, -c / scale, a / scale]
        let (x, y) = (Double(size.width - 1) / 2, Double(size.height - 1) / 2)
        let (left, top) = (x + translation.horizontal, y + translation.vertical)
        return AffineMap(matrix: [
            m[0], m[1], x - m[0] * left - m[1] * top, m[2], m[3], y - m[2] * left - m[3] * top,
        ])
    }
}

/// Smooth random displacements of the pixels of an image (Simard et al. 2003).
public struct DisplacementField: Sendable {
    /// The size of the images that it displaces.
    public let size: Size
    /// How far to the right the input of each pixel is, `[H, W]`, and then how far down, in pixels.
    public let shifts: [Float]

    /// Uniform noise between -1 and 1, convolved with a Gaussian that is cut off at three standard deviations and
    /// multiplied by a factor.
    /// - Parameters:
    ///   - amplitude: The factor, in pixels. Displacements have a standard deviation of about 0.16 · amplitude / sigma.
    ///   - sigma: The standard deviation of the Gaussian in pixels, above 0 and at most 1000; larger ones are smoother.
    public init(amplitude: Float, sigma: Float, size: Size, key: RandomKey) {
        require(amplitude, .finite, "DisplacementField: amplitude")
        require(sigma > 0 && sigma <= 1000, "DisplacementField: sigma is \(sigma) pixels")
        let weights = Image.gaussian(sigma: sigma)
        let radius = weights.count / 2
        var scratch = [Float](repeating: 0, count: (2 * radius + 2) * (size.width + 2 * radius))
        self.size = size
        shifts = [Float](unsafeUninitializedCapacity: 2 * size.area) { shifts, count in
            nn_displace(
                shifts.baseAddress!, Int64(size.height), Int64(size.width), weights, weights.map { $0 * amplitude },
                Int64(radius), key.bits, &scratch)
            count = 2 * size.area
        }
    }
}

extension Image {
    /// What lies outside of an image, where a warp takes pixels from there.
    public enum Border: String, Sendable, Codable, CaseIterable {
        /// One value.
        case constant
        /// The pixel at the edge.
        case edge
        /// The image, mirrored at its edge.
        case reflect
    }

    /// The image warped by a map, at the same size.
    /// - Parameters:
    ///   - map: Where the input of each pixel is.
    ///   - interpolation: Bilinear or nearest.
    ///   - border: What lies outside.
    ///   - fill: The value of pixels from outside in every channel, with a constant border.
    public func warped(
        by map: AffineMap, interpolation: Interpolation, border: Border = .constant, fill: UInt8 = 0
    ) -> Image {
        warped(map, nil, interpolation, border, fill)
    }

    /// The image with its pixels displaced, at the same size.
    /// - Parameters:
    ///   - field: Where the input of each pixel is, from its own position.
    ///   - interpolation: Bilinear or nearest.
    ///   - border: What lies outside.
    ///   - fill: The value of pixels from outside in every channel, with a constant border.
    public func displaced(
        by field: DisplacementField, interpolation: Interpolation, border: Border = .constant, fill: UInt8 = 0
    ) -> Image {
        require(field.size == size, "displaced: an image of \(size) pixels by a field of \(field.size)")
        return warped(.identity, field.shifts, interpolation, border, fill)
    }

    private func warped(
        _ map: AffineMap, _ shifts: [Float]?, _ interpolation: Interpolation, _ border: Border, _ fill: UInt8
    ) -> Image {
        require(
            interpolation == .bilinear || interpolation == .nearest,
            "warped: interpolation is \(interpolation), not bilinear or nearest")
        let outside =
            switch border {
            case .constant: NN_BORDER_CONSTANT
            case .edge: NN_BORDER_EDGE
            case .reflect: NN_BORDER_REFLECT
            }
        if let floats {
            return .ofFloats(size: size, channels: channels) { result in
                nn_warp_floats(
                    result.baseAddress!, floats, Int64(height), Int64(width), Int64(channels), map.matrix, shifts,
                    interpolation == .nearest, outside, Float(fill) / 255)
            }
        }
        return Image(size: size, channels: channels) { result in
            nn_warp(
                result.baseAddress!, pixels, Int64(height), Int64(width), Int64(channels), map.matrix, shifts,
                interpolation == .nearest, outside, fill)
        }
    }

    /// The weights of a Gaussian that is cut off at three standard deviations.
    static func gaussian(sigma: Float) -> [Float] {
        let radius = Int((3 * sigma).rounded(.up))
        let values = (-radius...radius).map { exp(-0.5 * pow(Float($0) / sigma, 2)) }
        let sum = values.reduce(0, +)
        return values.map { $0 / sum }
    }
}
