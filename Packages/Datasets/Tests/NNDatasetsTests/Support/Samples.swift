import Foundation
import NNDatasets
import NNLayers
import Synchronization

/// Small images, each different, that counts how often it is asked.
final class PatternDataset: Dataset {
    let count: Int
    let classNames: [String]
    let ignoreIndex: Int?
    private let reads = Mutex<[Int: Int]>([:])
    private let change: @Sendable (Sample, Int) throws -> Sample

    /// - Parameter change: What is returned instead of a sample.
    init(
        count: Int, classCount: Int = 10, ignoreIndex: Int? = nil,
        change: @escaping @Sendable (Sample, Int) throws -> Sample = { sample, _ in sample }
    ) {
        self.count = count
        classNames = (0..<classCount).map { "class \($0)" }
        self.ignoreIndex = ignoreIndex
        self.change = change
    }

    /// How often each sample was asked for.
    var readCounts: [Int: Int] { reads.withLock { $0 } }

    func sample(at index: Int) throws -> Sample {
        reads.withLock { $0[index, default: 0] += 1 }
        let image = Image.patterned(Size(height: 6, width: 5), seed: index)
        let label = Target.label(index % classNames.count)
        return try change(Sample(image: image, target: label, name: "pattern \(index)"), index)
    }
}

/// Images with masks in files beside them, read without any check of their own.
struct PairedFiles: Dataset {
    var pairs: [(image: URL, mask: URL)]
    var classNames: [String]
    var ignoreIndex: Int?

    var count: Int { pairs.count }

    func sample(at index: Int) throws -> Sample {
        let pair = pairs[index]
        return Sample(
            image: try Image(contentsOf: pair.image), target: .mask(try Image(indicesOf: pair.mask)),
            name: pair.image.path)
    }

    func files(at index: Int) -> [String] { [pairs[index].image.path, pairs[index].mask.path] }
}

extension Sample {
    /// A image whose channels are each its mask, so that it shows whether both are moved alike.
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

    /// The first channel of the image.
    var red: [UInt8] { stride(from: 0, to: image.pixels.count, by: 3).map { image.pixels[$0] } }

    /// The sample as a transform leaves it with the random numbers of a key.
    func transformed(by transform: some Transform, key: Int = 0) throws -> Sample {
        var random = RandomGenerator(key: RandomKey(seed: UInt64(key)))
        return try transform(self, random: &random)
    }
}

extension Image {
    /// An image in which every byte differs from its neighbours, and few are equal.
    static func patterned(_ size: Size, channels: Int = 3, seed: Int = 0) -> Image {
        let pixels = (0..<size.area * channels).map { UInt8(truncatingIfNeeded: ($0 + seed) * 37 + $0 / 7 * 11) }
        return Image(size: size, channels: channels, pixels: pixels)
    }

    /// An image of soft shades, which JPEG keeps nearly unchanged.
    static func smooth(_ size: Size, channels: Int = 3) -> Image {
        var image = Image(size: size, channels: channels)
        for row in 0..<size.height {
            for column in 0..<size.width {
                for channel in 0..<channels {
                    image[row, column, channel] = UInt8((40 + 2 * row + 3 * column + 30 * channel) % 256)
                }
            }
        }
        return image
    }
}
