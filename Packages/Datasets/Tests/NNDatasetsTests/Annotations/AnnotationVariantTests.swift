import Foundation
@testable import NNDatasets
import NNLayers
import Testing

/// What tools write beside the usual: other names of files, other formats of images, other shapes.
@Suite struct AnnotationVariantTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// A format of a plugin: one shade, with its height and width.
    private struct ShadeFormat: ImageFormat {
        let name = "Shade"
        let fileExtensions = ["shade"]
        static func file(_ size: Size, _ shade: UInt8) -> [UInt8] {
            Array("SHADE".utf8) + [UInt8(size.height), UInt8(size.width), shade]
        }
        func recognizes(_ beginning: [UInt8]) -> Bool { beginning.starts(with: "SHADE".utf8) }
        func decode(_ bytes: [UInt8], file: String) throws(ImageError) -> DecodedImage {
            let size = Size(height: Int(bytes[5]), width: Int(bytes[6]))
            return DecodedImage(
                size: size, channels: 1, layout: .grey, samples: .bytes(Array(repeating: bytes[7], count: size.area)))
        }
    }

    private func coco(_ names: [String]) throws -> URL {
        let images = names.enumerated().map { #"{"id": \#($0 + 7), "file_name": "\#($1)", "height": 8, "width": 10}"# }
        return try folder.writeCOCO(annotations: [#""category_id": 3, "# + box(1, 1, 4, 4)], images: images)
    }

    /// Whatever images are called, the data set of the result lists each with its mask.
    @Test(arguments: [
        (["a.png"], ["a.png"]), (["A.PNG", "b.JPEG"], ["A.PNG", "b.JPEG"]), (["000123"], ["000123.png"]),
        (["frame.001", "frame.002"], ["frame.001.png", "frame.002.png"]), (["v1.2/a.b.png"], ["v1.2/a.b.png"]),
        (["a.jpe"], ["a.png"]), (["a.tif", "b.dat"], ["a.png", "b.dat.png"]), (["été 'x'.png"], ["été 'x'.png"]),
    ])
    func imagesAreListedByTheResult(names: [String], expected: [String]) throws {
        for name in names { try folder.writeImage("images/\(name)") }
        try folder.convert(coco(names))
        let out = folder.url.path + "/out"
        let dataset = try MaskFolders(path: out, classes: .file(out + "/classes.txt"))
        #expect((0..<dataset.count).map { String(dataset.files(at: $0)[0].suffix(expected[$0].count)) } == expected)
        #expect(try dataset.labelCounts(at: 0)[1] == 9)
    }

    @Test func formatsOfPluginsGoThereAndBack() throws {
        try folder.write(ShadeFormat.file(Size(height: 8, width: 10), 70), to: "images/a.shade")
        let source = try coco(["a.shade"])
        let message = failure { try folder.convert(source, to: "no") }
        #expect(message?.contains("a.shade: it is neither a PNG nor a JPEG file") == true, "\(message ?? "")")
        let reader = ImageReader(formats: [ShadeFormat()])
        try folder.convert(source) { $0.imageReader = reader }
        var export = COCOExport()
        export.imageReader = reader
        let back = folder.url.appending(path: "back")
        let report = try export.write(folder.url.appending(path: "out"), to: back, threads: 1)
        #expect(report.splits.map(\.annotations) == [1])
        #expect(folder.contents.contains("back/images/train/a.shade"))
    }

    @Test func foldersOfYOLOHaveFormatsOfPlugins() throws {
        try folder.write(ShadeFormat.file(Size(height: 8, width: 10), 70), to: "images/train/a.shade")
        try folder.write("0 0 0 1 0 1 1 0 1\n", to: "labels/train/a.txt")
        let dataset = YOLODataset(
            names: ["car"], splits: [.train: [folder.url.appending(path: "images/train")]],
            file: folder.url.appending(path: "data.yaml"))
        var conversion = AnnotationConversion()
        let message = failure { try conversion.add(dataset) }
        #expect(message?.contains("no .jpg, .jpeg, .jfif or .png file") == true, "\(message ?? "")")
        conversion.imageReader = ImageReader(formats: [ShadeFormat()])
        try conversion.add(dataset)
        let report = try conversion.write(to: folder.url.appending(path: "out"), threads: 1)
        #expect(report.classes.map(\.pixels) == [0, 80])
    }

    /// X-AnyLabeling writes the corners of rectangles, and turned ones; numbers are names too.
    @Test(arguments: [
        (#""label": "car", "shape_type": "rectangle", "points": [[1, 1], [4, 1], [4, 4], [1, 4]]"#, "car"),
        (#""label": "car", "shape_type": "rotation", "points": [[1, 1], [4, 1], [4, 4], [1, 4]]"#, "car"),
        (#""label": 5, "points": [[1, 1], [4, 1], [4, 4], [1, 4]]"#, "5"),
        (#""label": "car", "shape_type": "rectangle", "points": [[4, 4], [1, 1]]"#, "car"),
    ])
    func variantsOfLabelmeAreRead(shape: String, name: String) throws {
        try folder.writeImage("in/a.png")
        try folder.write(#"{"shapes": [{\#(shape)}], "imagePath": "a.png"}"#, to: "in/a.json")
        let report = try folder.convert(folder.url.appending(path: "in"))
        #expect(report.classes.map(\.name) == ["background", name])
        #expect(report.classes.map(\.pixels) == [71, 9])
    }

    /// Of two members of a name the last counts, as in Python's json: of objects, lists, names and numbers.
    @Test(arguments: [
        #""category_id": 90, "category_id": 3, "# + box(1, 1, 4, 4),
        #""category_id": 3, "# + box(0, 0, 9, 7) + ", " + box(1, 1, 4, 4),
        #""category_id": 3, "iscrowd": 1, "# + box(1, 1, 4, 4) + #", "iscrowd": 0"#,
    ])
    func theLastOfRepeatedNamesCounts(annotation: String) throws {
        try folder.writeImage("images/a.png")
        let source = try folder.writeCOCO(
            annotations: [annotation],
            images: [
                #"{"id": 1, "file_name": "b.png", "id": 7, "height": 1, "file_name": "a.png", "height": 8, "width": 10}"#
            ])
        try folder.convert(source)
        let expected = try AnnotationVariantTests().plainMask()
        #expect(try folder.mask("out/masks/train/a.png") == expected)
    }

    private func plainMask() throws -> [String] {
        try folder.writeImage("images/a.png")
        try folder.convert(coco(["a.png"]))
        return try folder.mask("out/masks/train/a.png")
    }

    /// Identifiers beyond the whole numbers of a double, as time stamps are; names that are numbers.
    @Test func longIdentifiersAreKeptApart() throws {
        for name in ["a.png", "b.png"] { try folder.writeImage(name) }
        let ids = [9_007_199_254_740_992, 9_007_199_254_740_993]
        try folder.write(
            """
            {"categories": [{"id": 1, "name": 7}],
             "images": [{"id": \(ids[0]), "file_name": "a.png"}, {"id": \(ids[1]), "file_name": "b.png"}],
             "annotations": [{"id": 1, "image_id": \(ids[1]), "category_id": 1.0, \(box(1, 1, 4, 4))}]}
            """, to: "train.json")
        let report = try folder.convert(folder.url.appending(path: "train.json"))
        #expect(report.classes.map(\.name) == ["background", "7"])
        #expect(try folder.mask("out/masks/train/a.png")[1] == "0000000000")
        #expect(try folder.mask("out/masks/train/b.png")[1] == "0111000000")
    }

    /// Names of other machines and of servers: what counts is the last part, beside the annotations.
    @Test(arguments: [#"C:\\data\\a.png"#, "D:/a.png", "https://example.org/x/a.png", "/nowhere/a.png"])
    func imagesAreFoundByNamesOfOtherPlaces(name: String) throws {
        try folder.writeImage("images/a.png")
        let image = #"{"id": 7, "file_name": "\#(name)", "height": null, "width": null}"#
        try folder.convert(folder.writeCOCO(annotations: [], images: [image]))
        #expect(folder.contents.contains("out/images/train/a.png"))
    }

    /// A value is no name of a list.
    @Test func filesAreRecognizedByNamesOfMembers() throws {
        try folder.writeImage("a.png")
        let file = try folder.write(
            #"{"description": "images", "more": ["annotations"], "shapes": [], "imagePath": "a.png"}"#, to: "a.json")
        #expect(try AnnotationFormat(of: file) == .labelme)
    }
}
