import CNNImages
import Foundation
import NNLayers

extension Image {
    /// The number of pixels of each label in a mask, without the ignored label.
    public func labelCounts(ignoring ignoreIndex: Int? = nil) -> [Int: Int] {
        let counts = histogram(channel: 0)
        return Dictionary(
            uniqueKeysWithValues: counts.indices.filter { counts[$0] > 0 && $0 != ignoreIndex }.map { ($0, counts[$0]) }
        )
    }

    /// The number of pixels of each of the 256 values in a channel.
    public func histogram(channel: Int) -> [Int] {
        var counts = [Int](repeating: 0, count: 256)
        pixels.withUnsafeBufferPointer { pixels in
            counts.withUnsafeMutableBufferPointer { counts in
                for index in stride(from: channel, to: pixels.count, by: channels) { counts[Int(pixels[index])] += 1 }
            }
        }
        return counts
    }

    /// Maps every value by a lookup table.
    /// - Parameter tables: A table of 256 values for each channel, or one for all.
    public mutating func replaceValues(by tables: [[UInt8]]) {
        require(
            [1, channels].contains(tables.count) && tables.allSatisfy { $0.count == 256 },
            "replaceValues: \(tables.count) tables for \(channels) channels")
        for (channel, table) in tables.enumerated() {
            withUnsafeMutablePixels { pixels in
                table.withUnsafeBufferPointer { table in
                    for index in stride(from: channel, to: pixels.count, by: tables.count) {
                        pixels[index] = table[Int(pixels[index])]
                    }
                }
            }
        }
    }
}

/// Point operations on each channel, as Pillow defines them.
extension Image {
    /// Stretches each channel so that its minimum becomes 0 and its maximum 255: Pillow's `autocontrast`.
    public mutating func stretchContrast() {
        replaceValues(
            by: (0..<channels).map { channel in
                let counts = histogram(channel: channel)
                guard let low = counts.firstIndex(where: { $0 > 0 }), let high = counts.lastIndex(where: { $0 > 0 }),
                    low < high
                else { return Self.identityTable }
                return (0..<256).map { value in
                    let stretched = 255 * (value - low) / (high - low)
                    return UInt8(min(max(stretched, 0), 255))
                }
            })
    }

    /// Equalizes the histogram of each channel.
    public mutating func equalizeHistogram() {
        replaceValues(
            by: (0..<channels).map { channel in
                let counts = histogram(channel: channel)
                let step = (size.area - (counts.last { $0 > 0 } ?? 0)) / 255
                guard step > 0 else { return Self.identityTable }
                var sum = step / 2
                return counts.map { count in
                    defer { sum += count }
                    return UInt8(min(sum / step, 255))
                }
            })
    }

    /// Inverts all values from a threshold on.
    public mutating func solarize(from threshold: Int) {
        replaceValues(by: [(0..<256).map { UInt8($0 < threshold ? $0 : 255 - $0) }])
    }

    /// Keeps only the upper bits of each value.
    /// - Parameter bits: From 0 to 8.
    public mutating func posterize(bits: Int) {
        require(0...8 ~= bits, "posterize: to \(bits) bits")
        let mask = UInt8(truncatingIfNeeded: 0xff << (8 - bits))
        replaceValues(by: [Self.identityTable.map { $0 & mask }])
    }

    private static let identityTable = (0..<256).map { UInt8($0) }
}

extension Image {
    /// The image convolved with a Gaussian, which is cut off at three standard deviations.
    /// - Parameter sigma: The standard deviation in pixels, above 0 and at most 1000.
    public func blurred(sigma: Float) -> Image {
        require(sigma > 0 && sigma <= 1000, "blurred: by \(sigma) pixels")
        let weights = Self.gaussian(sigma: sigma)
        let radius = weights.count / 2
        var scratch = [Float](repeating: 0, count: 2 * (width + radius) * channels)
        return Image(size: size, channels: channels) { result in
            nn_blur(
                result.baseAddress!, pixels, Int64(height), Int64(width), Int64(channels), weights, Int64(radius),
                &scratch)
        }
    }

    /// The image sharpened as by Pillow: the difference between each pixel and its smoothed neighbourhood is multiplied
    /// by a factor. 0 smooths, 1 changes nothing.
    public func sharpened(by factor: Float) -> Image {
        Image(size: size, channels: channels) { result in
            nn_sharpen(result.baseAddress!, pixels, Int64(height), Int64(width), Int64(channels), factor)
        }
    }
}
