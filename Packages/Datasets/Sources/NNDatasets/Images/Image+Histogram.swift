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
