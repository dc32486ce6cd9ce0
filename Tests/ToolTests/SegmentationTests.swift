import NNDatasets
import Foundation
import NNLayers
import Testing

/// The tool with masks: a segmenter is trained, evaluated and used on images and videos.
@Suite struct SegmentationTests {
    private let folder: WorkFolder

    init() throws { folder = try WorkFolder() }

    /// Trains for a moment, and returns the run folder relative to the work folder.
    private func trainedRun() throws -> String {
        try folder.write(
            """
            model:
              backbone: {type: resnet_cifar, depth: 8}
              head: {type: fcn, stride: 4, width: 16}
              auxiliary_head: {type: fcn, stride: 2, width: 8}
            data:
              dataset: {type: shapes, task: segmentation, size: 32, class_count: 3, train_count: 32, validation_count: 8}
              train_transforms: [flip, {type: random_crop, size: 24}]
              batch_size: 8
            loss:
              type: sum
              terms: [{loss: {type: focal, class_weights: enet}}, {loss: dice, weight: 0.5}]
            optimizer: {type: adam, lr: 0.01}
            epochs: 2
            """, to: "masks.yaml")
        let outcome = try NNTool.run(["train", "masks.yaml", "--json"], in: folder.url)
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("class weights  background"))
        let report = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
        return try #require(report?["run"] as? String)
    }

    private func writeImage(_ size: Size, _ path: String) throws {
        let pixels = (0..<size.area * 3).map { UInt8(truncatingIfNeeded: $0 * 7) }
        let file = folder.url.appending(path: path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Image(size: size, channels: 3, pixels: pixels).writePNG(to: file)
    }

    @Test func masksAreTrainedMeasuredAndPredicted() throws {
        let run = try trainedRun()
        for file in ["predictions.png", "class_weights.csv", "segmentation.png", "loss.png"] {
            #expect(folder.contents.contains("\(run)/\(file)"), "\(file) is missing")
        }

        let plain = try NNTool.run(["eval", run], in: folder.url)
        #expect(plain.exitCode == 0 && plain.output.contains("mIoU"), "\(plain.errors)")
        #expect(folder.contents.contains("\(run)/confusion_validation.csv"))
        #expect(folder.contents.contains("\(run)/confusion_validation.png"))
        let careful = try NNTool.run(
            ["eval", run, "--flip", "--scales", "0.75,1", "--window", "24", "--overlap", "8"], in: folder.url)
        #expect(careful.exitCode == 0 && careful.output.contains("mIoU"), "\(careful.errors)")

        try writeImage(Size(height: 25, width: 40), "inputs/street/a.png")
        try writeImage(Size(1), "inputs/b.png")
        try folder.write("", to: "inputs/c.jpg")
        let outcome = try NNTool.run(["predict", run, "inputs", "--output", "masks", "--json"], in: folder.url)
        #expect(outcome.exitCode == 1)
        #expect(outcome.errorLines.count == 1 && outcome.errors.contains("inputs/c.jpg"))
        let list = try #require(
            try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [[String: Any]])
        #expect(list.map { $0["image"] as? String } == ["inputs/b.png", "inputs/street/a.png"])
        for item in list {
            let classes = try #require(item["classes"] as? [[String: Any]])
            let shares = classes.map { $0["share"] as? Double ?? 0 }
            #expect(abs(shares.reduce(0, +) - 1) < 1e-9)
        }
        let mask = try Image(indicesOf: folder.url.appending(path: "masks/street/a.png"))
        #expect(mask.size == Size(height: 25, width: 40) && mask.pixels.allSatisfy { $0 < 4 })
        for file in ["street/a-color.png", "street/a-overlay.png", "b.png", "legend.png", "areas.json"] {
            #expect(folder.contents.contains("masks/\(file)"), "\(file) is missing")
        }
    }

    @Test func whatCannotBeDividedIsRefused() throws {
        let run = try trainedRun()
        try writeImage(Size(8), "a.png")
        let wrong = [
            ["--overlap", "3"], ["--window", "8", "--overlap", "8"], ["--scales", "1,x"], ["--scales", "0"],
        ]
        for arguments in wrong {
            let outcome = try NNTool.run(["predict", run, "a.png"] + arguments, in: folder.url)
            #expect(outcome.exitCode == 2 && outcome.errors.contains(arguments[arguments.count - 2]))
        }
    }

    @Test func nothingIsWrittenOverWhatIsRead() throws {
        let run = try trainedRun()
        try writeImage(Size(8), "inputs/a.png")
        try writeImage(Size(8), "inputs/a-color.png")
        let file = folder.url.appending(path: "inputs/a.png")
        let before = try Data(contentsOf: file)
        for (inputs, output, complaint) in [
            ("inputs", "inputs", "inputs/a-color.png: a result would overwrite this input"),
            ("inputs/a.png", "inputs", "inputs/a.png: a result would overwrite this input"),
            ("inputs", "out", "out/a-color.png: would be written for"),
        ] {
            let outcome = try NNTool.run(["predict", run, inputs, "--output", output], in: folder.url)
            #expect(outcome.exitCode == 1 && outcome.errors.contains(complaint), "\(outcome.errors)")
        }
        #expect(try Data(contentsOf: file) == before)
        #expect(!folder.contents.contains("out"))
        let top = try NNTool.run(["predict", run, "inputs/a.png", "--top", "3"], in: folder.url)
        #expect(top.exitCode == 1 && top.errors.contains("--top is for classification"))
    }

    private static let hasFFmpeg = FileManager.default.isExecutableFile(atPath: "/usr/bin/ffmpeg")

    @Test(.enabled(if: hasFFmpeg, "needs ffmpeg")) func videosAreSegmented() throws {
        let run = try trainedRun()
        let made = try NNTool.shell(
            "ffmpeg -v error -f lavfi -i testsrc=size=50x31:rate=10:duration=4 -c:v mpeg4 video.avi", in: folder.url)
        #expect(made.exitCode == 0, "\(made.errors)")
        let outcome = try NNTool.run(["predict", run, "video.avi", "--output", "out"], in: folder.url)
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("40 frames of 31x50"))
        let count = try NNTool.shell(
            "ffprobe -v error -count_frames -show_entries stream=nb_read_frames -of csv=p=0 out/video.mp4",
            in: folder.url)
        #expect(count.output.hasPrefix("40"), "\(count.output)\(count.errors)")

        // A video that ends in the middle of a frame gives the frames before that, with a warning.
        let bytes = try Data(contentsOf: folder.url.appending(path: "video.avi"))
        try folder.write(bytes.prefix(bytes.count * 3 / 5), to: "cut.avi")
        let cut = try NNTool.run(["predict", run, "cut.avi", "--output", "out"], in: folder.url)
        #expect(cut.exitCode == 0 && folder.contents.contains("out/cut.mp4"), "\(cut.errors)")
        #expect(cut.errors.contains("warning: cut.avi") || cut.output.contains(" frames of 31x50"))

        // Ten bits per channel, a varying frame rate, and a name that ffmpeg could take for a protocol.
        let deep = try NNTool.shell(
            "ffmpeg -v error -f lavfi -i testsrc=size=32x24:rate=60:duration=1 "
                + "-vf \"select='lt(n,30)+not(mod(n,10))'\" -vsync vfr -pix_fmt yuv420p10le -c:v ffv1 file:12:30.mkv",
            in: folder.url)
        #expect(deep.exitCode == 0, "\(deep.errors)")
        let timed = try NNTool.run(["predict", run, "12:30.mkv", "--output", "out", "--json"], in: folder.url)
        #expect(timed.exitCode == 0, "\(timed.errors)")
        #expect(timed.output.trimmingCharacters(in: .whitespacesAndNewlines).hasPrefix("["), "\(timed.output)")
        let seconds = try NNTool.shell(
            "ffprobe -v error -show_entries format=duration -of csv=p=0 file:out/12:30.mp4", in: folder.url)
        #expect(abs((Double(seconds.output.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0) - 1) < 0.2)

        // Pixels that are not square, and the colors of large videos.
        let wide = try NNTool.shell(
            "ffmpeg -v error -f lavfi -i color=red:size=32x24:rate=5:duration=1 "
                + "-vf setsar=2/1,scale=out_color_matrix=bt709 -pix_fmt yuv420p -colorspace bt709 wide.mp4",
            in: folder.url)
        #expect(wide.exitCode == 0, "\(wide.errors)")
        let square = try NNTool.run(["predict", run, "wide.mp4", "--output", "out", "--opacity", "0"], in: folder.url)
        #expect(square.output.contains("5 frames of 24x64"), "\(square.output)\(square.errors)")
        let colors = try NNTool.shell(
            """
            ffprobe -v error -show_entries stream=color_space,sample_aspect_ratio -of csv=p=0 out/wide.mp4
            ffmpeg -v error -i out/wide.mp4 -frames:v 1 -f rawvideo -pix_fmt rgb24 - | od -An -tu1 -N3
            """, in: folder.url)
        let lines = colors.output.split(separator: "\n")
        #expect(lines.first?.contains("bt709") == true && lines.first?.contains("2:1") == false, "\(colors.output)")
        let red = lines.last?.split(separator: " ").compactMap { Int($0) } ?? []
        #expect(red.count == 3 && red[0] > 248 && red[1] < 8 && red[2] < 8, "\(colors.output)")

        let over = try NNTool.run(["predict", run, "out/video.mp4", "--output", "out"], in: folder.url)
        #expect(over.exitCode == 1 && over.errors.contains("a result would overwrite this input"))

        #expect(try NNTool.shell("mkdir pipes && mkfifo pipes/a.mp4", in: folder.url).exitCode == 0)
        let pipe = try NNTool.run(["predict", run, "pipes", "--output", "out"], in: folder.url)
        #expect(pipe.exitCode == 1 && pipe.errors.contains("a.mp4"), "\(pipe.errors)")

        try folder.write("not a video", to: "text.mp4")
        let text = try NNTool.run(["predict", run, "text.mp4", "--output", "out"], in: folder.url)
        #expect(text.exitCode == 1 && text.errors.contains("text.mp4: no frame can be read"), "\(text.errors)")
        #expect(!folder.contents.contains { $0.hasPrefix("out/") && $0.contains("text") })
    }
}
