import CNNImages
import Foundation
import NNCore

extension Image {
    /// Adds normally distributed noise, clipped to 0 to 255.
    /// - Parameters:
    ///   - isShared: Whether all channels of a pixel get the same noise, which is grey then.
    ///   - deviation: The standard deviation at a value from 0 to 255, on the same scale.
    public mutating func addNoise(isShared: Bool = false, key: RandomKey, deviation: (Float) -> Float) {
        let deviations = (0..<256).map { deviation(Float($0)) }
        let (area, channels) = (Int64(size.area), Int64(channels))
        withUnsafeMutablePixels {
            nn_add_noise($0.baseAddress!, area, channels, deviations, isShared, key.bits)
        }
    }

    /// Makes single pixels black or white in all channels, as many the one as the other.
    /// - Parameter share: The probability for each pixel, from 0 to 1.
    public mutating func addSaltAndPepper(share: Float, key: RandomKey) {
        let (area, channels) = (Int64(size.area), Int64(channels))
        withUnsafeMutablePixels { nn_salt_and_pepper($0.baseAddress!, area, channels, share, key.bits) }
    }

    /// What replaces a part of an image.
    public enum Filling: Hashable, Sendable {
        /// One value in every channel.
        case value(UInt8)
        /// Values of equal probability from 0 to 255, another for each pixel and channel.
        case noise(RandomKey)
    }

    /// Replaces a rectangle, which must lie within the image.
    /// - Parameters:
    ///   - top: The first row.
    ///   - left: The first column.
    ///   - part: The height and width.
    public mutating func fill(top: Int, left: Int, size part: Size, with filling: Filling) {
        require(
            top >= 0 && left >= 0 && part.height > 0 && part.width > 0
                && top + part.height <= height && left + part.width <= width,
            "fill: \(part) at (\(top), \(left)) does not lie within \(size)")
        let (width, channels) = (width, channels)
        withUnsafeMutablePixels { pixels in
            for row in 0..<part.height {
                let line = UnsafeMutableBufferPointer(
                    rebasing: pixels[
                        ((top + row) * width + left) * channels..<((top + row) * width + left + part.width) * channels])
                switch filling {
                case .value(let value): line.update(repeating: value)
                case .noise(let key):
                    nn_random_bytes(line.baseAddress!, Int64(line.count), key.derived(row).bits)
                }
            }
        }
    }
}

extension Image {
    /// The image as it is after a JPEG file of it is written and read. Images of other than 1 or 3 channels are written
    /// channel by channel.
    /// - Parameter quality: From 1 to 100.
    /// - Returns: nil for a side of more than 65,500 pixels, which no JPEG file has.
    public func compressed(quality: Int) -> Image? {
        require(1...100 ~= quality, "compressed: with the quality \(quality)")
        if channels != 1 && channels != 3 {
            let planes = (0..<channels).compactMap { plane($0).compressed(quality: quality) }
            guard planes.count == channels else { return nil }
            return Image(size: size, channels: channels) { result in
                for (channel, plane) in planes.enumerated() {
                    for pixel in 0..<size.area { result[pixel * channels + channel] = plane.pixels[pixel] }
                }
            }
        }
        var count = 0
        var file: UnsafeMutablePointer<UInt8>?
        let channelCount = Int32(channels)
        let failure = failureMessage { message in
            file = nn_jpeg_encode(pixels, Int64(height), Int64(width), channelCount, Int32(quality), &count, message)
            return file != nil
        }
        guard failure == nil, let file else { return nil }
        defer { free(file) }
        var isDecoded = false
        let image = Image(size: size, channels: channels) { result in
            isDecoded = failureMessage { nn_jpeg_decode(file, count, 8, result.baseAddress!, $0) } == nil
        }
        return isDecoded ? image : nil
    }

    /// One channel as an image.
    private func plane(_ channel: Int) -> Image {
        Image(size: size, channels: 1) { result in
            for pixel in 0..<size.area { result[pixel] = pixels[pixel * channels + channel] }
        }
    }
}
