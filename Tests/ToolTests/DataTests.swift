import NNDatasets
import Foundation
import Testing

/// The commands that look at data, and what training does with broken files.
@Suite struct DataTests {
    private let folder: WorkFolder

    init() throws {
        folder = try WorkFolder()
        try folder.makeClassFolders(count: 4)
        try folder.writeConfig()
    }

    private func run(_ arguments: String...) throws -> NNTool.Outcome {
        try NNTool.run(arguments, in: folder.url)
    }

    private func json(_ outcome: NNTool.Outcome) throws -> [String: Any] {
        try #require(JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    }

    /// Breaks one training image.
    private func breakImage() throws { try folder.write("not an image", to: "data/train/red/1.png") }

    @Test func soundDataPasses() throws {
        let outcome = try run("data", "check", "tiny.yaml")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("8 train, 8 validation samples read in"))
        #expect(outcome.output.contains("0 errors, 0 warnings, 1 note"))
        #expect(outcome.output.contains("note: "))
    }

    @Test func whatIsNotReadIsToldByEveryCommand() throws {
        let path = try #require(try json(run("train", "tiny.yaml", "--json", "--set", "epochs=1"))["run"] as? String)
        for split in ["train", "validation"] {
            try folder.write("GIF89a..........", to: "data/\(split)/red/x.gif")
            try FileManager.default.copyItem(
                at: folder.url.appending(path: "data/\(split)/red/0.png"),
                to: folder.url.appending(path: "data/\(split)/loose.png"))
        }
        let one = "2 image files are not read: 1 .gif, 1 outside the class folders"
        let both = "4 image files are not read: 2 .gif, 2 outside the class folders"
        for (arguments, words) in [
            (["eval", path], one), (["features", path, "--output", "f.safetensors"], both),
            (["data", "stats", "tiny.yaml"], both), (["data", "check", "tiny.yaml"], both),
            (["train", "--resume", path, "--set", "epochs=2"], both),
        ] {
            let outcome = try NNTool.run(arguments, in: folder.url)
            #expect(outcome.exitCode == 0, "\(outcome.errors)")
            #expect((outcome.output + outcome.errors).contains(words), "\(arguments[0]): \(outcome.errors)")
        }
        let stats = try run("data", "stats", "tiny.yaml").output
        #expect(stats.contains("normalize is that of the training images"))
    }

