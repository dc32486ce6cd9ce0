import CNNImages
import Foundation
import NNLayers

/// A linear change of colours: red, green and blue become `matrix · colour + offset`.
struct ColorChange {
    typealias Color = SIMD3<Float>

    /// The rows of the matrix: what each new channel is made of.
    private(set) var rows: [Color]
    private(set) var offset: Color

    static let identity = ColorChange(rows: [Color(1, 0, 0), Color(0, 1, 0), Color(0, 0, 1)], offset: .zero)

    /// The share of each channel in the brightness that is seen (ITU-R BT.601).
    static let luma = Color(0.299, 0.587, 0.114)

    static func grey(of color: Color) -> Float { (luma * color).sum() }

    func apply(to color: Color) -> Color {
        Color((rows[0] * color).sum(), (rows[1] * color).sum(), (rows[2] * color).sum()) + offset
    }

    /// Multiplies all channels.
    mutating func scale(by factor: Float) {
        rows = rows.map { $0 * factor }
        offset *= factor
    }

    /// Adds to all channels.
    mutating func add(_ value: Float) { offset += value }

    /// Moves colours away from their grey, or towards it for a factor below 1.
    mutating func saturate(by factor: Float) {
        let grey = Self.luma * (1 - factor)
        follow(by: (0..<3).map { Self.identity.rows[$0] * factor + grey })
    }

    /// Turns the colours about the grey axis of the YIQ space, which keeps their brightness.
    mutating func turnHue(by turns: Float) {
        guard turns != 0 else { return }
        let angle = turns * 2 * .pi
        let (c, s) = (cos(angle), sin(angle))
        // RGB to YIQ, the turn of I and Q, and back, multiplied out (FCC 1953 coefficients).
        let i = Color(0.5959, -0.2746, -0.3213)
        let q = Color(0.2115, -0.5227, 0.3112)
        let turnedI = i * c - q * s
        let turnedQ = i * s + q * c
        let weights: [(Float, Float)] = [(0.956, 0.619), (-0.272, -0.647), (-1.106, 1.703)]
        follow(by: weights.map { Self.luma + turnedI * $0.0 + turnedQ * $0.1 })
    }

    /// Multiplies by another matrix from the left.
    private mutating func follow(by matrix: [Color]) {
        let old = self
        rows = matrix.map { row in old.rows[0] * row[0] + old.rows[1] * row[1] + old.rows[2] * row[2] }
        offset = Color((matrix[0] * old.offset).sum(), (matrix[1] * old.offset).sum(), (matrix[2] * old.offset).sum())
    }
}

extension Image {
    /// The mean of each channel of an RGB picture, from 0 to 255.
    var meanColor: ColorChange.Color {
        require(channels == 3, "meanColor: an image of \(channels) channels")
        var sums: [UInt64] = [0, 0, 0]
        nn_sum_colors(pixels, Int64(size.area), &sums)
        return ColorChange.Color(Float(sums[0]), Float(sums[1]), Float(sums[2])) / Float(size.area)
    }

    /// Changes the colours of an RGB picture; what leaves 0 to 255 is clipped.
    mutating func apply(_ change: ColorChange) {
        require(channels == 3, "apply: colours of an image of \(channels) channels")
        let matrix = change.rows.enumerated().flatMap { [$1.x, $1.y, $1.z, change.offset[$0]] }
        let area = Int64(size.area)
        withUnsafeMutablePixels { nn_change_colors($0.baseAddress!, area, matrix) }
    }
}
