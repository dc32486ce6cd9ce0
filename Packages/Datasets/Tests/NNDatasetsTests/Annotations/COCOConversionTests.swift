import Foundation
@testable import NNDatasets
import NNLayers
import Testing

@Suite struct COCOConversionTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.writeImage("a.png")
    }

    private let car = #""category_id": 3, "iscrowd": 0, "#
    private let tree = #""category_id": 90, "iscrowd": 0, "#

    /// The result is a data set, with the classes in the order of their ids behind the background.
    @Test func masksAreReadByMaskFolders() throws {
        let report = try folder.convert(
            folder.writeCOCO(annotations: [car + box(1, 1, 4, 4), tree + box(6, 2, 10, 8)]))
        let dataset = try MaskFolders(
            path: folder.url.path + "/out", classes: .file(folder.url.path + "/out/classes.txt"))
        #expect(dataset.classNames == ["background", "car", "road", "tree"])
        #expect(dataset.count == 1)
        #expect(try dataset.sample(at: 0).image[0, 0] == 90)
        #expect(try dataset.labelCounts(at: 0) == [0: 47, 1: 9, 3: 24])
        #expect(
            try folder.mask("out/masks/train/a.png") == [
                "0000000000", "0111000000", "0111003333", "0111003333", "0000003333", "0000003333", "0000003333",
                "0000003333",
            ])
        #expect(report.splits.map(\.images) == [1])
        #expect(report.classes.map(\.objects) == [0, 1, 0, 1])
        #expect(report.classes.map(\.pixels) == [47, 9, 0, 24])
        #expect(report.coveredPixels == 0 && report.ignoredPixels == 0)
    }

    /// A large object behind a small one, which comes first.
    @Test(arguments: [(OverlapRule.order, "3333333333"), (.area, "3113333333")])
    func overlapsFollowTheRule(rule: OverlapRule, row: String) throws {
        let source = try folder.writeCOCO(annotations: [car + box(1, 1, 3, 3), tree + box(0, 0, 10, 8)])
        let report = try folder.convert(source) { $0.overlaps = rule }
        #expect(try folder.mask("out/masks/train/a.png")[1] == row)
        #expect(report.coveredPixels == (rule == .order ? 4 : 4))
    }

    @Test func overlapsAreRefused() throws {
        let source = try folder.writeCOCO(annotations: [car + box(1, 1, 3, 3), tree + box(2, 2, 10, 8)])
        let message = failure { try folder.convert(source) { $0.overlaps = .refuse } }
        #expect(
            message?.contains(
                "annotation 2 of the image 'a.png' overlaps an object of the class 'car' in row 2, column 2")
                == true, "\(message ?? "no error")")
        // Objects of one class may.
        let same = try folder.writeCOCO(annotations: [car + box(1, 1, 3, 3), car + box(2, 2, 10, 8)])
        try folder.convert(same) { $0.overlaps = .refuse }
    }

    /// A crowd lies below all objects, wherever it stands in the list.
    @Test func crowdsAreIgnored() throws {
        let crowd = #""category_id": 3, "iscrowd": 1, "segmentation": {"size": [8, 10], "counts": [0, 40, 40]}"#
        let source = try folder.writeCOCO(annotations: [tree + box(4, 0, 6, 2), crowd])
        let report = try folder.convert(source)
        #expect(try folder.mask("out/masks/train/a.png")[0] == "####330000")
        #expect(try folder.mask("out/masks/train/a.png")[3] == "#####00000")
        #expect(report.ignoredRegions == 1 && report.ignoredPixels == 38)
    }

    /// Several polygons are one region, a polygon that leads around a hole leaves it out.
    @Test func holesAndPartsAreFilledAsTheSourceMeansThem() throws {
        let parts = #""segmentation": [[0, 0, 4, 0, 4, 4, 0, 4], [2, 2, 6, 2, 6, 6, 2, 6]]"#
        let hole = #""segmentation": [[0, 0, 6, 0, 6, 6, 0, 6, 0, 0, 2, 2, 4, 2, 4, 4, 2, 4, 2, 2]]"#
        try folder.convert(folder.writeCOCO(annotations: [car + parts]))
        #expect(try folder.mask("out/masks/train/a.png")[3] == "1111110000")
        try folder.convert(folder.writeCOCO(annotations: [car + hole]), to: "hole")
        #expect(try folder.mask("hole/masks/train/a.png")[3] == "1100110000")
    }

    @Test(arguments: [
        (
            #""category_id": 3, "segmentation": [[1, 1, 5, 5]]"#,
            "annotation 1 of the image 'a.png': the polygon has 2 points"
        ),
        (#""category_id": 3, "segmentation": [[]]"#, "0 points"),
        (#""category_id": 3, "segmentation": []"#, "its 'segmentation' is empty"),
        (#""category_id": 3, "bbox": [1, 2, 3, 4]"#, "it has a box and no 'segmentation'"),
        (#""category_id": 3, "segmentation": [1, 2, 3, 4, 5, 6]"#, "no list of polygons"),
        (#""category_id": 3, "segmentation": [["a", 2, 3, 4, 5, 6]]"#, "no list of numbers"),
        (#""category_id": 3, "segmentation": {"size": [8, 10], "counts": [0, 81]}"#, "longer than the 80 pixels"),
        (#""category_id": 3, "segmentation": {"size": [8, 10], "counts": [0, 1]}"#, "1 pixels, the image has 80"),
        (
            #""category_id": 3, "segmentation": {"size": [10, 8], "counts": [0, 80]}"#,
            "of 10x8 pixels, its image has 8x10"
        ),
        (#""category_id": 3, "segmentation": {"size": [8, 10], "counts": "PP"}"#, "end within a length"),
        (#""category_id": 3, "segmentation": {"counts": [0, 1]}"#, "no valid 'size'"),
        (#""category_id": 3, "segmentation": {"size": [8e9, 1e300], "counts": [0, 1]}"#, "no valid 'size'"),
        (#""category_id": 4, "segmentation": [[1, 1, 5, 5, 1, 3]]"#, "category 4, which is not in the list"),
        (#""segmentation": [[1, 1, 5, 5, 1, 3]]"#, "'category_id' null"),
    ])
    func whatIsWrongIsNamed(annotation: String, expected: String) throws {
        let source = try folder.writeCOCO(annotations: [annotation])
        let before = folder.contents
        let message = failure { try folder.convert(source) }
        #expect(message?.contains(expected) == true, "\(message ?? "no error")")
        #expect(message?.hasPrefix(source.path) == true)
        #expect(folder.contents == before, "nothing is half-written")
    }

    @Test func brokenAnnotationsAreLeftOut() throws {
        let source = try folder.writeCOCO(annotations: [
            car + #""segmentation": [[1, 1, 5, 5]]"#, tree + box(0, 0, 10, 8),
        ])
        let report = try folder.convert(source) { $0.onError = .skip }
        #expect(report.problems.count == 1 && report.problems[0].contains("annotation 1"))
        #expect(report.classes.map(\.objects) == [0, 0, 0, 1])
    }

    @Test func missingImagesAreNamed() throws {
        let images = [
            #"{"id": 7, "file_name": "a.png", "height": 8, "width": 10}"#,
            #"{"id": 8, "file_name": "sub/nowhere.jpg", "height": 8, "width": 10}"#,
        ]
        let source = try folder.writeCOCO(annotations: [car + box(1, 1, 3, 3)], images: images)
        let before = folder.contents
        let message = failure { try folder.convert(source) }
        #expect(message?.contains("the image 'sub/nowhere.jpg' is missing") == true, "\(message ?? "no error")")
        #expect(folder.contents == before)
        let report = try folder.convert(source) { $0.onError = .skip }
        #expect(report.splits.map(\.images) == [1] && report.problems.count == 1)
    }

    @Test(arguments: [
        (#"{"id": 7, "file_name": "a.png", "height": 9, "width": 10}"#, "has 9x10 pixels there, and 8x10"),
        (#"{"id": 7, "file_name": "a.png", "height": 0, "width": 10}"#, "image 7 has 0x10 pixels"),
        (#"{"id": 7, "file_name": ""}"#, "image 7 has no 'file_name'"),
        (#"{"id": "x", "file_name": "a.png"}"#, "image 0 has the 'id' 'x'"),
        (#"{"id": 7, "file_name": "a.png"}, {"id": 7, "file_name": "b.png"}"#, "two images have the id 7"),
        (#"{"id": 7, "file_name": "a.png"}, {"id": 8, "file_name": "a.jpg"}"#, "has the name of another one"),
        (#"{"id": 8, "file_name": "a.png"}"#, "annotation 1 is of the image 7, which is not in the list"),
    ])
    func wrongImagesAreNamed(images: String, expected: String) throws {
        let source = try folder.writeCOCO(annotations: [car + box(1, 1, 3, 3)], images: [images])
        let message = failure { try folder.convert(source) }
        #expect(message?.contains(expected) == true, "\(message ?? "no error")")
    }

    @Test func classesAreChosenByAList() throws {
        let source = try folder.writeCOCO(annotations: [car + box(1, 1, 4, 4), tree + box(6, 2, 10, 8)])
        let report = try folder.convert(source) {
            $0.classes = ["tree", "bus"]
            $0.background = .none
        }
        #expect(try folder.text("out/classes.txt") == "tree #000000\nbus #800000\n")
        #expect(try folder.mask("out/masks/train/a.png")[2] == "######0000")
        #expect(report.leftOut == ["class": 1])
    }

    @Test func panopticSegmentsAreConverted() throws {
        var colors = Image(size: Size(height: 8, width: 10))
        for column in 3..<10 { for row in 0..<8 { (colors[row, column, 0], colors[row, column, 1]) = (5, 1) } }
        for row in 0..<8 { colors[row, 9, 2] = 1 }
        try colors.writePNG(to: folder.file("panoptic_val/a.png"))
        let id = 5 + 256
        let source = try folder.writeCOCO(
            "panoptic_val.json",
            annotations: [
                """
                "file_name": "a.png", "segments_info": [{"id": \(id), "category_id": 90},
                {"id": \(id + 65536), "category_id": 3, "iscrowd": 1}]
                """
            ])
        let report = try folder.convert(source)
        // Pixels of no segment do not count, as in the evaluation of COCO.
        #expect(try folder.mask("out/masks/validation/a.png")[0] == "###222222#")
        #expect(report.classes.map(\.name) == ["car", "road", "tree"])
        #expect(report.ignoredRegions == 1)
        colors[0, 0, 0] = 77
        try colors.writePNG(to: folder.file("panoptic_val/a.png"))
        let message = failure { try folder.convert(source, to: "other") }
        #expect(message?.contains("panoptic_val/a.png: it has the segment 77") == true, "\(message ?? "no error")")
    }

    /// Masks become the same masks again, also without a background, and with ignored pixels.
    @Test(arguments: [["background", "car", "my tree"], ["sky", "road", "\"quoted\" é"]])
    func masksGoToCOCOAndBack(names: [String]) throws {
        let labels: [UInt8] = [0, 1, 2, 255, 0, 1, 1, 2, 255, 0, 0, 2]
        for (split, name) in [("train", "deep/a"), ("validation", "b")] {
            try folder.writePair(
                "masks-set/images/\(split)/\(name).png", "masks-set/masks/\(split)/\(name).png", labels: labels,
                size: Size(height: 3, width: 4))
        }
        try folder.write(names.joined(separator: "\n"), to: "masks-set/classes.txt")
        let coco = folder.url.appending(path: "coco")
        let report = try COCOExport().write(folder.url.appending(path: "masks-set"), to: coco, threads: 1)
        #expect(report.splits.map(\.images) == [1, 1])
        let hasBackground = names[0] == "background"
        #expect(report.classes == (hasBackground ? Array(names.dropFirst()) : names))
        var conversion = AnnotationConversion()
        conversion.background = hasBackground ? .automatic : .none
        for split in ["train", "validation"] {
            try conversion.add(coco.appending(path: "annotations/instances_\(split).json"))
        }
        let back = folder.url.appending(path: "back")
        _ = try conversion.write(to: back, threads: 2)
        for name in ["train/deep/a", "validation/b"] {
            #expect(try Image(indicesOf: back.appending(path: "masks/\(name).png")).pixels == labels)
            #expect(
                try Data(contentsOf: back.appending(path: "images/\(name).png"))
                    == Data(contentsOf: folder.url.appending(path: "masks-set/images/\(name).png")))
        }
        #expect(
            try folder.text("back/classes.txt").split(separator: "\n").map { $0.dropLast(8) } == names.map { $0[...] })
    }

    @Test func imagesAreCopiedOrLinked() throws {
        let source = try folder.writeCOCO(annotations: [car + box(1, 1, 4, 4)])
        for (kind, links) in [(AnnotationConversion.ImageFiles.copy, 1), (.link, 2), (.symlink, 2)] {
            try folder.convert(source, to: "out-\(kind.rawValue)") { $0.imageFiles = kind }
            let file = folder.url.appending(path: "out-\(kind.rawValue)/images/train/a.png")
            let attributes = try FileManager.default.attributesOfItem(atPath: file.resolvingSymlinksInPath().path)
            #expect(attributes[.referenceCount] as? Int == links)
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: file.path)
            #expect((target != nil) == (kind == .symlink))
        }
    }

    @Test func nothingIsOverwritten() throws {
        let source = try folder.writeCOCO(annotations: [car + box(1, 1, 4, 4)])
        try folder.write("mine", to: "out/note.txt")
        let message = failure { try folder.convert(source) }
        #expect(message?.contains("out: it exists already") == true, "\(message ?? "no error")")
        #expect(throws: CancellationError.self) {
            var conversion = AnnotationConversion()
            try conversion.add(source)
            _ = try conversion.write(to: folder.url.appending(path: "new"), isCancelled: { true })
        }
        #expect(!folder.contents.contains { $0.hasSuffix(".tmp") || $0.hasPrefix("new") })
    }

    @Test func trainingImagesAreSetAside() throws {
        let images = (0..<20).map { #"{"id": \#($0), "file_name": "\#($0).png", "height": 8, "width": 10}"# }
        for index in 0..<20 { try folder.writeImage("\(index).png") }
        let source = try folder.writeCOCO(annotations: [car + box(1, 1, 4, 4)], images: images)
        let report = try folder.convert(source) { $0.validationShare = 0.25 }
        #expect(report.splits.map(\.split) == [.train, .validation])
        #expect(report.splits.map(\.images) == [15, 5])
        #expect(report.splits.map(\.withoutObjects).reduce(0, +) == 19)
        try folder.convert(source, to: "again") { $0.validationShare = 0.25 }
        func names(_ output: String) -> Set<String> { folder.contents.filter { $0.hasPrefix(output) } }
        #expect(names("out/").map { $0.dropFirst(4) }.sorted() == names("again/").map { $0.dropFirst(6) }.sorted())
    }
}
