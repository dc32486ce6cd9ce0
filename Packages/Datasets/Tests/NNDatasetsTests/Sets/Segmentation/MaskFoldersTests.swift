import Foundation
import NNLayers
import Testing

@testable import NNDatasets

@Suite struct MaskFoldersTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    func dataset(
        _ split: Split = .train, _ change: (inout MaskFolders.Options) -> Void = { _ in }
    ) throws -> any Dataset {
        var options = MaskFolders.Options()
        options.path = folder.url.path
        options.classCount = 3
        change(&options)
        try options.validate()
        return try options.dataset(split)
    }

    @Test func masksAreFoundByTheirName() throws {
        try folder.writePair("images/train/b.jpg", "masks/train/b.png", labels: [1, 2])
        try folder.writePair("images/train/a b/c.d.png", "masks/train/a b/c.d.png", labels: [255, 1], shade: 9)
        try folder.writeMask("masks/train/without jpeg.png", labels: [])
        try folder.write("none", to: "images/train/notes.txt")
        let dataset = try dataset()
        #expect(dataset.count == 2 && dataset.classNames == ["0", "1", "2"] && dataset.ignoreIndex == 255)
        #expect(try dataset.sample(at: 0).image[0, 0] == 9)
        #expect(try dataset.labels(at: 0) == [255, 1, 0, 0, 0, 0])
        #expect(try dataset.labels(at: 1) == [1, 2, 0, 0, 0, 0])
        #expect(
            dataset.files(at: 0).map { $0.replacing(folder.url.path + "/", with: "") }
                == ["images/train/a b/c.d.png", "masks/train/a b/c.d.png"])
        #expect(try dataset.labelCounts(at: 0) == [0: 4, 1: 1])
    }

    @Test func foldersAndSuffixesMayBeNamed() throws {
        try folder.writePair("tr/img/x_rgb.png", "tr/x_label.png", labels: [2])
        try folder.writePair("tr/img/x_depth.png", "tr/none.png", labels: [])
        try folder.writePair("val/img/y_rgb.png", "val/y_label.png", labels: [1])
        for (split, label) in [(Split.train, UInt8(2)), (.validation, 1)] {
            let dataset = try dataset(split) {
                $0.images = "{split}/img"
                $0.masks = "{split}"
                $0.train = "tr"
                $0.validation = "val"
                $0.imageSuffix = "_rgb"
                $0.maskSuffix = "_label"
            }
            #expect(dataset.count == 1)
            #expect(try dataset.labels(at: 0)[0] == label)
        }
    }

    @Test func imagesAndMasksMayLieTogether() throws {
        try folder.writePair("train/x.png", "train/x_mask.png", labels: [1])
        let dataset = try dataset {
            $0.images = "{split}"
            $0.masks = "{split}"
            $0.maskSuffix = "_mask"
        }
        #expect(dataset.count == 1)
        #expect(try dataset.labels(at: 0)[0] == 1)
    }

    @Test func foldersWithoutSplitsAreOneSet() throws {
        try folder.writePair("images/x.png", "masks/x.png", labels: [2])
        func undivided(_ split: Split) throws -> any Dataset {
            try dataset(split) { ($0.images, $0.masks) = ("images", "masks") }
        }
        #expect(try undivided(.train).labels(at: 0)[0] == 2)
        let message = failure { _ = try undivided(.validation) }
        #expect(message?.contains("/images: 'images' has no {split}, so that it is one set") == true)
        #expect(message?.contains("Add 'split: {validation: 0.2}' to 'data', or 'validation: false'") == true)
        let advice = failure { _ = try dataset() }
        #expect(advice?.contains("images: it has images, and no folders of splits. Set 'images' and 'masks'") == true)
        #expect(throws: OptionError.self) { try dataset { $0.images = "images" } }
    }

    @Test func missingMaskNamesBoth() throws {
        try folder.writePair("images/train/a.jpg", "masks/train/a.png", labels: [])
        try Image(size: 2).writeJPEG(to: folder.file("images/train/b.jpg"))
        let message = try #require(failure { _ = try dataset() })
        #expect(message.contains("masks/train/b.png: there is no such mask for the image"))
        #expect(message.contains("images/train/b.jpg"))
    }

    @Test func missingFoldersAreNamed() throws {
        try folder.writePair("images/train/a.png", "masks/train/a.png", labels: [])
        #expect(
            failure { _ = try dataset(.test) }?.contains(
                "images/test: there is no such folder. Set 'test' to another; beside it there are: train") == true)
        #expect(
            failure { _ = try dataset(.test) { $0.images = "{split}/images" } }?.contains(
                "test/images: there is no such folder. Set 'images' to another") == true)
        #expect(failure { _ = try dataset { $0.path += "/no/where" } }?.contains("'path'") == true)
        #expect(failure { _ = try dataset { $0.imageSuffix = "_x" } }?.contains("ends with '_x'") == true)
    }

    @Test func imagesOfOneNameAreRefused() throws {
        try folder.writePair("images/train/a.png", "masks/train/a.png", labels: [])
        try Image(size: 2).writeJPEG(to: folder.file("images/train/a.jpg"))
        #expect(failure { _ = try dataset() }?.contains("a.png: 'a.jpg' has the same name") == true)
    }

    @Test func sizesThatDifferAreNamed() throws {
        try folder.writePair("images/train/a.png", "masks/train/a.png", labels: [])
        try folder.writeMask("masks/train/a.png", labels: [], size: Size(height: 3, width: 2))
        let message = failure { _ = try dataset().sample(at: 0) }
        #expect(message?.contains("masks/train/a.png: the mask has 3x2 pixels, its image ") == true)
        #expect(message?.contains("images/train/a.png has 2x3") == true)
    }

    /// Phones store images as the sensor has them, and masks are drawn over what is shown.
    @Test func imagesThatAreToBeTurnedAreNamed() throws {
        try folder.writePair("images/train/a.jpg", "masks/train/a.png", labels: [])
        try folder.writeMask("masks/train/a.png", labels: [], size: Size(height: 3, width: 2))
        let file = try folder.file("images/train/a.jpg")
        let tiff: [UInt8] = [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0]
        let exif: [UInt8] = [0xff, 0xe1, 0, UInt8(tiff.count + 8)] + Array("Exif\0\0".utf8) + tiff
        var jpeg = [UInt8](try Data(contentsOf: file))
        jpeg.insert(contentsOf: exif, at: 2)
        try folder.write(jpeg, to: "images/train/a.jpg")
        func dataset(_ orientation: OrientationPolicy) throws -> MaskFolders {
            try MaskFolders(
                path: folder.url.path, classCount: 3, reader: ImageReader(orientation: orientation))
        }
        let sample = try dataset(.apply).sample(at: 0)
        #expect(sample.image.size == Size(height: 3, width: 2))
        let message = failure { _ = try dataset(.ignore).sample(at: 0) }
        #expect(message?.contains("has 2x3, stored with an EXIF orientation, which is not applied. Rotate the") == true)
        // A mask that was drawn over the image as it is stored.
        try folder.writeMask("masks/train/a.png", labels: [])
        #expect(try dataset(.ignore).sample(at: 0).image.size == Size(height: 2, width: 3))
        let other = failure { _ = try dataset(.apply).sample(at: 0) }
        #expect(other?.contains("3x2 after the EXIF orientation") == true)
        #expect(other?.contains("Set 'orientation: ignore'") == true)
    }

    @Test func labelsOutsideTheClassesAreNamed() throws {
        try folder.writePair("images/train/a.png", "masks/train/a.png", labels: [0, 1, 2, 255, 7])
        let expected =
            "masks/train/a.png: the pixel in row 1, column 1 has the label 7. Labels are 0 to 2, or 255 for ignored"
        let dataset = try dataset()
        #expect(failure { _ = try dataset.sample(at: 0) }?.contains(expected) == true)
        #expect(failure { _ = try dataset.labelCounts(at: 0) }?.contains(expected) == true)
        let strict = try self.dataset {
            $0.classCount = 8
            $0.ignoreIndex = nil
        }
        #expect(failure { _ = try strict.sample(at: 0) }?.contains("row 1, column 0 has the label 255") == true)
    }

    @Test func allMayBeIgnored() throws {
        try folder.writePair("images/train/a.png", "masks/train/a.png", labels: [UInt8](repeating: 255, count: 6))
        let dataset = try dataset()
        #expect(try dataset.labelCounts(at: 0).isEmpty)
        #expect(try dataset.labels(at: 0) == [UInt8](repeating: 255, count: 6))
        let loader = try DataLoader(dataset)
        #expect(try loader.batches(epoch: 0).next()?.labels.floats == [Float](repeating: 255, count: 6))
    }

    @Test func labelsAbove127AreKept() throws {
        try folder.writePair("images/train/a.png", "masks/train/a.png", labels: [127, 128, 150, 255])
        let dataset = try dataset { $0.classCount = 151 }
        #expect(try dataset.labelCounts(at: 0) == [0: 2, 127: 1, 128: 1, 150: 1])
    }

    @Test func binaryMasksAreTwoClasses() throws {
        try folder.writePair("images/train/a.png", "masks/train/a.png", labels: [0, 255, 255, 1])
        let dataset = try dataset {
            $0.classCount = nil
            $0.binaryMasks = true
        }
        #expect(dataset.classNames == ["0", "1"])
        #expect(try dataset.labels(at: 0) == [0, 1, 1, 1, 0, 0])
        #expect(try dataset.labelCounts(at: 0) == [0: 3, 1: 3])
        try folder.writeMask("masks/train/a.png", labels: [0, 254])
        #expect(failure { _ = try dataset.sample(at: 0) }?.contains("the label 254") == true)
    }
}
