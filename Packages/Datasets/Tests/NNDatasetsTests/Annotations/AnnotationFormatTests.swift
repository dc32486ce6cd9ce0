import Foundation
@testable import NNDatasets
import NNLayers
import Testing

/// labelme, CVAT and YOLO.
@Suite struct AnnotationFormatTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func labelme(_ shapes: String, image: String = "a.png") -> String {
        #"{"version": "5.4", "shapes": [\#(shapes)], "imagePath": "\#(image)", "imageData": null, "#
            + #""imageHeight": 8, "imageWidth": 10}"#
    }

    @Test func shapesOfLabelmeAreConverted() throws {
        try folder.writeImage("in/a.png")
        var part = Image(size: Size(height: 2, width: 2), channels: 1, filledWith: 255)
        part[0, 0] = 0
        try part.writePNG(to: folder.file("part.png"))
        let mask = try Data(contentsOf: folder.url.appending(path: "part.png")).base64EncodedString()
        try folder.write(
            labelme(
                """
                {"label": "tree", "points": [[0, 0], [3, 0], [3, 3], [0, 3]], "shape_type": "polygon"},
                {"label": "car", "points": [[9, 1], [7, 0]], "shape_type": "rectangle"},
                {"label": "__ignore__", "points": [[0, 6], [10, 8]], "shape_type": "rectangle"},
                {"label": "sun", "points": [[6, 4], [6, 5.5]], "shape_type": "circle"},
                {"label": "sun", "points": [[8.0, 4.0], [9.0, 5.0]], "shape_type": "mask", "mask": "\(mask)"},
                {"label": "wire", "points": [[0, 0], [9, 9]], "shape_type": "line"}
                """), to: "in/a.json")
        let report = try folder.convert(folder.url.appending(path: "in"))
        #expect(report.classes.map(\.name) == ["background", "car", "sun", "tree"])
        #expect(report.leftOut == ["line": 1])
        let rows = try folder.mask("out/masks/train/a.png")
        #expect(rows[0] == "3330000110" && rows[2] == "3330000000" && rows[6] == "##########")
        #expect(rows[3].contains("22") && rows[5].hasSuffix("22"))
        #expect(rows[4].hasSuffix("02"), "the corner of the mask is 0")
    }

    /// The class `_background_` is the background, and comes first.
    @Test func theImageMayBeInTheFile() throws {
        let image = try folder.writeImage("elsewhere.png")
        let data = try Data(contentsOf: image).base64EncodedString()
        try folder.write(
            labelme(
                #"{"label": "a", "points": [[0, 0], [3, 0], [3, 3]]}, {"label": "_background_", "points": [[5, 0], [9, 0], [9, 9]]}"#,
                image: #"..\\pictures\\b.png"#
            ).replacing(#""imageData": null"#, with: #""imageData": "\#(data)""#), to: "in/sub/b.json")
        let report = try folder.convert(folder.url.appending(path: "in"))
        #expect(report.classes.map(\.name) == ["_background_", "a"])
        #expect(
            try Data(contentsOf: folder.url.appending(path: "out/images/train/sub/b.png")) == Data(contentsOf: image))
    }

    @Test(arguments: [
        (
            #"{"label": "a", "points": [[0, 0], [3, 0]]}"#,
            "shape 0 ('a') of the image 'a.png': the polygon has 2 points"
        ),
        (#"{"label": "a", "points": [[0, 0]], "shape_type": "circle"}"#, "a circle has two points, not 1"),
        (#"{"label": "a", "points": [[0, 0, 1]]}"#, "a point that is not two numbers"),
        (#"{"label": "a", "points": [[0, 0], [3, 0]], "shape_type": "blob"}"#, "the shape 'blob' is not known"),
        (#"{"label": "a", "points": [[0, 0], [3, 0]], "shape_type": "mask", "mask": "%%"}"#, "its mask"),
        (#"{"label": "", "points": [[0, 0], [3, 0]]}"#, "shape 0 has no label"),
        (#"{"label": "a", "points": [[0, 0], [1e300, 0]], "shape_type": "circle"}"#, "a circle has two points"),
    ])
    func wrongShapesAreNamed(shape: String, expected: String) throws {
        try folder.writeImage("in/a.png")
        try folder.write(labelme(shape), to: "in/a.json")
        let message = failure { try folder.convert(folder.url.appending(path: "in")) }
        #expect(message?.contains(expected) == true, "\(message ?? "no error")")
    }

    private func cvat(_ shapes: String, image: String = #"name="a.png" width="10" height="8""#) -> String {
        """
        <?xml version="1.0" encoding="utf-8"?>
        <annotations>
          <version>1.1</version>
          <meta><task><labels>
            <label><name>car &amp; bus</name><color>#FF0000</color></label>
            <label><name>tree</name><color>#00FF00</color></label>
          </labels></task></meta>
          <!-- an image -->
          <image id="0" \(image)>\(shapes)</image>
        </annotations>
        """
    }

    @Test func shapesOfCVATAreConverted() throws {
        try folder.writeImage("images/a.png")
        try folder.write(
            cvat(
                """
                <polygon label="tree" points="0.00,0.00;4.00,0.00;4.00,4.00;0.00,4.00" z_order="2"/>
                <box label="car &amp; bus" xtl="2" ytl="2" xbr="6" ybr="6" z_order="0"><attribute name="x">1</attribute></box>
                <mask label="tree" rle="1, 2, 1" left="8" top="6" width="2" height="2" z_order="0"></mask>
                <ellipse label='car &amp; bus' cx="8" cy="2" rx="1.2" ry="1.2" z_order="0"/>
                <polyline label="tree" points="1,1;2,2"/><points label="tree" points="1,1"/><tag label="tree"/>
                """), to: "annotations.xml")
        let report = try folder.convert(folder.url.appending(path: "annotations.xml"))
        let rows = try folder.mask("out/masks/train/a.png")
        // The polygon of depth 2 lies over the box, which comes later.
        #expect(rows[3].hasPrefix("222211") && rows[4].hasPrefix("001111"))
        #expect(rows[6].hasSuffix("02") && rows[7].hasSuffix("20"))
        #expect(rows[1].hasSuffix("0110") && rows[2].hasSuffix("0110"))
        #expect(report.leftOut == ["polyline": 1, "points": 1, "tag": 1])
        #expect(try folder.text("out/classes.txt") == "background #000000\ncar & bus #FF0000\ntree #00FF00\n")
    }

    @Test(arguments: [
        (
            #"<polygon label="tree" points="0,0;4,0"/>"#,
            "polygon 0 ('tree') of the image 'a.png': the polygon has 2 points"
        ),
        (#"<polygon label="tree" points="0,0;4;1,2"/>"#, "its point '4' is not two numbers"),
        (#"<box label="tree" xtl="1" ytl="2" xbr="3"/>"#, "its 'ybr' is no number of pixels"),
        (#"<mask label="tree" rle="1,9" left="0" top="0" width="2" height="2"/>"#, "longer than the 4 pixels"),
        (#"<mask label="tree" rle="1,x" left="0" top="0" width="2" height="2"/>"#, "'x', which is no number"),
        (#"<mask label="tree" rle="1" left="0" top="0" width="1e5" height="1e5"/>"#, "it has 100000x100000 pixels"),
        (#"<polygon points="0,0;4,0;4,4"/>"#, "polygon 0 of the image 'a.png' has no label"),
        (#"<polygon label="tree" points="0,0;4,0;4,4">"#, "closes no open element"),
        (#"<polygon label="tree" label="x"/>"#, "stands twice in one element"),
        ("&lol;", "an entity is not known"), ("<a", "a name is expected"),
    ])
    func wrongXMLIsNamed(shapes: String, expected: String) throws {
        try folder.writeImage("a.png")
        try folder.write(cvat(shapes), to: "annotations.xml")
        let message = failure { try folder.convert(folder.url.appending(path: "annotations.xml")) }
        #expect(message?.contains(expected) == true, "\(message ?? "no error")")
    }

    @Test(arguments: [
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><annotations/>", "a document type"), ("<html></html>", "is 'html'"),
        ("<annotations><track/></annotations>", "the tracks of a video"), ("text", "outside of all elements"),
        ("<annotations>", "'annotations' has no end"), ("<annotations/>", "they have no images"),
    ])
    func otherXMLIsRefused(text: String, expected: String) throws {
        let file = try folder.write(text, to: "annotations.xml")
        let message = failure { try folder.convert(file) }
        #expect(message?.contains(expected) == true, "\(message ?? "no error")")
    }

    @Test func subsetsOfCVATAreSplits() throws {
        try folder.writeImage("images/Validation/a.png")
        let text = cvat("", image: #"name="a.png" subset="Validation" width="10" height="8""#)
        let report = try folder.convert(folder.write(text, to: "annotations.xml"))
        #expect(report.splits.map(\.split) == [.validation])
    }

    private func yolo(_ lines: String) throws -> YOLODataset {
        try folder.writeImage("images/train/a.png")
        try folder.writeImage("images/train/empty.png")
        try folder.write(lines, to: "labels/train/a.txt")
        return YOLODataset(
            names: ["car", "tree"], splits: [.train: [folder.url.appending(path: "images/train")]],
            file: folder.url.appending(path: "data.yaml"))
    }

    private func convert(_ dataset: YOLODataset) throws -> AnnotationReport {
        var conversion = AnnotationConversion()
        try conversion.add(dataset)
        return try conversion.write(to: folder.url.appending(path: "out"), threads: 1)
    }

    @Test func polygonsOfYOLOAreConverted() throws {
        try folder.write(Array("GIF89a".utf8), to: "images/train/b.gif")
        let report = try convert(yolo("1.0 0 0 0.4 0 0.4 0.5 0 0.5\r\n\r\n0\t0.5 0.5 1.2 0.5 1.2 1.2 0.5 1.2\n"))
        #expect(
            try folder.mask("out/masks/train/a.png") == [
                "2222000000", "2222000000", "2222000000", "2222000000", "0000011111", "0000011111", "0000011111",
                "0000011111",
            ])
        #expect(report.splits.map(\.images) == [2] && report.splits[0].withoutObjects == 1)
        #expect(report.unreadFiles?.hasPrefix("1 image file is not read: 1 .gif, such as ") == true)
    }

    @Test(arguments: [
        ("0 0.5 0.5 0.2 0.2", "a box of an object detector"), ("2 0 0 1 0 1 1", "the class 2 is not one of the 2"),
        ("-1 0 0 1 0 1 1", "the class -1"), ("0.5 0 0 1 0 1 1", "'0.5' is no class index"),
        ("x 0 0 1 0 1 1", "'x' is no class index"), ("0 0 0 1 0", "a box"),
        ("0 0 0 1 zero 1 1", "'zero' is no number"), ("0 12 40 100 40 100 60", "is no fraction of the image"),
        ("0 0 0 1 0 1 1 0.9", "half a point"), ("0 0 0 1 0 1 nan", "'nan' is no number"),
    ])
    func wrongLinesOfYOLOAreNamed(line: String, expected: String) throws {
        let message = failure { _ = try convert(yolo("1 0 0 1 0 1 1\n" + line)) }
        #expect(message?.contains(expected) == true, "\(message ?? "no error")")
        #expect(message?.contains("a.txt") == true && message?.contains("2") == true)
    }

    @Test(arguments: [
        ("a.json", #"{"a": 1}"#, "neither the lists of COCO nor the shapes of labelme"),
        ("a.json", "{\"images\": [1, 2,, 3]}", "a.json:1: it is not JSON"), ("a.zip", "PK", "an archive"),
        ("a.txt", "0 1", "not recognized"), ("a.json", "\u{1}", "not JSON"), ("a.json", "[[[[[", "not JSON"),
        ("a.json", String(repeating: "[", count: 100_000), "nesting is deeper"),
    ])
    func otherFilesAreRefused(name: String, text: String, expected: String) throws {
        let file = try folder.write(text, to: name)
        let message = failure { try folder.convert(file) }
        #expect(message?.contains(expected) == true, "\(message ?? "no error")")
    }
}
