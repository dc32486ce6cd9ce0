import CNNImages
import Foundation
import NNCore

extension Image {
    /// The picture convolved with a Gaussian, which is cut off at three standard deviations.
    /// - Parameter deviation: the standard deviation in pixels.
    func blurred(deviation: Float) -> Image {
        require(deviation > 0 && deviation.isFinite, "blurred: by \(deviation) pixels")
        let radius = Int((3 * deviation).rounded(.up))
        let values = (-radius...radius).map { exp(-0.5 * pow(Float($0) / deviation, 2)) }
        let sum = values.reduce(0, +)
        var scratch = [Float](repeating: 0, count: 2 * (width + radius) * channels)
        return Image(size: size, channels: channels) { result in
            nn_blur(
                result.baseAddress!, pixels, Int64(height), Int64(width), Int64(channels), values.map { $0 / sum },
                Int64(radius), &scratch)
        }
    }

    /// The picture with the distances of pixels from their neighbourhood multiplied, as Pillow sharpens.
    func sharpened(by factor: Float) -> Image {
        Image(size: size, channels: channels) { result in
            nn_sharpen(result.baseAddress!, pixels, Int64(height), Int64(width), Int64(channels), factor)
        }
    }
}
