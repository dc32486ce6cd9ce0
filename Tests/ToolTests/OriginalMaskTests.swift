import Foundation
import NNDatasets
import NNLayers
import Testing

/// What validation, `eval` and `predict` say of images of different sizes, at the size of their masks.
@Suite struct OriginalMaskTests {
    private let folder: WorkFolder

    init() throws { folder = try WorkFolder() }

    private struct Evaluation: Decodable {
        struct Result: Decodable {
            struct Score: Decodable {
                let name: String
                let value: Double?
            }
            let scores: [Score]

            func value(_ name: String) -> Double? { scores.first { $0.name == name }?.value ?? nil }
        }
        let result: Result
    }

    private func run(_ arguments: String...) throws -> NNTool.Outcome {
        let outcome = try NNTool.run(arguments, in: folder.url)
        #expect(outcome.exitCode == 0, "nn \(arguments.joined(separator: " ")): \(outcome.errors)")
        return outcome
    }

    private func evaluate(_ run: String, batchSize: Int) throws -> Evaluation.Result {
        let outcome = try self.run("eval", run, "--json", "--set", "data.validation_batch_size=\(batchSize)")
        return try JSONDecoder().decode(Evaluation.self, from: Data(outcome.output.utf8)).result
    }

    private static let sizes = [(20, 30), (33, 17), (20, 30), (25, 25), (16, 40)].map {
        Size(height: $0.0, width: $0.1)
    }

    private func path(_ kind: String, _ split: String, _ index: Int) -> String { "d/\(kind)/\(split)/\(index).png" }

    private func write(_ image: Image, _ path: String) throws {
        let file = folder.url.appending(path: path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try image.writePNG(to: file)
    }

    /// Every pixel of one mask is ignored, and of the others more and more.
    private func writeData() throws {
        for (number, split) in ["train", "validation"].enumerated() {
            for (index, size) in Self.sizes.enumerated() {
                let noise = (0..<size.area * 3).map { UInt8(truncatingIfNeeded: $0 * 37 + index * 11 + number * 5) }
                try write(Image(size: size, channels: 3, pixels: noise), path("images", split, index))
                let labels = (0..<size.area).map { pixel -> UInt8 in
                    if index == 4 && number == 1 || pixel < 40 * index { return 255 }
                    return UInt8(pixel / size.width * 3 / size.height)
                }
                try write(Image(size: size, channels: 1, pixels: labels), path("masks", split, index))
            }
        }
        try folder.write(
            """
            model: {backbone: {type: resnet_cifar, depth: 8}, head: {type: fcn, stride: 4, width: 8}}
            data:
              dataset: {type: mask_folders, path: d, class_count: 4, ignore_index: 255}
              train_transforms: [{type: random_crop, size: 16}]
              validation_transforms:
                - {type: resize, size: 24, keeps_aspect_ratio: true}
                - {type: center_crop, size: 16}
                - {type: pad, divisor: 32}
              batch_size: 5
              validation_batch_size: 2
            loss: {type: cross_entropy, class_weights: [1, 4, 0.5, 1]}
            epochs: 1
            """, to: "masks.yaml")
    }

    @Test func everythingSeesTheSameImages() throws {
        try writeData()
        let training = try run("train", "masks.yaml", "--skip-data-check")
        #expect(training.errors.contains("segmentation leaves center_crop of validation_transforms out"))
        let runs = folder.contents.filter { $0.hasPrefix("runs/masks/") && $0.split(separator: "/").count == 3 }
        let runFolder = try #require(runs.first)

        let expected = try evaluate(runFolder, batchSize: 1)
        for batchSize in [2, 5] {
            let found = try evaluate(runFolder, batchSize: batchSize)
            for score in expected.scores {
                let (one, other) = (try #require(score.value), try #require(found.value(score.name)))
                #expect(abs(one - other) < 1e-5 * max(1, abs(one)), "\(score.name) in batches of \(batchSize)")
            }
        }
        // Validation during training is the same measurement.
        let log = try String(contentsOf: folder.url.appending(path: "\(runFolder)/metrics.jsonl"), encoding: .utf8)
        let row = try JSONSerialization.jsonObject(with: Data(log.utf8)) as? [String: Any]
        for name in ["loss", "mIoU", "aAcc"] {
            let (one, other) = (row?["validation_\(name)"] as? Double, expected.value(name))
            #expect(abs(try #require(one) - #require(other)) < 1e-5 * max(1, abs(try #require(one))), "\(name)")
        }
        // Class 3 never occurs, unless it is predicted.
        let table = try String(
            contentsOf: folder.url.appending(path: "\(runFolder)/segmentation_validation.csv"), encoding: .utf8)
        #expect(table.hasPrefix("class,iou,accuracy,dice\n"))
        #expect(table.split(separator: "\n").last?.split(separator: ",", omittingEmptySubsequences: false)[2] == "")

        // What predict says, as the truth.
        _ = try run("predict", runFolder, "d/images/validation", "--output", "out")
        for (index, size) in Self.sizes.enumerated() {
            let mask = try Image(indicesOf: folder.url.appending(path: "out/\(index).png"))
            #expect(mask.size == size)
            try write(mask, path("masks", "validation", index))
        }
        #expect(try evaluate(runFolder, batchSize: 3).value("aAcc") == 100)
        let windows = try run("eval", runFolder, "--csv", "--window", "16").output
        #expect(windows.contains("aAcc,"))
    }

    @Test func aScoreThatIsAlwaysUndefinedIsToldOf() throws {
        try folder.makeClassFolders()
        // One class only in validation has no ROC curve.
        for index in 0..<8 {
            try FileManager.default.moveItem(
                at: folder.url.appending(path: "data/validation/red/\(index).png"),
                to: folder.url.appending(path: "data/validation/blue/1\(index).png"))
        }
        try folder.writeConfig(
            dataset:
                "{type: map_file, train: train.txt, validation: validation.txt, classes: [blue, red]}")
        func list(_ split: String, _ names: [(String, Int)]) throws {
            let lines = names.flatMap { name, label in
                folder.contents.filter { $0.hasPrefix("data/\(split)/\(name)/") }.sorted().map { "\($0)\t\(label)" }
            }
            try folder.write(lines.joined(separator: "\n"), to: "\(split).txt")
        }
        try list("train", [("blue", 0), ("red", 1)])
        try list("validation", [("blue", 0)])
        let outcome = try run(
            "train", "tiny.yaml", "--skip-data-check", "--set", "training.metrics=[binary]", "--set",
            "training.best_metric=validation_roc_auc")
        #expect(outcome.output.contains("  roc_auc —"))
        #expect((outcome.output + outcome.errors).contains("validation_roc_auc was undefined in every epoch"))
        #expect(!(outcome.output + outcome.errors).lowercased().contains("nan"))
        #expect(!folder.contents.contains { $0.hasSuffix("best.safetensors") })
        let evaluation = try run("eval", "tiny.yaml", "--checkpoint", "last", "--json").output
        #expect(evaluation.contains("\"value\" : null") && !evaluation.lowercased().contains("nan"))
        let csv = try run("eval", "tiny.yaml", "--checkpoint", "last", "--csv").output
        #expect(csv.contains("roc_auc,,percent"))
    }
}
