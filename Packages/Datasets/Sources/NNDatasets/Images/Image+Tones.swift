import NNCore

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
