import Foundation
import NNDatasets
import NNLayers
import Testing

/// `nn predict` of classifiers and others for whole images: sheets and videos.
@Suite struct ClassVideoTests {
    private let folder: WorkFolder

    init() throws {
        folder = try WorkFolder()
        try folder.makeClassFolders()
        try folder.writeConfig()
    }

    private func run(_ arguments: String...) throws -> NNTool.Outcome { try NNTool.run(arguments, in: folder.url) }

    private func trainedRun(_ configuration: String = "tiny.yaml") throws -> String {
        let outcome = try run("train", configuration, "--skip-data-check", "--json")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        let report = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
        return try #require(report?["run"] as? String)
    }

    @Test func sheetsAreWrittenIfAFolderIsNamed() throws {
        let path = try trainedRun()
        #expect(try run("predict", path, "data/validation").exitCode == 0)
        #expect(!folder.contents.contains("\(path)/predictions"))
        let outcome = try run("predict", path, "data/validation", "--output", "out")
        #expect(outcome.exitCode == 0 && outcome.output.contains("written to out/predictions.png"), "\(outcome.errors)")
        // 16 images in rows of 6.
        let sheet = try Image(contentsOf: folder.url.appending(path: "out/predictions.png"))
        #expect(sheet.width == 6 * 152 && sheet.height % 3 == 0)
        // 61 images need a second sheet.
        for index in 0..<61 {
            try folder.write(
                Data(contentsOf: folder.url.appending(path: "data/validation/red/0.png")), to: "many/\(index).png")
        }
        let many = try run("predict", path, "many", "--output", "out", "--json")
        #expect(many.exitCode == 0 && folder.contents.contains("out/predictions-2.png"))
        #expect(!folder.contents.contains("out/predictions-3.png"))
        let refused = try run("predict", path, "many", "--opacity", "0.3")
        #expect(refused.exitCode == 1 && refused.errors.contains("--pictures and --opacity are for segmentation"))
        try folder.write(
            Data(contentsOf: folder.url.appending(path: "data/validation/red/0.png")), to: "in/predictions.png")
        let over = try run("predict", path, "in", "--output", "in")
        #expect(over.exitCode == 1 && over.errors.contains("would overwrite this input"), "\(over.errors)")
    }

    private struct Video: Decodable {
        struct Class: Decodable {
            let name: String
            let probability: Double
        }
        struct Frame: Decodable {
            let time: Double
            let classes: [Class]
        }
        let video: String
        let file: String
        let frames: [Frame]
        let mean: [Class]
    }

    private static let hasFFmpeg = FileManager.default.isExecutableFile(atPath: "/usr/bin/ffmpeg")

    @Test(.enabled(if: hasFFmpeg, "needs ffmpeg")) func videosAreClassified() throws {
        let path = try trainedRun()
        let made = try NNTool.shell(
            """
            ffmpeg -v error -f lavfi -i testsrc=size=50x31:rate=10:duration=2 -c:v mpeg4 video.avi
            head -c $(( $(wc -c < video.avi) * 3 / 5 )) video.avi > cut.avi
            ffmpeg -v error -f lavfi -i sine=duration=1 sound.mp4
            """, in: folder.url)
        #expect(made.exitCode == 0, "\(made.errors)")
        let outcome = try run("predict", path, "video.avi", "--json", "--output", "out")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        let video = try #require(try JSONDecoder().decode([Video].self, from: Data(outcome.output.utf8)).first)
        #expect(video.video == "video.avi" && video.file == "out/video.mp4" && video.frames.count == 20)
        for (index, frame) in video.frames.enumerated() {
            #expect(abs(frame.time - Double(index) / 10) < 1e-9 && frame.classes.count == 2)
            #expect(abs(frame.classes.reduce(0) { $0 + $1.probability } - 1) < 1e-5)
        }
        for found in video.mean {
            let values = video.frames.compactMap { $0.classes.first { $0.name == found.name }?.probability }
            #expect(values.count == 20 && abs(values.reduce(0, +) / 20 - found.probability) < 1e-5)
        }
        // Small frames are enlarged, and text changes them.
        let probe = try NNTool.shell(
            "ffprobe -v error -count_frames -show_entries stream=width,height,nb_read_frames -of csv=p=0 out/video.mp4",
            in: folder.url)
        #expect(probe.output.hasPrefix("400,248,20"), "\(probe.output)\(probe.errors)")

        let csv = try run("predict", path, "video.avi", "data/validation/red/0.png", "--csv", "--top", "1").output
            .split(separator: "\n")
        #expect(csv[0] == "image,time,rank,index,class,probability" && csv.count == 1 + 20 + 1 + 1)
        #expect(csv[2].hasPrefix("video.avi,0.100,1,") && csv[21].hasPrefix("video.avi,mean,1,"))
        #expect(csv[22].hasPrefix("data/validation/red/0.png,,1,"))
        #expect(folder.contents.contains("\(path)/predictions/video.mp4"))

        let cut = try run("predict", path, "cut.avi", "--output", "out")
        #expect(cut.exitCode == 0 && folder.contents.contains("out/cut.mp4"), "\(cut.errors)")
        let sound = try run("predict", path, "sound.mp4", "--output", "out")
        #expect(sound.exitCode == 1 && sound.errors.contains("sound.mp4: no frame can be read"), "\(sound.errors)")
        #expect(!folder.contents.contains { $0.hasPrefix("out/") && $0.contains("sound") })
        let missing = try NNTool.run(
            ["predict", path, "video.avi", "--output", "none"], in: folder.url, environment: ["PATH": "/nowhere"])
        #expect(missing.exitCode == 1 && missing.errors.contains("which is not installed"), "\(missing.errors)")
        let over = try run("predict", path, "out/video.mp4", "--output", "out")
        #expect(over.exitCode == 1 && over.errors.contains("a result would overwrite this input"))
    }

    @Test(.enabled(if: hasFFmpeg, "needs ffmpeg"), arguments: ["multi_label", "regression"])
    func videosHaveFlagsAndNumbersToo(_ task: String) throws {
        try folder.writeConfig(
            "values.yaml",
            dataset: "{type: shapes, size: 16, class_count: 3, train_count: 16, validation_count: 8, task: \(task)}")
        let path = try trainedRun("values.yaml")
        let made = try NNTool.shell(
            "ffmpeg -v error -f lavfi -i testsrc=size=32x24:rate=5:duration=1 -c:v mpeg4 v.avi", in: folder.url)
        #expect(made.exitCode == 0, "\(made.errors)")
        let image = "data/validation/red/0.png"
        let csv = try run("predict", path, "v.avi", image, "--csv", "--output", "out").output.split(separator: "\n")
        #expect(csv.count == 1 + 5 * 3 + 3 + 3 && csv[0].hasPrefix("image,time,index,name,"))
        #expect(folder.contents.isSuperset(of: ["out/v.mp4", "out/predictions.png"]))
        let text = try run("predict", path, "v.avi", image, "--output", "out").output
        #expect(text.contains("v.avi (mean of 5 frames)") && text.contains("written to out/predictions.png"))
    }
}