    @Test func errorsAreToldWithFilesAndRemedies() throws {
        try breakImage()
        try FileManager.default.copyItem(
            at: folder.url.appending(path: "data/train/blue/0.png"),
            to: folder.url.appending(path: "data/validation/blue/again.png"))
        let text = try run("data", "check", "tiny.yaml")
        #expect(text.exitCode == 1)
        #expect(
            text.output.contains(
                "data/train/red/1.png: it is neither a PNG nor a JPEG file, nor TIFF, nor WebP. Convert it"))
        #expect(text.output.contains("1 error, 1 warning, 1 note"))
        let outcome = try run("data", "check", "tiny.yaml", "--json")
        #expect(outcome.exitCode == 1)
        let report = try json(outcome)
        #expect(report["totals"] as? [String: Int] == ["errors": 1, "warnings": 1, "notes": 1])
        let findings = try #require(report["findings"] as? [[String: Any]])
        #expect(findings.map { $0["kind"] as? String } == ["unreadable", "unusable_split", "shared_picture"])
        #expect(try run("data", "check", "tiny.yaml", "--set", "data.on_error=skip").exitCode == 0)
    }

    @Test func brokenFilesAreMovedAway() throws {
        try breakImage()
        let before = folder.contents
        let dry = try run("data", "clean", "tiny.yaml", "--to", "broken", "--dry-run")
        #expect(dry.exitCode == 0, "\(dry.errors)")
        #expect(dry.output.contains("data/train/red/1.png -> broken/train/red/1.png\n1 file would be moved"))
        #expect(folder.contents == before)
        let outcome = try run("data", "clean", "tiny.yaml", "--to", "broken")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("1 file moved; to undo: sh broken/undo.sh"))
        #expect(folder.contents.contains("broken/train/red/1.png"))
        #expect(!folder.contents.contains("data/train/red/1.png"))
        #expect(try run("data", "check", "tiny.yaml").exitCode == 0)
        #expect(try run("data", "clean", "tiny.yaml", "--to", "broken").output == "no broken files\n")
    }

    @Test func listsThatNameMovedFilesAreTold() throws {
        try breakImage()
        let lines = ["red/0", "red/1", "blue/0", "blue/1"].map {
            "data/train/\($0).png\t\($0.hasPrefix("red") ? 0 : 1)\n"
        }
        try folder.write(lines.joined(), to: "train.txt")
        try folder.write("data/validation/red/0.png\t0\n", to: "validation.txt")
        try folder.writeConfig(
            dataset: "{type: map_file, train: train.txt, validation: validation.txt, class_count: 2}")
        let outcome = try run("data", "clean", "tiny.yaml", "--to", "broken")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("notice: train still lists 1 samples that were moved"))
    }

    @Test func trainingDoesNotStartOnBrokenData() throws {
        try breakImage()
        let before = folder.contents
        let refused = try run("train", "tiny.yaml")
        #expect(refused.exitCode == 1)
        #expect(refused.errorLines.count == 1)
        #expect(refused.errors.contains("training does not start: 1 error, 0 warnings, 0 notes in the data"))
        #expect(refused.errors.contains("--skip-data-check") && refused.errors.contains("data.on_error=skip"))
        #expect(folder.contents == before)
        let skipped = try run("train", "tiny.yaml", "--set", "epochs=1", "--set", "data.on_error=skip")
        #expect(skipped.exitCode == 0, "\(skipped.errors)")
        #expect(skipped.errors.contains("warning: ") && skipped.errors.contains("data/train/red/1.png"))
        // Training itself meets the file then.
        let unchecked = try run("train", "tiny.yaml", "--skip-data-check")
        #expect(unchecked.exitCode == 1)
        #expect(!unchecked.errors.contains("training does not start"))
    }

    /// Files of the same size and time are not read again.
    @Test func checkedFilesAreNotReadAgain() throws {
        let file = folder.url.appending(path: "data/train/red/1.png")
        let arguments = ["train", "tiny.yaml", "--set", "epochs=1", "--set", "data.on_error=skip"]
        #expect(try NNTool.run(arguments, in: folder.url).exitCode == 0)
        #expect(folder.contents.contains { $0.hasPrefix("runs/.data-check/") && $0.hasSuffix(".json") })
        let size = try Data(contentsOf: file).count
        // Whole seconds survive being read and set again.
        let date = Date(timeIntervalSince1970: 1_700_000_000)
        try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: file.path)
        #expect(try NNTool.run(arguments, in: folder.url).errors.isEmpty)
        try Data(repeating: 0, count: size).write(to: file)
        try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: file.path)
        // Training meets what the check has not seen.
        let unseen = try NNTool.run(arguments, in: folder.url).errors
        #expect(!unseen.contains("warning: \(file.path): ") && unseen.contains("warning: skipped sample"))
        try FileManager.default.setAttributes([.modificationDate: date + 1], ofItemAtPath: file.path)
        #expect(try NNTool.run(arguments, in: folder.url).errors.contains("warning: \(file.path): "))
    }

    @Test func statisticsAreCounted() throws {
        let report = try json(run("data", "stats", "tiny.yaml", "--json"))
        let splits = try #require(report["splits"] as? [[String: Any]])
        #expect(splits.map { $0["split"] as? String } == ["train", "validation"])
        let classes = try #require(splits[0]["classes"] as? [[String: Any]])
        #expect(classes.map { $0["name"] as? String } == ["blue", "red"])
        #expect(classes.map { $0["pictures"] as? Int } == [4, 4])
        let normalize = try #require(report["normalize"] as? [String: [Double]])
        // Red and blue are both 200 in one half and 20 in the other, and up to 15 more.
        let mean = try #require(normalize["mean"])
        #expect(mean.count == 3 && abs(mean[0] - 117.5 / 255) < 0.01 && abs(mean[1] - 27.5 / 255) < 0.01)
        let text = try run("data", "stats", "tiny.yaml").output
        #expect(text.contains("normalize: {mean: [0.4"))
        // What is printed can be pasted.
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("normalize: ") })
        let value = line.dropFirst("normalize: ".count)
        #expect(try run("config", "check", "tiny.yaml", "--set", "data.normalize=\(value)").exitCode == 0)
    }

    /// One sample as it is, and two results of each transform; masks beside their images.
    @Test(arguments: [("{type: class_folders, path: data}", 1), ("{type: shapes, task: segmentation, size: 48}", 2)])
    func eachTransformIsDrawn(_ dataset: String, cells: Int) throws {
        try folder.writeConfig(dataset: dataset)
        let outcome = try run(
            "data", "view", "tiny.yaml", "--each", "--count", "2", "--output", "each.png", "--set",
            "data.train_transforms=[{type: affine, border: edge}, noise, {type: random_erasing, probability: 1}]")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(outcome.output.hasPrefix("3 transforms of one sample in each.png, "))
        let image = try Image(contentsOf: folder.url.appending(path: "each.png"))
        // Eight in a row; each is 128 pixels with margins and captions.
        #expect(image.width == min(7 * cells, 8) * 152)
        #expect(image.height == (7 * cells + 7) / 8 * (128 + 18 + 24))
        let wrong = try run(
            "data", "view", "tiny.yaml", "--each", "--output", "x.png", "--set", "data.train_transforms=[{type: pad}]")
        #expect(wrong.exitCode != 0 && wrong.errors.contains("size: must be given"))
        #expect(!FileManager.default.fileExists(atPath: folder.url.appending(path: "x.png").path))
    }

    @Test(arguments: ["{type: class_folders, path: data}", "{type: shapes, task: segmentation, size: 48}"])
    func samplesAreDrawn(_ dataset: String) throws {
        try folder.writeConfig(dataset: dataset)
        let arguments = ["data", "view", "tiny.yaml", "--count", "7", "--set", "data.train_transforms=[flip]"]
        for (seed, name) in [("1", "a.png"), ("1", "b.png"), ("2", "c.png")] {
            let outcome = try NNTool.run(arguments + ["--seed", seed, "--output", "views/\(name)"], in: folder.url)
            #expect(outcome.exitCode == 0, "\(outcome.errors)")
            #expect(outcome.output.hasPrefix("7 samples in views/\(name), 1200x"))
        }
        let images = try ["a", "b", "c"].map { try Image(contentsOf: folder.url.appending(path: "views/\($0).png")) }
        #expect(images[0] == images[1])
        #expect(images[0] != images[2])
        #expect(images[0].width == 1200)
    }
}
