import Foundation
import NNDatasets
import NNLayers
import Testing

/// `nn explain`, and what it refuses.
@Suite struct ExplainTests {
    private let folder: WorkFolder

    init() throws {
        folder = try WorkFolder()
        try folder.makeClassFolders()
        try folder.writeConfig()
    }

    private struct Image: Decodable {
        let image: String
        let file: String
        let `class`: String
        let probability: Double
        let row: Int?
        let column: Int?
        let maximum: Double
    }

    private func run(_ arguments: String...) throws -> NNTool.Outcome { try NNTool.run(arguments, in: folder.url) }

    private func trainedRun(_ configuration: String = "tiny.yaml") throws -> String {
        let outcome = try run("train", configuration, "--skip-data-check", "--json")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        let report = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
        return try #require(report?["run"] as? String)
    }

    @Test func imagesAreExplainedByBothMethods() throws {
        let path = try trainedRun()
        let (red, blue) = ("data/validation/red/0.png", "data/validation/blue/0.png")
        for (method, ending) in [("grad-cam", "gradcam"), ("occlusion", "occlusion")] {
            let outcome = try run("explain", path, red, blue, "--method", method, "--class", "red", "--json")
            #expect(outcome.exitCode == 0, "\(outcome.errors)")
            let images = try JSONDecoder().decode([Image].self, from: Data(outcome.output.utf8))
            #expect(images.map(\.image) == [red, blue] && images.allSatisfy { $0.class == "red" })
            #expect(images.allSatisfy { 0...1 ~= $0.probability && $0.maximum >= 0 })
            #expect(images.allSatisfy { ($0.row ?? 0) < 16 && ($0.maximum > 0) == ($0.column != nil) })
            // Both inputs are called 0.png.
            #expect(images.map(\.file) == ["0", "0-2"].map { "\(path)/explanations/\($0)-\(ending).png" })
            let file = folder.url.appending(path: images[0].file)
            // 16 pixels are enlarged to be looked at.
            #expect(try NNDatasets.Image(contentsOf: file).size == Size(224))
            #expect(folder.contents.contains("\(path)/explanations/explanations.png"))
        }
        let index = try run("explain", path, red, "--class", "0", "--stage", "0", "--output", "out", "--opacity", "1")
        #expect(index.exitCode == 0 && index.output.contains("blue"), "\(index.output)\(index.errors)")
        #expect(folder.contents.contains("out/0-gradcam.png"))
    }

    @Test func aBrokenImageDoesNotStopTheOthers() throws {
        let path = try trainedRun()
        try folder.write("no image", to: "mixed/a.png")
        let good = try Data(contentsOf: folder.url.appending(path: "data/validation/red/1.png"))
        try folder.write(good, to: "mixed/b.png")
        let outcome = try run("explain", path, "mixed", "--output", "out")
        #expect(outcome.exitCode == 1 && outcome.errorLines.count == 1, "\(outcome.errors)")
        #expect(outcome.errors.contains("mixed/a.png") && outcome.output.contains("mixed/b.png"))
        let files = folder.contents.filter { $0.hasPrefix("out/") }
        #expect(files == ["out/b-gradcam.png", "out/explanations.png"])
    }

    @Test func wrongOptionsAreRefused() throws {
        let path = try trainedRun()
        let image = "data/validation/red/0.png"
        for (options, complaint) in [
            (["--class", "rde"], "there is no class 'rde'; similar ones: 'red'"),
            (["--class", "green"], "there is no class 'green'; there are 'blue', 'red'"),
            (["--class", "2"], "indices go from 0 to 1"),
            (["--stage", "3"], "--stage must be one of the backbone's: 0 (16 channels, stride 1)"),
            (
                ["--method", "occlusion", "--patch", "17"],
                "a patch of 17 is larger than the transformed image of 16x16"
            ),
            (["--method", "occlusion", "--patch", "4", "--stride", "5"], "--stride must be at most the patch of 4"),
        ] {
            let outcome = try NNTool.run(["explain", path, image, "--output", "out"] + options, in: folder.url)
            #expect(outcome.exitCode == 1 && outcome.errorLines.count == 1, "\(options): \(outcome.errors)")
            #expect(outcome.errors.contains(complaint), "\(outcome.errors)")
        }
        for options in [["--patch", "4"], ["--method", "occlusion", "--stage", "0"], ["--opacity", "2"]] {
            #expect(try NNTool.run(["explain", path, image] + options, in: folder.url).exitCode == 2)
        }
        #expect(!folder.contents.contains("out"))
        try folder.write("", to: "film.mp4")
        #expect(try run("explain", path, "film.mp4").errors.contains("extract frames"))
        // A result over its input.
        try folder.write(Data(contentsOf: folder.url.appending(path: image)), to: "in/explanations.png")
        let over = try run("explain", path, "in", "--output", "in")
        #expect(over.exitCode == 1 && over.errors.contains("would overwrite this input"), "\(over.errors)")
    }

    @Test func quantizedRunsAreExplainedByOcclusionOnly() throws {
        _ = try trainedRun()
        #expect(try run("quantize", "tiny.yaml", "--images", "8").exitCode == 0)
        let runs = folder.contents.filter { $0.hasPrefix("runs/tiny-int8/") && $0.split(separator: "/").count == 3 }
        let path = try #require(runs.first)
        let image = "data/validation/red/0.png"
        let refused = try run("explain", path, image)
        #expect(refused.exitCode == 1 && refused.errors.contains("a quantized network has none"), "\(refused.errors)")
        #expect(try run("explain", path, image, "--method", "occlusion", "--output", "out").exitCode == 0)
    }

    @Test func numbersAreRefusedAndSegmentersExplained() throws {
        let image = "data/validation/red/0.png"
        let shapes = "type: shapes, size: 16, class_count: 3, train_count: 16, validation_count: 8"
        try folder.writeConfig("numbers.yaml", dataset: "{\(shapes), task: regression}")
        let numbers = try run("explain", trainedRun("numbers.yaml"), image)
        #expect(numbers.exitCode == 1 && numbers.errors.contains("is regression, which predicts numbers"))
        try folder.writeConfig("labels.yaml", dataset: "{\(shapes), task: multi_label}")
        let labels = try run("explain", trainedRun("labels.yaml"), image, "--class", "square")
        #expect(labels.exitCode == 0 && labels.output.contains("square"), "\(labels.errors)")
        try folder.writeConfig(
            "masks.yaml", dataset: "{\(shapes), task: segmentation}",
            changes: "precision: bf16")
        let config = folder.url.appending(path: "masks.yaml")
        let text = try String(contentsOf: config, encoding: .utf8)
        try folder.write(
            text.replacing("head: classifier", with: "head: {type: fcn, stride: 4, width: 8}"), to: "masks.yaml")
        let path = try trainedRun("masks.yaml")
        for method in ["grad-cam", "occlusion"] {
            let masks = try run("explain", path, image, "--method", method, "--output", "out")
            #expect(masks.exitCode == 0, "\(masks.errors)")
        }
        #expect(folder.contents.isSuperset(of: ["out/0-gradcam.png", "out/0-occlusion.png"]))
    }
}
