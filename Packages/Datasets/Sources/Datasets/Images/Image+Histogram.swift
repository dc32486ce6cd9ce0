extension Image {
    /// How many pixels of a mask have each label, without the label that is ignored.
    func labelCounts(ignoring ignoreIndex: Int?) -> [Int: Int] {
        let counts = histogram(channel: 0)
        return Dictionary(
            uniqueKeysWithValues: counts.indices.filter { counts[$0] > 0 && $0 != ignoreIndex }.map { ($0, counts[$0]) }
        )
    }

    /// How many pixels have each of the 256 values in one channel.
    func histogram(channel: Int) -> [Int] {
        var counts = [Int](repeating: 0, count: 256)
        pixels.withUnsafeBufferPointer { pixels in
            counts.withUnsafeMutableBufferPointer { counts in
                for index in stride(from: channel, to: pixels.count, by: channels) { counts[Int(pixels[index])] += 1 }
            }
        }
        return counts
    }
}
