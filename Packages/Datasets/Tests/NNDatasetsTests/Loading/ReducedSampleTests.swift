import Foundation
@_spi(Internal) @testable import NNDatasets
import NNLayers
import Testing

/// Samples of images that are decoded at a fraction of their size, and their transforms.
@Suite struct ReducedSampleTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Class folders of JPEG files of several sizes.
    func makeFolders(_ decoding: DecodingPolicy = .reduced) throws -> ClassFolders {
        for index in 0..<6 {
            let size = Size(height: 130 + 23 * index, width: 240 - 31 * index)
            let file = try folder.file("train/\(index % 2)/\(index).jpg")
            if !FileManager.default.fileExists(atPath: file.path) {
                try Image.scene(size, seed: index).writeJPEG(to: file, quality: 95)
            }
        }
        return try ClassFolders(path: folder.url.path, reader: ImageReader(decoding: decoding))
    }

    @Test func transformsStateWhatTheyNeed() {
        struct Other: Transform {
            func callAsFunction(_ sample: Sample, random: inout RandomGenerator) -> Sample { sample }
        }
        func size(_ transforms: any Transform...) -> Size? { transforms.decodingSize }
        #expect(size(Resize(size: Size(height: 10, width: 30))) == Size(height: 20, width: 60))
        #expect(size(Resize(size: 256, keepsAspectRatio: true), CenterCrop(size: 224)) == 512)
        #expect(size(ColorJitter(hue: 0.1), Grayscale(), ToBGR(), Resize(size: 10)) == 20)
        // The smallest crop keeps 224 pixels: its side is the square root of 0.08 * 3/4.
        #expect(size(RandomResizedCrop(size: 224)) == 915)
        #expect(size(RandomResizedCrop(size: 100, area: 1...1, ratio: 1...1)) == 200)
        #expect(size(RandomSideCrop(size: 100, ratio: 0.5...0.5)) == 400)
        #expect(size(RandomSideCrop(size: 100, ratio: 0.2...1)) == 500)
        let others: [[any Transform]] = [
            [], [ToBGR()], [Flip(), Resize(size: 10)], [Other(), Resize(size: 10)], [CenterCrop(size: 10)],
            [RandomCrop(size: 10)],
            [RandomScale(), Resize(size: 10)], [Resize(size: 10, antialias: false)],
            [Resize(size: 10, interpolation: .nearest)], [RandomResizedCrop(size: 10, antialias: false)],
            [RandomSideCrop(size: 10, interpolation: .nearest)],
        ]
        for transforms in others { #expect(transforms.decodingSize == nil) }
    }

    func reduced(_ full: Size, to eighths: Int) -> Size {
        Size(height: (full.height * eighths + 7) / 8, width: (full.width * eighths + 7) / 8)
    }

    /// A sample of an image at eighths of its size, whose red is its row and whose green is its column, in 256ths of
    /// the sides.
    func gradient(_ full: Size, eighths: Int = 8) -> Sample {
        let size = reduced(full, to: eighths)
        let scale = Double(eighths) / 8
        func shade(_ pixel: Int, _ length: Int) -> UInt8 {
            UInt8(min((Double(pixel) + 0.5) / (Double(length) * scale) * 256, 255))
        }
        var image = Image(size: size)
        for row in 0..<size.height {
            for column in 0..<size.width {
                image[row, column, 0] = shade(row, full.height)
                image[row, column, 1] = shade(column, full.width)
            }
        }
        let reduction = eighths == 8 ? nil : Reduction(of: full, to: size, scale: scale, turned: nil)
        return Sample(image: image, target: .label(0), name: "gradient", reduction: reduction)
    }

    /// Crops are drawn in the pixels of the file, so that they show the same part at any fraction, and leave the same
    /// random numbers to what follows.
    @Test func cropsAreThoseOfTheWholeImage() throws {
        let full = Size(height: 611, width: 403)
        let crops: [any Transform] = [
            RandomResizedCrop(size: 16), RandomResizedCrop(size: 16, area: 0.9...1, ratio: 2...3),
            RandomSideCrop(size: 16, ratio: 0.3...1), Resize(size: Size(height: 16, width: 12)),
        ]
        let whole = gradient(full)
        for eighths in [2, 3, 7] {
            let part = gradient(full, eighths: eighths)
            #expect(part.fullSize == full && part.image.size == reduced(full, to: eighths))
            for crop in crops {
                for seed in 0..<12 {
                    let key = RandomKey(seed: UInt64(seed))
                    var (first, second) = (RandomGenerator(key: key), RandomGenerator(key: key))
                    let (one, other) = (try crop(whole, random: &first), try crop(part, random: &second))
                    #expect(first.next() == second.next())
                    let differences = zip(one.image.pixels, other.image.pixels).map { abs(Int($0) - Int($1)) }
                    #expect(differences.max() ?? 255 <= 3)
                    #expect(other.image.size == one.image.size && other.fullSize == other.image.size)
                }
            }
        }
    }

    @Test func sizesAreThoseOfTheWholeImage() throws {
        let resize = Resize(size: 37, keepsAspectRatio: true)
        for full in [Size(height: 751, width: 1001), Size(height: 1203, width: 607), Size(height: 333, width: 998)] {
            let expected = try #require(try resize.sizes(of: SizeRange(full), name: "")).smallest
            for eighths in 2...8 {
                let scale = Double(eighths) / 8
                let size = reduced(full, to: eighths)
                let sample = Sample(
                    image: Image(size: size), target: .label(0), name: "",
                    reduction: Reduction(of: full, to: size, scale: scale, turned: nil))
                #expect(try sample.transformed(by: Grayscale(probability: 1)).fullSize == full)
                #expect(try sample.transformed(by: resize).image.size == expected)
                #expect(sample.cropped(top: 0, left: 0, size: 5).fullSize == 5)
            }
        }
    }

    @Test func batchesAreTheSameOnAnyThreadsAndFromTheCache() throws {
        let transforms: [any Transform] = [
            ColorJitter(brightness: 0.2), RandomResizedCrop(size: 12, area: 0.5...1), Flip(),
        ]
        let base = try makeFolders()
        let cached = base.cached(.always)
        func images(_ dataset: any Dataset, _ threads: Int, epoch: Int) throws -> [[Float]] {
            let loader = try DataLoader(
                dataset, batchSize: 4, transforms: transforms, shuffles: true, threads: threads, seed: 3)
            return try loader.batches(epoch: epoch).map { try $0.get().images.floats }
        }
        for epoch in 0..<2 {
            let reference = try images(base, 0, epoch: epoch)
            for threads in [1, 3] {
                #expect(try images(base, threads, epoch: epoch) == reference)
                #expect(try images(cached, threads, epoch: epoch) == reference)
            }
            #expect(try images(makeFolders(.full), 0, epoch: epoch) != reference)
        }
        // What is kept is what was decoded.
        let needed = try #require(transforms.decodingSize)
        let small = try (0..<6).map { try base.sample(at: $0, atLeast: needed).image.byteCount + 200 }
        #expect((cached as? CachedDataset)?.byteCount == small.reduce(0, +))
        #expect(try small.reduce(0, +) < (0..<6).map { try base.sample(at: $0).image.byteCount }.reduce(0, +))
        // Other transforms have samples of their own.
        #expect(try cached.sample(at: 0).image == base.sample(at: 0).image)
        #expect(try cached.sample(at: 0, for: [CenterCrop(size: 4)]).image == base.sample(at: 0).image)
    }

    @Test func subsetsAndListsAreReducedToo() throws {
        let base = try makeFolders()
        let part = DatasetSubset(base, indices: [4, 1])
        #expect(try part.sample(at: 0, atLeast: 20).image == base.sample(at: 4, atLeast: 20).image)
        #expect(try part.sample(at: 0, atLeast: 20).image.size != base.sample(at: 4).image.size)
        let file = base.files(at: 0)[0]
        try folder.write("\(file)\t0\n", to: "list.txt")
        try folder.write("image,cat\n\(file),1\n", to: "table.csv")
        let reader = ImageReader(decoding: .reduced)
        let sets: [any Dataset] = [
            try MapFile(path: folder.url.appending(path: "list.txt").path, classCount: 1, reader: reader),
            try TableFile(path: folder.url.appending(path: "table.csv").path, task: .multiLabel, reader: reader),
        ]
        for set in sets {
            #expect(try set.sample(at: 0, for: [Resize(size: 10)]).image == base.sample(at: 0, atLeast: 20).image)
        }
        #expect(try makeFolders(.full).sample(at: 0, for: [Resize(size: 10)]).image == base.sample(at: 0).image)
    }

    /// Masks have the size of the file, and so have their images.
    @Test func imagesWithMasksStayWhole() throws {
        let size = Size(height: 90, width: 120)
        try folder.writePair("images/train/a.jpg", "masks/train/a.png", labels: [1], size: size)
        let dataset = try MaskFolders(
            path: folder.url.path, classCount: 2, reader: ImageReader(decoding: .reduced))
        let loader = try DataLoader(dataset, transforms: [Resize(size: 8)])
        #expect(try dataset.sample(at: 0, for: [Resize(size: 8)]).image.size == size)
        #expect(try loader.sample(at: 0, epoch: 0).mask?.size == 8)
    }
}
