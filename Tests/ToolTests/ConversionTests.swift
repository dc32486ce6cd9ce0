import Foundation
import NNDatasets
import NNLayers
import Testing

/// `nn data convert`.
@Suite struct ConversionTests {
    private let folder: WorkFolder

    init() throws {
        folder = try WorkFolder()
        for (index, split) in ["train", "val"].enumerated() {
            let images = folder.url.appending(path: "images/\(split)")
            try FileManager.default.createDirectory(at: images, withIntermediateDirectories: true)
            try Image(size: 16, filledWith: UInt8(40 + 90 * index)).writePNG(to: images.appending(path: "\(split).png"))
            try folder.write(
                """
                {"images": [{"id": 1, "file_name": "\(split).png", "height": 16, "width": 16}],
                 "annotations": [{"id": 9, "image_id": 1, "category_id": 5, "iscrowd": 0,
                                  "segmentation": [[2, 2, 10, 2, 10, 10, 2, 10]]}],
                 "categories": [{"id": 5, "name": "car"}]}
                """, to: "annotations/instances_\(split).json")
        }
    }

    private func run(_ arguments: String...) throws -> NNTool.Outcome {
        try NNTool.run(["data", "convert"] + arguments, in: folder.url)
    }

    /// From COCO to masks that the data set of the printed line reads, and back.
    @Test func annotationsBecomeADataSet() throws {
        let outcome = try run(
            "annotations/instances_train.json", "validation=annotations/instances_val.json", "--output", "out")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("train: 1 images\nvalidation: 1 images"))
        let line = try #require(outcome.output.split(separator: "\n").last { $0.hasPrefix("dataset: ") })
        try folder.write(
            """
            model: {backbone: {type: resnet_cifar, depth: 8}, head: upsample}
            data: {\(line), batch_size: 1}
            """, to: "s.yaml")
        let check = try NNTool.run(["data", "stats", "s.yaml"], in: folder.url)
        #expect(check.exitCode == 0, "\(check.errors)")
        #expect(check.output.contains("car"))
        let back = try run("out", "--output", "coco", "--images", "link", "--json")
        #expect(back.exitCode == 0, "\(back.errors)")
        #expect(back.output.contains("\"annotations\" : 1"))
        #expect(folder.contents.contains("coco/annotations/instances_validation.json"))
    }

    @Test func yoloIsReadByItsYAML() throws {
        try folder.write("0 0 0 0.5 0 0.5 0.5\n", to: "labels/train/train.txt")
        try folder.write("path: .\ntrain: images/train\nval: images/val\nnames: {0: car, 1: no}\n", to: "data.yaml")
        let outcome = try run("data.yaml", "--output", "out", "--json")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("\"name\" : \"no\""))
        #expect(folder.contents.isSuperset(of: ["out/masks/train/train.png", "out/masks/validation/val.png"]))
    }

    @Test func yoloStatesAsManyClassesAsNames() throws {
        try folder.write("path: .\ntrain: images/train\nnc: 3\nnames: [car, no]\n", to: "data.yaml")
        let outcome = try run("data.yaml", "--output", "out")
        #expect(outcome.exitCode == 1)
        #expect(outcome.errors.contains("data.yaml:3:5: 'nc' is 3, and 'names' has 2; name each class"))
    }

    @Test(arguments: [
        (["nowhere.json", "--output", "o"], "nowhere.json: there is no such file or folder"),
        (["annotations/instances_train.json", "--output", "images"], "images: it exists already"),
        (["annotations/instances_train.json", "--output", "o", "--to", "coco"], "--to coco takes a folder"),
        (
            ["annotations/instances_train.json", "--output", "o", "--image-folder", "annotations"],
            "'train.png' is missing"
        ),
        (["annotations", "--output", "o"], "it is a file of COCO. Name the file"),
        (["images", "--output", "o"], "Name the file of the annotations"),
    ])
    func mistakesAreNamed(arguments: [String], expected: String) throws {
        let before = folder.contents
        let outcome = try NNTool.run(["data", "convert"] + arguments, in: folder.url)
        #expect(outcome.exitCode == 1)
        #expect(outcome.errorLines.count == 1 && outcome.errors.contains(expected), "\(outcome.errors)")
        #expect(folder.contents == before)
    }

    @Test func brokenAnnotationsAreWarnedOf() throws {
        let file = "annotations/instances_train.json"
        let text = String(decoding: try Data(contentsOf: folder.url.appending(path: file)), as: UTF8.self)
        try folder.write(text.replacing("2, 2, 10, 2, 10, 10, 2, 10", with: "2, 2, 10, 2"), to: file)
        #expect(
            try run(file, "--output", "o").errors.contains("annotation 9 of the image 'train.png': the polygon has 2"))
        let skipped = try run(file, "--output", "o", "--on-error", "skip")
        #expect(skipped.exitCode == 0 && skipped.errors.hasPrefix("warning: "))
        #expect(skipped.output.contains("1 of them without objects"))
    }
}
