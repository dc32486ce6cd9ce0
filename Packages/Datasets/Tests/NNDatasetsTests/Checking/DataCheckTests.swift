import Foundation
import NNCore
import Testing

@testable import NNDatasets

/// Images of class folders: what is found in files and across them.
@Suite struct DataCheckTests {
    let folder: TemporaryFolder

    /// Three different images of each of two classes in both splits, and no test split.
    init() throws {
        folder = try TemporaryFolder()
        var seed = 0
        for split in ["train", "validation"] {
            for name in ["cat", "dog"] {
                for number in 0..<3 {
                    seed += 1
                    try write(.patterned(8, seed: seed), to: "\(split)/\(name)/\(number).png")
                }
            }
        }
    }

    func write(_ image: Image, to path: String) throws { try image.writePNG(to: folder.file(path)) }

    func path(_ name: String) -> String { folder.url.appending(path: name).path }

    func check(
        policy: BrokenSamplePolicy = .fail, splits: [Split] = [.train, .validation], threads: Int = 2
    ) throws -> DataCheckReport {
        var options = ClassFolders.Options()
        options.path = folder.url.path
        let source = options
        var check = DataCheck()
        check.splits = splits
        check.brokenSamples = policy
        check.threads = threads
        return check.run { try source.dataset($0) }
    }

    @Test func soundDataHasNoFindings() throws {
        let report = try check()
        #expect(report.findings == [])
        #expect(report.splits.map(\.samples) == [6, 6])
    }

    @Test func aMissingTestSplitIsANote() throws {
        let report = try check(splits: Split.allCases)
        #expect(report.findings.map(\.severity) == [.note])
        #expect(report.findings[0].kind == .unusableSplit)
        try FileManager.default.removeItem(atPath: path("validation"))
        #expect(try check().findings.map(\.severity) == [.error])
    }

