import Foundation
import NNDatasets
import NNLayers
import Testing

/// `nn config new` on the layouts that people have, each trained by the file that it wrote.
@Suite struct ConfigNewTests {
    private let folder: WorkFolder

    init() throws { folder = try WorkFolder() }

    private func run(_ arguments: String...) throws -> NNTool.Outcome {
        try NNTool.run(arguments, in: folder.url)
    }

    /// A red or blue image with a texture of its own.
    private func writeImage(_ path: String, red: Bool, number: Int, size: Size = 16) throws {
        let color: [UInt8] = red ? [200, 20, 20] : [20, 20, 200]
        let pixels = (0..<size.area).flatMap { pixel in color.map { $0 &+ UInt8((pixel * 7 + number * 5) % 31) } }
        try Image(size: size, channels: 3, pixels: pixels).writePNG(to: file(path))
    }

    /// A dark image with a bright square, and its mask with `label` where the square is.
    private func writePair(_ image: String, _ mask: String, number: Int, label: UInt8 = 1) throws {
        let size = Size(40)
        let (row, column) = (number * 5 % 24, number * 7 % 24)
        let isInside = (0..<size.area).map { row..<row + 14 ~= $0 / 40 && column..<column + 14 ~= $0 % 40 }
        let pixels = isInside.enumerated().flatMap { index, inside in
            [UInt8](repeating: inside ? 200 : UInt8(index * 3 % 60), count: 3)
        }
        try Image(size: size, channels: 3, pixels: pixels).writePNG(to: file(image))
        try Image(size: size, channels: 1, pixels: isInside.map { $0 ? label : 0 }).writePNG(to: file(mask))
    }

    private func file(_ path: String) throws -> URL {
        let file = folder.url.appending(path: path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        return file
    }

    private func writeClasses(_ count: Int = 10, size: Size = 16, _ path: (_ name: String, _ number: Int) -> String)
        throws
    {
        for number in 0..<count {
            for name in ["red", "blue"] {
                try writeImage(path(name, number), red: name == "red", number: number, size: size)
            }
        }
    }

    /// Writes a configuration of a folder, and returns its text.
    private func config(of name: String, _ more: String...) throws -> String {
        let outcome = try NNTool.run(["config", "new", name] + more, in: folder.url)
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("\nnext    nn train \(name).yaml\n"), "\(outcome.output)")
        #expect(try run("config", "check", "\(name).yaml").exitCode == 0)
        return try String(contentsOf: folder.url.appending(path: "\(name).yaml"), encoding: .utf8)
    }

    private func train(_ name: String, _ more: String...) throws {
        let outcome = try NNTool.run(["train", "\(name).yaml"] + more, in: folder.url)
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
    }

    /// The file as it is, to the last epoch.
    @Test func flatFoldersTrainWithoutAnyChange() throws {
        try writeClasses { "flat/\($0)/\($1).png" }
        let text = try config(of: "flat")
        #expect(text.contains("  dataset: {type: class_folders, path: flat}\n  split: {validation: 0.2}"))
        #expect(text.contains("# 2 classes (blue 10, red 10)."))
        #expect(text.contains("backbone: {type: resnet_cifar, depth: 20}") && text.contains("size: 16}"))
        // The mean of red and blue with their texture, which is from 0 to 30.
        #expect(text.contains("mean: [0.49") && !text.contains("validation_transforms"))
        try train("flat")
        let list = try #require(folder.contents.first { $0.hasSuffix("/split.csv") })
        let evaluation = try run("eval", String(list.dropLast("/split.csv".count)), "--json")
        #expect(evaluation.exitCode == 0 && evaluation.errors.isEmpty, "\(evaluation.errors)")
    }

    @Test func foldersOfSplitsAndKagglesNames() throws {
        try writeClasses(5) { "splits/train/\($0)/\($1).png" }
        try writeClasses(3) { "splits/val/\($0)/\($1 + 10).png" }
        let splits = try config(of: "splits")
        #expect(splits.contains("dataset: {type: class_folders, path: splits, validation: val}"))
        #expect(!splits.contains("split: {"))
        try train("splits", "--set", "epochs=1")

        try writeClasses(6, size: Size(height: 18, width: 20)) { "kaggle/train/\($0).\($1).png" }
        try writeImage("kaggle/test1/1.png", red: true, number: 40)
        let kaggle = try config(of: "kaggle")
        #expect(kaggle.contains("{type: class_folders, path: kaggle, pattern: \"{class}.{number}.png\"}"))
        try train("kaggle", "--set", "epochs=1")
    }

