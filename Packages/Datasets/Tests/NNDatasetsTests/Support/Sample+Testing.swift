import NNDatasets
import NNLayers

extension Sample {
    /// A picture whose channels are each its mask, so that it shows whether both are moved alike.
    static func masked(_ size: Size, label: (Int, Int) -> UInt8) -> Sample {
        var image = Image(size: size)
        var mask = Image(size: size, channels: 1)
        for row in 0..<size.height {
            for column in 0..<size.width {
                mask[row, column] = label(row, column)
                for channel in 0..<3 { image[row, column, channel] = mask[row, column] }
            }
        }
        return Sample(image: image, target: .mask(mask), name: "masked.png")
    }

    var mask: Image? { if case .mask(let mask) = target { mask } else { nil } }

    /// The first channel of the picture.
    var red: [UInt8] { stride(from: 0, to: image.pixels.count, by: 3).map { image.pixels[$0] } }

    /// The sample as a transform leaves it with the random numbers of a key.
    func transformed(by transform: some Transform, key: Int = 0) throws -> Sample {
        var random = RandomGenerator(key: RandomKey(seed: UInt64(key)))
        return try transform(self, random: &random)
    }
}