    @Test func brokenFilesAreErrorsOrAreSkipped() throws {
        let whole = try Data(contentsOf: folder.file("train/cat/0.png"))
        try folder.write(Array(whole.dropLast(20)), to: "train/cat/1.png")
        try folder.write([], to: "validation/dog/2.png")
        try folder.write(Array("GIF89a".utf8), to: "validation/dog/3.png")
        for policy in BrokenSamplePolicy.allCases {
            let report = try check(policy: policy)
            #expect(
                report.findings.map(\.file)
                    == ["train/cat/1.png", "validation/dog/2.png", "validation/dog/3.png"].map(path))
            #expect(report.findings.map(\.sample) == [1, 5, 6])
            #expect(report.findings.allSatisfy { $0.kind == .unreadable && !$0.remedy.isEmpty })
            #expect(report.count(of: policy == .fail ? .error : .warning) == 3)
            #expect(report.findings[1].message.contains("empty"))
            #expect(report.splits.map(\.unusable) == [1, 2])
        }
    }

    @Test func sharedImagesAreFoundByTheirPixels() throws {
        // The same pixels in a file of other bytes.
        let image = Image(size: 2, channels: 3, pixels: (0..<12).map { UInt8($0) })
        try write(image, to: "train/dog/x.png")
        let rows = (0..<2).map { Array(image.pixels[6 * $0..<6 * $0 + 6]) }
        try folder.write(
            PNGFile(height: 2, width: 2, colorType: .rgb, rows: rows).bytes, to: "validation/dog/y.png")
        let finding = try #require(try check().findings.first)
        #expect(finding.kind == .sharedImage && finding.severity == .warning)
        #expect(finding.file == path("validation/dog/y.png"))
        #expect(finding.message.contains(path("train/dog/x.png")))
    }

    @Test func aImageUnderTwoClassesIsAContradiction() throws {
        try write(.patterned(8, seed: 1), to: "train/dog/0-again.png")
        let finding = try #require(try check().findings.first)
        #expect(finding.kind == .contradiction && finding.severity == .warning)
        #expect(finding.message.contains("'dog'") && finding.message.contains("'cat'"))
        #expect(finding.message.contains(path("train/cat/0.png")))
    }

    @Test func repetitionsAreOneNote() throws {
        for number in 0..<3 { try write(.patterned(8, seed: 2), to: "train/cat/again-\(number).png") }
        let report = try check()
        #expect(report.findings.map(\.kind) == [.repeatedImage])
        #expect(report.findings.map(\.severity) == [.note])
        #expect(report.findings[0].message.contains("2 further"))
    }

    @Test func rareAndMissingClassesAreFound() throws {
        for number in 1..<3 { try FileManager.default.removeItem(atPath: path("train/dog/\(number).png")) }
        for number in 0..<100 { try write(.patterned(8, seed: 100 + number), to: "train/cat/many-\(number).png") }
        let imbalance = try #require(try check().findings.first)
        #expect(imbalance.kind == .imbalance && imbalance.severity == .note)
        #expect(imbalance.file == "class 'dog'" && imbalance.message.contains("103 times"))
        var options = MapFile.Options()
        options.train = try folder.write("train/cat/0.png\t0\ntrain/dog/0.png\t2\n", to: "list.txt").path
        options.classes = ["cat", "cow", "dog"]
        let source = options
        var check = DataCheck()
        check.splits = [.train]
        let report = check.run { try source.dataset($0) }
        #expect(report.findings.map(\.kind) == [.missingClass])
        #expect(report.findings[0].file == "class 1, 'cow'")
    }

    @Test func classesThatAreNotScoredAreNoted() throws {
        for split in ["train", "validation"] { try write(.patterned(8, seed: split.count), to: "\(split)/owl/0.png") }
        // Of a single class nothing can be scored.
        let cases: [(removed: String, file: String, words: String, severity: Finding.Severity)] = [
            ("dog", "class 1, 'dog'", "no validation sample has it", .note),
            ("cat", "class 0, 'cat'", "no validation sample has any of 'cat', 'dog'", .warning),
        ]
        for (removed, file, words, severity) in cases {
            try FileManager.default.removeItem(atPath: path("validation/\(removed)"))
            let findings = try check().findings.filter { $0.kind == .missingClass }
            #expect(findings.map(\.severity) == [severity] && findings.map(\.file) == [file])
            #expect(findings.first?.message.contains(words) == true)
        }
    }

    @Test func colourInOneSplitAndGreyInAnotherIsWarnedOf() throws {
        for name in ["cat", "dog"] {
            for number in 0..<3 {
                let seed = 50 + number + (name == "cat" ? 10 : 0)
                try write(.patterned(8, channels: 1, seed: seed), to: "validation/\(name)/\(number).png")
            }
        }
        let found = try check().findings(of: .warning)
        #expect(found.map(\.kind) == [.unusualImage] && found[0].split == .validation)
        #expect(found[0].message.contains("all images of validation are grey, and all of training colour"))
        // Some grey images on both sides are no contradiction.
        try write(.patterned(8, seed: 70), to: "validation/cat/0.png")
        #expect(try check().findings(of: .warning).isEmpty)
    }

    @Test func unusualImagesAreOneNoteAKind() throws {
        try write(.patterned(8, channels: 1, seed: 7), to: "train/cat/grey-1.png")
        try write(.patterned(8, channels: 1, seed: 8), to: "train/cat/grey-2.png")
        try write(.patterned(8, channels: 4, seed: 9), to: "validation/cat/clear.png")
        let report = try check()
        #expect(report.findings.map(\.kind) == [.unusualImage, .unusualImage])
        #expect(report.findings.map(\.file) == ["train/cat/grey-1.png", "validation/cat/clear.png"].map(path))
        #expect(report.findings[0].message.contains("1 of the 8 images are grey"))
        #expect(report.findings[1].message.contains("is partly transparent"))
    }

    @Test func threadsDoNotMatter() throws {
        for number in 0..<8 { try folder.write([], to: "train/cat/empty-\(number).png") }
        try write(.patterned(8, seed: 1), to: "validation/dog/copy.png")
        let report = try check(threads: 1)
        #expect(report.findings.count == 9)
        for _ in 0..<5 { #expect(try check(threads: 4) == report) }
    }

    @Test func madeImagesAreCheckedToo() {
        var options = Shapes.Options()
        options.trainCount = 12
        options.validationCount = 6
        options.testCount = 6
        let source = options
        let report = DataCheck().run { source.dataset($0) }
        #expect(report.findings == [])
        #expect(report.splits.map(\.samples) == [12, 6, 6])
    }
}
