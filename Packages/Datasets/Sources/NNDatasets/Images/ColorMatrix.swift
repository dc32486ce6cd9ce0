import CNNImages
import Foundation
import NNLayers

/// A linear change of colours: red, green and blue become `matrix · colour + offset`.
///
/// Changes follow each other in one matrix, which an image is multiplied by once:
///
/// ```swift
/// var change = ColorMatrix.identity
/// change.scale(by: 1.2)
/// change.saturate(by: 0.5)
/// image.apply(change)
/// ```
public struct ColorMatrix: Hashable, Sendable {
    /// The three rows of the matrix: the weights of red, green and blue in each new channel.
    public private(set) var rows: [SIMD3<Float>]
    /// What is added to each new channel, on the scale from 0 to 255.
    public private(set) var offset: SIMD3<Float>

    /// The matrix that changes nothing.
    public static let identity = ColorMatrix(
        rows: [SIMD3(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)], offset: .zero)

    /// The weight of each channel in the perceived brightness (ITU-R BT.601).
    static let luma = SIMD3<Float>(0.299, 0.587, 0.114)

    /// The grey of the same brightness as a colour.
    public static func grey(of color: SIMD3<Float>) -> Float { (luma * color).sum() }

    /// The changed colour, not clipped.
    public func apply(to color: SIMD3<Float>) -> SIMD3<Float> {
        SIMD3((rows[0] * color).sum(), (rows[1] * color).sum(), (rows[2] * color).sum()) + offset
    }

    /// Multiplies all channels.
    public mutating func scale(by factor: Float) {
        rows = rows.map { $0 * factor }
        offset *= factor
    }

    /// Adds to all channels, on the scale from 0 to 255.
    public mutating func add(_ value: Float) { offset += value }

    /// Multiplies the difference between each colour and its grey: 0 leaves grey, 1 changes nothing.
    public mutating func saturate(by factor: Float) {
        let grey = Self.luma * (1 - factor)
        multiply(by: (0..<3).map { Self.identity.rows[$0] * factor + grey })
    }

    /// Rotates the hue about the grey axis of the YIQ space, which preserves brightness.
    /// - Parameter turns: The angle in full turns.
    public mutating func rotateHue(by turns: Float) {
        guard turns != 0 else { return }
        let angle = turns * 2 * .pi
        let (c, s) = (cos(angle), sin(angle))
        // RGB to YIQ, the rotation of I and Q, and back, multiplied out (FCC 1953 coefficients).
        let i = SIMD3<Float>(0.5959, -0.2746, -0.3213)
        let q = SIMD3<Float>(0.2115, -0.5227, 0.3112)
        let rotatedI = i * c - q * s
        let rotatedQ = i * s + q * c
        let weights: [(Float, Float)] = [(0.956, 0.619), (-0.272, -0.647), (-1.106, 1.703)]
        multiply(by: weights.map { Self.luma + rotatedI * $0.0 + rotatedQ * $0.1 })
    }

    /// Multiplies by another matrix from the left.
    private mutating func multiply(by matrix: [SIMD3<Float>]) {
        let old = self
        rows = matrix.map { row in old.rows[0] * row[0] + old.rows[1] * row[1] + old.rows[2] * row[2] }
        offset = SIMD3((matrix[0] * old.offset).sum(), (matrix[1] * old.offset).sum(), (matrix[2] * old.offset).sum())
    }
}

extension Image {
    /// The mean colour of an RGB image, on the scale from 0 to 255.
    public var meanColor: SIMD3<Float> {
        require(channels == 3, "meanColor: an image of \(channels) channels")
        var sums: [UInt64] = [0, 0, 0]
        nn_sum_colors(pixels, Int64(size.area), &sums)
        return SIMD3(Float(sums[0]), Float(sums[1]), Float(sums[2])) / Float(size.area)
    }

    /// Changes the colours of an RGB image and clips them to 0 to 255.
    public mutating func apply(_ change: ColorMatrix) {
        require(channels == 3, "apply: colours of an image of \(channels) channels")
        let matrix = change.rows.enumerated().flatMap { [$1.x, $1.y, $1.z, change.offset[$0]] }
        let area = Int64(size.area)
        withUnsafeMutablePixels { nn_change_colors($0.baseAddress!, area, matrix) }
    }
}
