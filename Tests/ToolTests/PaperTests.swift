import Foundation
import Testing

/// The published experiments of `Examples/Papers`: their configurations.
@Suite struct PaperTests {
    static let folder = NNTool.repository.appending(path: "Examples/Papers")

    /// Every configuration, as a path below the folder.
    static let configurations: [String] = {
        let files = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        return files.filter { $0.hasSuffix(".yaml") }.sorted()
    }()

    private func json(_ outcome: NNTool.Outcome) throws -> [String: Any] {
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        return try #require(JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    }

    @Test func everyExperimentHasItsFiles() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).filter {
            !$0.contains(".")
        }
        #expect(Set(names) == ["ResNet", "SegNet", "VoVNet", "VoVNetJPU", "Xception"])
        let table = try String(contentsOf: Self.folder.appending(path: "README.md"), encoding: .utf8)
        for name in names {
            let experiment = Self.folder.appending(path: name)
            #expect(FileManager.default.isExecutableFile(atPath: experiment.appending(path: "run").path), "\(name)")
            let page = try String(contentsOf: experiment.appending(path: "README.md"), encoding: .utf8)
            #expect(page.contains("Examples/Papers/\(name)/run"))
            #expect(table.contains("](\(name)/README.md)") && table.contains("Examples/Papers/\(name)/run"))
        }
    }

    /// A printed configuration can be read, and is then printed identically.
    @Test(arguments: configurations) func printedConfigurationsAreComplete(_ path: String) throws {
        let first = try NNTool.run(["config", "print", path], in: Self.folder)
        #expect(first.exitCode == 0, "\(first.errors)")
        let work = try WorkFolder()
        try work.write(first.output, to: "printed.yaml")
        let second = try NNTool.run(["config", "print", "printed.yaml"], in: work.url)
        #expect(second.output == first.output)
    }

    /// The published numbers of parameters; Xception's is without the thousand classes, and with the head for two.
    @Test(arguments: [
        (["ResNet/resnet.yaml", "--classes", "10", "--size", "32"], 269_722),
        (["ResNet/resnet.yaml", "--classes", "10", "--size", "32", "--set", "model.backbone.depth=56"], 853_018),
        (["SegNet/segnet.yaml", "--classes", "22", "--size", "64"], 4_473_398),
        (["SegNet/fcn.yaml", "--classes", "22", "--size", "64"], 4_528_822),
        (["VoVNet/vovnet57.yaml", "--classes", "999", "--size", "224"], 31_429_159),
        (["VoVNetJPU/vovnet57_jpu.yaml", "--classes", "151", "--size", "320x480"], 45_125_591),
        (["Xception/xception.yaml", "--classes", "2", "--size", "299"], 21_364_521),
    ])
    func summariesHaveThePublishedCounts(_ arguments: [String], _ count: Int) throws {
        let summary = try json(NNTool.run(["summary"] + arguments + ["--json"], in: Self.folder))
        #expect(summary["parameters"] as? Int == count)
    }

    /// The recipes that the published figures were reached with.
    @Test func theSchedulesAreThoseOfTheAuthors() throws {
        let config = try NNTool.run(["config", "print", "ResNet/resnet.yaml"], in: Self.folder).output
        for line in [
            "iterations: 64000", "batch_size: 128", "weight_decay: 0.0001", "nesterov: false", "[32000, 48000]",
        ] {
            #expect(config.contains(line), "\(line)")
        }
        let vovnet = try NNTool.run(["config", "print", "VoVNet/vovnet57.yaml"], in: Self.folder).output
        #expect(vovnet.contains("validation: false") && vovnet.contains("policy: triangular2"))
    }

    @Test func masksOfObjectsAreRefused() throws {
        let outcome = try NNTool.run(
            ["config", "check", "SegNet/segnet.yaml", "--set", "data.dataset.masks=SegmentationObject"],
            in: Self.folder)
        #expect(outcome.exitCode == 2 || outcome.exitCode == 1)
        #expect(outcome.errorLines.count == 1 && outcome.errors.contains("no classes; use SegmentationClass"))
        #expect(outcome.errors.contains("masks"))
    }

    private static let hasFFmpeg = FileManager.default.isExecutableFile(atPath: "/usr/bin/ffmpeg")

    /// All of each experiment on generated images: training, reports, comparisons, videos.
    @Test(
        .enabled(if: hasFFmpeg, "needs ffmpeg"), arguments: ["ResNet", "SegNet", "VoVNet", "VoVNetJPU", "Xception"])
    func theShortFormRuns(_ name: String) throws {
        let work = try WorkFolder()
        let outcome = try NNTool.shell("'\(Self.folder.path)/\(name)/run' --short", in: work.url)
        #expect(outcome.exitCode == 0, "\(outcome.output)\(outcome.errors)")
        #expect(work.contents.isEmpty)
    }
}
