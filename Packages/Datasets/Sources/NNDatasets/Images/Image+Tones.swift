import CNNImages
import Foundation
import NNLayers

extension Image {
    /// How many pixels of a mask have each label, without the label that is ignored.
    func labelCounts(ignoring ignoreIndex: Int?) -> [Int: Int] {
        let counts = histogram(channel: 0)
        return Dictionary(
            uniqueKeysWithValues: counts.indices.filter { counts[$0] > 0 && $0 != ignoreIndex }.map { ($0, counts[$0]) }
        )
    }

    /// How many pixels have each of the 256 values in one channel.
    public func histogram(channel: Int) -> [Int] {
        var counts = [Int](repeating: 0, count: 256)
        pixels.withUnsafeBufferPointer { pixels in
            counts.withUnsafeMutableBufferPointer { counts in
                for index in stride(from: channel, to: pixels.count, by: channels) { counts[Int(pixels[index])] += 1 }
            }
        }
        return counts
    }

    /// Replaces each value by what a table of 256 has for it.
    /// - Parameter tables: one for each channel, or one for all.
    mutating func replaceValues(by tables: [[UInt8]]) {
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

/// Changes of the values of each channel by a table, as Pillow defines them.
extension Image {
    /// Stretches each channel so that its least value becomes 0 and its greatest 255.
    mutating func stretchContrast() {
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

    /// Makes all values of a channel about equally frequent.
    mutating func equalizeHistogram() {
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

    /// Inverts the values from a threshold on.
    mutating func solarize(from threshold: Int) {
        replaceValues(by: [(0..<256).map { UInt8($0 < threshold ? $0 : 255 - $0) }])
    }

    /// Keeps the upper bits of each value only.
    mutating func posterize(bits: Int) {
        let mask = UInt8(truncatingIfNeeded: 0xff << (8 - bits))
        replaceValues(by: [Self.identityTable.map { $0 & mask }])
    }

    private static let identityTable = (0..<256).map { UInt8($0) }
}

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