    @Test func imagesWithMasks() throws {
        for number in 0..<10 {
            try writePair("plain/images/\(number).png", "plain/masks/\(number).png", number: number)
            try writePair(
                "white/img/train/\(number).png", "white/gt/train/\(number)_mask.png", number: number, label: 255)
            if number < 4 {
                try writePair(
                    "white/img/val/\(number).png", "white/gt/val/\(number)_mask.png", number: number + 10, label: 255)
            }
            try writePair("together/\(number).png", "together/\(number)_mask.png", number: number)
        }
        let expected = [
            "plain": "{type: mask_folders, path: plain, images: images, masks: masks, class_count: 2}",
            "white":
                "{type: mask_folders, path: white, images: \"img/{split}\", masks: \"gt/{split}\", validation: val, "
                + "mask_suffix: _mask, binary_masks: true}",
            "together": "{type: mask_folders, path: together, images: ., masks: ., mask_suffix: _mask, class_count: 2}",
        ]
        for (name, dataset) in expected {
            let text = try config(of: name)
            #expect(text.contains("dataset: \(dataset)\n"), "\(text)")
            #expect(text.contains("split: {validation: 0.2}") == (name != "white"))
            try train(name, "--set", "epochs=1")
        }
    }

    @Test func coloursOfMasksBecomeClasses() throws {
        for number in 0..<8 {
            try writePair("colours/images/\(number).png", "grey.png", number: number)
            let mask = try Image(indicesOf: folder.url.appending(path: "grey.png"))
            try mask.colored([Color(0x000000), Color(0xFF8000)])
                .writePNG(to: file("colours/labels/\(number).png"))
        }
        let text = try config(of: "colours")
        #expect(text.contains("classes: [\"class0 #000000\", \"class1 #FF8000\"], mask_colors: true}"))
        try train("colours", "--set", "epochs=1")
    }

    @Test func listsAndTables() throws {
        try writeClasses(5) { "images/\($0)-\($1).png" }
        let rows = ["red", "blue"].flatMap { name in
            (0..<5).map { (path: "../images/\(name)-\($0).png", isRed: name == "red") }
        }
        try folder.write(
            "image,red,blue\n" + rows.map { "\($0.path),\($0.isRed ? 1 : 0),\($0.isRed ? 0 : 1)\n" }.joined(),
            to: "table/all.csv")
        #expect(try config(of: "table").contains("dataset: {type: table, train: table/all.csv}\n"))
        try train("table", "--set", "epochs=1")
        try folder.write(rows.map { "\($0.path)\t\($0.isRed ? 1 : 0)\n" }.joined(), to: "list/train.txt")
        try folder.write("blue\nred\n", to: "list/classes.txt")
        #expect(
            try config(of: "list").contains("{type: map_file, train: list/train.txt, classes: [blue, red]}"))
        try folder.write(
            "image,kind\n" + rows.map { "\($0.path),\($0.isRed ? "red" : "blue")\n" }.joined(), to: "words/all.csv")
        let words = try run("config", "new", "words")
        #expect(words.exitCode == 1 && words.errors.contains("words/all.csv: the column 'kind' has words"))
    }

    /// The network and the normalization of a checkpoint.
    @Test func weightsStateTheirNormalization() throws {
        try writeClasses(5) { "flat/\($0)/\($1).png" }
        _ = try config(of: "flat")
        try train("flat", "--set", "epochs=1", "--set", "data.normalize={mean: [0.1, 0.2, 0.3]}")
        let weights = try #require(folder.contents.first { $0.hasSuffix("/best.safetensors") })
        let text = try config(of: "flat", "--weights", weights, "--force")
        #expect(
            text.contains("weights: {file: \(weights)}") && text.contains("backbone: {type: resnet_cifar, depth: 20}"))
        #expect(text.contains("normalize:  # of the weights\n    mean: [0.1000, 0.2000, 0.3000]"))
        let wrong = try run(
            "config", "new", "flat", "--weights", weights, "--backbone", "resnet18", "--output", "x.yaml")
        #expect(wrong.exitCode == 1 && wrong.errors.contains("the weights do not fit the network"))
        #expect(!folder.contents.contains("x.yaml"))
    }

    @Test func whatIsNotUnderstoodIsToldInOneMessage() throws {
        try folder.write("no image", to: "papers/a.pdf")
        let before = folder.contents
        for (arguments, words) in [
            (["papers"], "papers: no data set was recognized. Looked for: class folders"),
            (["papers"], "There is: 1 .pdf"),
            (["nowhere"], "nowhere: there is no such folder"), (["papers/a.pdf"], "a.pdf is a file; name the folder"),
        ] {
            let outcome = try NNTool.run(["config", "new"] + arguments, in: folder.url)
            #expect(outcome.exitCode == 1 && outcome.errorLines.count == 1, "\(outcome.errors)")
            #expect(outcome.errors.contains(words), "\(outcome.errors)")
        }
        #expect(folder.contents == before)
        try writeClasses(4) { "flat/\($0)/\($1).png" }
        try folder.write("mine", to: "flat.yaml")
        let outcome = try run("config", "new", "flat")
        #expect(outcome.exitCode == 1 && outcome.errors.contains("flat.yaml exists; name another file by --output"))
        try writeImage("flat/cow/1.png", red: true, number: 9)
        let single = try run("config", "new", "flat", "--output", "other.yaml")
        #expect(single.errorLines.count == 1 && single.errors.contains("class 'cow': it has 1 sample"))
        #expect(!folder.contents.contains("other.yaml"))
    }
}
