import Foundation
import NNCore
import Testing

@testable import NNDatasets

/// Images with masks: what is found in a mask.
@Suite struct MaskCheckTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A mask of 4x6 pixels with the label 1 at some pixels, and 0 elsewhere.
    func mask(_ labels: [(x: Int, y: Int, label: UInt8)]) -> Image {
        var mask = Image(size: Size(height: 4, width: 6), channels: 1)
        for (x, y, label) in labels { mask[y, x] = label }
        return mask
    }

    /// What is found in a mask that is the second of three.
    func findings(
        of mask: Image, classes: [String] = ["sky", "road"], ignoreIndex: Int? = nil, palette: [Color]? = nil
    ) throws -> [Finding] {
        let sound = self.mask([(1, 1, 1), (2, 3, UInt8(ignoreIndex ?? 0))])
        var pairs: [(URL, URL)] = []
        for (index, mask) in [sound, mask, sound].enumerated() {
            let pair = (try folder.file("\(index).png"), try folder.file("\(index)-mask.png"))
            try Image.patterned(Size(height: 4, width: 6), seed: index).writePNG(to: pair.0)
            try mask.writePNG(to: pair.1)
            pairs.append(pair)
        }
        let dataset = PairedFiles(pairs: pairs, classNames: classes, ignoreIndex: ignoreIndex)
        var check = DataCheck()
        check.splits = [.train]
        // Masks that are wrong are no broken files.
        check.brokenSamples = .skip
        let report = check.run { _ in dataset }
        for finding in report.findings where finding.severity == .error {
            #expect(finding.sample == 1)
            #expect(finding.file == pairs[1].1.path)
        }
        return report.findings
    }

    /// VOC, ADE20K and Cityscapes have no labelled test split, so that their validation files serve as such.
    @Test func validationAndTestMayBeOneList() throws {
        var pairs: [(URL, URL)] = []
        for index in 0..<2 {
            let pair = (try folder.file("\(index).png"), try folder.file("\(index)-mask.png"))
            try Image.patterned(Size(height: 4, width: 6), seed: index).writePNG(to: pair.0)
            try mask([(1, 1, 1)]).writePNG(to: pair.1)
            pairs.append(pair)
        }
        let dataset = PairedFiles(pairs: pairs, classNames: ["sky", "road"], ignoreIndex: nil)
        var check = DataCheck()
        check.splits = [.validation, .test]
        #expect(!check.run { _ in dataset }.findings.contains { $0.kind == .sharedImage })
        check.splits = [.train, .validation]
        #expect(check.run { _ in dataset }.findings.filter { $0.kind == .sharedImage }.count == 2)
    }

    @Test func aSoundMaskIsNoFinding() throws {
        #expect(try findings(of: mask([(5, 0, 1)])) == [])
        #expect(try findings(of: mask([(5, 0, 255)]), ignoreIndex: 255) == [])
    }

    @Test func labelsOutOfTheClassesAreNamedWithTheirPixel() throws {
        let finding = try #require(try findings(of: mask([(3, 1, 9), (0, 2, 7), (1, 1, 1)])).first)
        #expect(finding.kind == .labelOutOfRange && finding.severity == .error)
        #expect(finding.pixel == Finding.Pixel(x: 3, y: 1, value: 9))
        #expect(
            finding.message
                == "the label 9 at pixel (x 3, y 1) is not in 0...1, nor are those of 1 further pixels")
    }

    @Test func blackAndWhiteMasksAreSaidToBeThat() throws {
        let finding = try #require(try findings(of: mask([(3, 1, 255)])).first)
        #expect(finding.kind == .blackAndWhiteMask && finding.severity == .error)
        #expect(finding.message.contains("0 and 255"))
        #expect(finding.pixel == Finding.Pixel(x: 3, y: 1, value: 255))
    }

    /// Where 255 is ignored each mask is possible alone; that all are so is not.
    @Test func blackAndWhiteMasksAreFoundThoughIgnored() throws {
        let url = try folder.file("bw.png")
        let image = try folder.file("image.png")
        try mask([(3, 1, 255)]).writePNG(to: url)
        try Image.patterned(Size(height: 4, width: 6)).writePNG(to: image)
        let dataset = PairedFiles(pairs: [(image, url)], classNames: ["a", "b"], ignoreIndex: 255)
        var check = DataCheck()
        check.splits = [.train]
        let report = check.run { _ in dataset }
        #expect(report.findings(of: .error).map(\.kind) == [.blackAndWhiteMask])
    }

    /// A set of images with masks for each of several masks.
    func pairs(_ name: Split, _ masks: Image..., ignoreIndex: Int? = 255) throws -> PairedFiles {
        let pairs = try masks.enumerated().map { index, mask in
            let pair = (try folder.file("\(name)-\(index).png"), try folder.file("\(name)-\(index)-mask.png"))
            try Image.patterned(
                Size(height: 4, width: 6), seed: name.choice(train: 0, validation: 10, test: 20) + index
            ).writePNG(to: pair.0)
            try mask.writePNG(to: pair.1)
            return pair
        }
        return PairedFiles(pairs: pairs, classNames: ["a", "b"], ignoreIndex: ignoreIndex)
    }

    /// A few masks without class 1 are no sign of black and white ones where other masks have it.
    @Test func aSplitMayLackAClassBesideWhatIsIgnored() throws {
        let sets: [Split: PairedFiles] = [
            .train: try pairs(.train, mask([(3, 1, 255), (2, 2, 1)])),
            .validation: try pairs(.validation, mask([(3, 1, 255)])),
        ]
        var check = DataCheck()
        check.splits = [.train, .validation]
        let report = check.run { split in sets[split]! }
        #expect(report.findings.map(\.kind) == [.missingClass])
    }

    @Test func masksWithoutAClassAreAnErrorButInTests() throws {
        let nothing = mask((0..<24).map { (x: $0 % 6, y: $0 / 6, label: 255) })
        let sets: [Split: PairedFiles] = [
            .train: try pairs(.train, mask([(2, 2, 1)])), .validation: try pairs(.validation, nothing),
            .test: try pairs(.test, nothing, nothing),
        ]
        let report = DataCheck().run { split in sets[split]! }
        #expect(report.findings.map(\.severity) == [.error, .note])
        #expect(report.findings.map(\.split) == [.validation, .test])
        #expect(report.findings[0].message == "no pixel of any mask has a class: all are 255, which is ignored")
    }

    @Test func masksOfAnotherSizeAreFound() throws {
        let finding = try #require(try findings(of: Image(size: 4, channels: 1)).first)
        #expect(finding.kind == .sizeMismatch && finding.severity == .error)
        #expect(finding.message == "the mask has 4x4 pixels, its image 4x6")
    }

    @Test func imagesInPlaceOfMasksAreSaidToBeThat() throws {
        var image = Image(size: Size(height: 4, width: 6), channels: 3)
        image[2, 2, 0] = 128
        let finding = try #require(try findings(of: image).first)
        #expect(finding.kind == .colorMask && finding.severity == .error)
        #expect(finding.message.contains("an RGB image of 2 colours"))
    }

    @Test func brokenMasksAreUnreadable() throws {
        _ = try findings(of: mask([]))
        try folder.write([], to: "1-mask.png")
        let pairs = try (0..<2).map { (try folder.file("\($0).png"), try folder.file("\($0)-mask.png")) }
        let dataset = PairedFiles(pairs: pairs, classNames: ["a", "b"])
        var check = DataCheck()
        check.splits = [.train]
        let report = check.run { _ in dataset }
        #expect(report.findings.map(\.kind) == [.unreadable])
        #expect(report.findings[0].file == pairs[1].1.path)
    }

    @Test func classesWithoutAPixelAreFound() throws {
        let found = try findings(of: mask([]), classes: ["sky", "road", "pole"])
        #expect(found.map(\.kind) == [.missingClass])
        #expect(found[0].file == "class 2, 'pole'" && found[0].message.contains("pixel"))
    }

    /// A data set that checks its masks itself refuses them at a pixel; the check reports what they are.
    @Test func masksThatADatasetRefusesAreToldApart() throws {
        for index in 0..<5 {
            let image = Image.patterned(Size(height: 4, width: 6), seed: index)
            try image.writePNG(to: folder.file("images/train/\(index).png"))
        }
        try mask([(3, 1, 1)]).writePNG(to: folder.file("masks/train/0.png"))
        try mask([(3, 1, 9)]).writePNG(to: folder.file("masks/train/1.png"))
        try mask([(3, 1, 255)]).writePNG(to: folder.file("masks/train/2.png"))
        try Image(size: 4, channels: 1).writePNG(to: folder.file("masks/train/3.png"))
        try Image.patterned(Size(height: 4, width: 6)).writePNG(to: folder.file("masks/train/4.png"))
        var options = MaskFolders.Options()
        options.path = folder.url.path
        options.classCount = 2
        options.ignoreIndex = nil
        let source = options
        var check = DataCheck()
        check.splits = [.train]
        check.brokenSamples = .skip
        let report = check.run { try source.dataset($0) }
        #expect(report.findings.map(\.kind) == [.labelOutOfRange, .blackAndWhiteMask, .sizeMismatch, .colorMask])
        #expect(report.findings.map(\.sample) == [1, 2, 3, 4])
        #expect(report.findings.allSatisfy { $0.severity == .error && $0.file.hasSuffix("\($0.sample ?? 0).png") })
        #expect(report.findings[0].message.contains("row 1, column 3 has the label 9"))
        #expect(report.findings[3].message.contains("an RGB image of 24 colours"))
    }
}
