import Foundation
import Testing

/// Networks as files for other programs.
@Suite struct ExportTests {
    private let folder: WorkFolder

    init() throws {
        folder = try WorkFolder()
        try folder.makeClassFolders()
        try folder.writeConfig()
    }

    private func run(_ arguments: String...) throws -> NNTool.Outcome { try NNTool.run(arguments, in: folder.url) }

    #if ONNX
    private func contains(_ text: String, _ path: String) throws -> Bool {
        try Data(contentsOf: folder.url.appending(path: path)).range(of: Data(text.utf8)) != nil
    }

    @Test func aRunIsExportedWithItsClasses() throws {
        #expect(try run("train", "tiny.yaml", "--set", "epochs=1").exitCode == 0)
        let runs = folder.contents.filter { $0.hasPrefix("runs/tiny/") && $0.split(separator: "/").count == 3 }
        let runFolder = try #require(runs.first)
        let outcome = try run("export", runFolder, "--checkpoint", "last", "--json")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        let answer = try #require(JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
        let file = try #require(answer["file"] as? String)
        #expect(file == "\(runFolder)/last.onnx")
        #expect(answer["format"] as? String == "ONNX, opset 17")
        #expect((answer["inputs"] as? [[String: Any]])?[0]["shape"] as? [String] == ["batch", "3", "height", "width"])
        #expect((answer["outputs"] as? [[String: Any]])?[0]["shape"] as? [String] == ["batch", "2"])
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.url.appending(path: file).path)
        #expect(answer["byte_count"] as? Int == attributes[.size] as? Int)
        #expect(try contains(#"["blue","red"]"#, file))
        #expect(try contains("head.fc.weight", file))

        let refusal = try run("export", runFolder, "--classes", "3")
        #expect(refusal.errorLines == ["error: --classes is for a configuration; a run knows its classes"])
    }

    @Test func aConfigurationIsExportedWithoutData() throws {
        try FileManager.default.removeItem(at: folder.url.appending(path: "data"))
        let outcome = try run(
            "export", "tiny.yaml", "--size", "32x40", "--classes", "7", "--option", "dynamic_size=false")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        let lines = outcome.output.split(separator: "\n")
        #expect(lines[0].hasPrefix("tiny.onnx  ONNX, opset 17, "))
        #expect(lines.dropFirst() == ["input   images [batch, 3, 32, 40]", "output  logits [batch, 7]"])
        #expect(folder.contents.contains("tiny.onnx"))
        let refusal = try run("export", "tiny.yaml")
        #expect(refusal.exitCode == 1)
        #expect(refusal.errors.contains("pass --classes and --size"))
    }

    /// What `nn predict` does to images is in the file, as words or as nodes.
    @Test func aFileKnowsHowImagesArePrepared() throws {
        let arguments = ["export", "tiny.yaml", "--size", "32", "--classes", "7", "--set"]
        let steps = "{type: resize, size: 32, interpolation: bicubic}, to_bgr"
        let plain = try NNTool.run(arguments + ["data.validation_transforms=[\(steps)]"], in: folder.url)
        #expect(plain.exitCode == 0, "\(plain.errors)")
        let resize = #"{"antialias":true,"interpolation":"bicubic","size":[32,32],"step":"resize"}"#
        #expect(try contains("[\(resize),{\"step\":\"to_bgr\"}]", "tiny.onnx"))
        #expect(try contains("channel_order\u{12}\u{3}bgr", "tiny.onnx"))

        let nodes = try NNTool.run(
            arguments + ["data.validation_transforms=[\(steps)]", "--with-preprocessing", "--output", "nodes.onnx"],
            in: folder.url)
        let lines = nodes.output.split(separator: "\n")
        #expect(lines.first?.hasPrefix("nodes.onnx  ONNX, opset 18, ") == true, "\(nodes.errors)")
        #expect(lines.dropFirst().first == "input   images [batch, image_height, image_width, 3]")

        let before = folder.contents
        let refusal = try NNTool.run(
            arguments + [
                "data.validation_transforms=[{type: resize, size: 32, interpolation: lanczos}]",
                "--with-preprocessing", "--output", "refused.onnx",
            ], in: folder.url)
        #expect(refusal.exitCode == 1 && refusal.errors.contains("the filter 'lanczos' of the transform 'resize'"))
        #expect(folder.contents == before)

        // What draws can neither be told nor done; a file with words is written all the same.
        let random = try NNTool.run(
            arguments + ["data.validation_transforms=[{type: gaussian_blur}]"], in: folder.url)
        #expect(random.exitCode == 0 && random.errors.contains("notice: the metadata cannot say what"))
        #expect(random.errors.contains("gaussian_blur"))
    }

    @Test(arguments: [
        (["--format", "onxx"], "unknown exporter 'onxx'; did you mean 'onnx'? Known: onnx"),
        (["--option", "opset=30"], "--option opset=30: opset: must be from 17 to 21, not 30"),
        (["--option", "opset"], "--option opset: expected KEY.PATH=VALUE; write as in --option opset=18"),
        (["--output", "no/such/folder.onnx"], "No such file or directory"),
    ])
    func whatCannotBeWrittenIsRefused(_ arguments: [String], _ message: String) throws {
        let before = folder.contents
        let outcome = try NNTool.run(
            ["export", "tiny.yaml", "--size", "32", "--classes", "7"] + arguments, in: folder.url)
        #expect(outcome.exitCode == 1)
        #expect(outcome.errorLines.count == 1 && outcome.errors.contains(message), "\(outcome.errors)")
        #expect(folder.contents == before)
    }
    #else
    @Test func withoutAFormatTheToolSaysSo() throws {
        let outcome = try run("export", "tiny.yaml", "--size", "32", "--classes", "7")
        #expect(outcome.errors.contains("this tool was built without an export format"))
    }
    #endif
}
