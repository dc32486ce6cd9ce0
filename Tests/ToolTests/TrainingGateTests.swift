import Foundation
import NNDatasets
import NNLayers
import Testing

/// What is found before training starts.
@Suite struct TrainingGateTests {
    private let folder: WorkFolder

    init() throws {
        folder = try WorkFolder()
        try folder.makeClassFolders()
        try folder.writeConfig()
    }

    private func run(_ arguments: String...) throws -> NNTool.Outcome { try NNTool.run(arguments, in: folder.url) }

    private func writeImage(_ path: String, _ size: Size) throws {
        try Image(size: size, channels: 3, pixels: [UInt8](repeating: 50, count: 3 * size.area))
            .writePNG(to: folder.url.appending(path: path))
    }

    @Test(arguments: ["{type: center_crop, size: 16}", "{type: pad_crop, size: 20, padding: 2}"])
    func anImageThatTheTransformsCannotTakeIsFoundFirst(_ transform: String) throws {
        try writeImage("data/validation/red/small.png", 10)
        for command in ["train", "data check"] {
            let outcome = try NNTool.run(
                command.split(separator: " ").map(String.init) + [
                    "tiny.yaml", "--set", "data.validation_transforms=[\(transform)]",
                ], in: folder.url)
            #expect(outcome.exitCode == 1)
            let text = outcome.output + outcome.errors
            #expect(text.contains("small.png") && text.contains("smaller than the crop"), "\(text)")
        }
        #expect(!folder.contents.contains { $0.hasPrefix("runs/tiny") })
    }

    @Test func imagesThatCannotShareABatchAreFoundFirst() throws {
        try writeImage("data/train/red/wide.png", Size(height: 16, width: 20))
        let outcome = try run("train", "tiny.yaml")
        #expect(outcome.exitCode == 1)
        #expect(outcome.errors.contains("wide.png") && outcome.errors.contains("share a batch"), "\(outcome.errors)")
        #expect(outcome.errors.contains("training does not start"))
        #expect(
            try run("train", "tiny.yaml", "--set", "data.train_transforms=[{type: resize, size: 16}]").exitCode == 0)
    }

    @Test func aBrokenValidationImageDoesNotCostTheEpoch() throws {
        let path = "data/validation/red/0.png"
        let image = try Data(contentsOf: folder.url.appending(path: path))
        try folder.write(Data("broken".utf8), to: path)
        let outcome = try run("train", "tiny.yaml", "--skip-data-check", "--set", "data.cache=false")
        #expect(outcome.exitCode == 1)
        #expect(outcome.errors.contains("nn train --resume"), "\(outcome.errors)")
        let last = try #require(folder.contents.first { $0.hasSuffix("/last.safetensors") })
        try folder.write(image, to: path)
        let resumed = try run("train", "--resume", String(last.dropLast("/last.safetensors".count)))
        #expect(resumed.exitCode == 0, "\(resumed.errors)")
        // The same as without the interruption.
        let metrics = try #require(folder.contents.first { $0.hasSuffix("metrics.csv") })
        let text = try String(contentsOf: folder.url.appending(path: metrics), encoding: .utf8)
        #expect(text.split(separator: "\n").count == 3)
    }

    @Test func whatLeavesDataOutSaysSo() throws {
        let fixed = try run(
            "config", "check", "tiny.yaml", "--set", "data.batch_size=7", "--set", "data.sampler=sequential")
        #expect(fixed.errors.contains("2 of 16 training samples are left out of all epochs"), "\(fixed.errors)")
        #expect(fixed.errors.contains("data/train/red/6.png"))
        let shuffled = try run("config", "check", "tiny.yaml", "--set", "data.batch_size=7")
        #expect(!shuffled.errors.contains("left out of all"))
        #expect(shuffled.output.contains("2 training samples are left out of each epoch"))
        #expect(!(try run("config", "check", "tiny.yaml").output.contains("left out")))
    }

    @Test(arguments: [
        ("data.train_transforms=[to_bgr]", "to_bgr"),
        ("data.validation_transforms=[to_bgr]", "to_bgr"),
        ("data.train_transforms=[{type: grayscale, probability: 1}]", "grayscale"),
        ("data.train_transforms=[{type: flip, horizontal: 1}]", "flip"),
        ("data.validation_transforms=[flip]", "random"),
        ("data.validation_transforms=[{type: gaussian_blur, probability: 0.02}]", "random"),
        ("data.validation_transforms=[{type: random_crop, size: 12}]", "random"),
        ("schedule={type: cosine, warmup_epochs: 2}", "a warm-up of 2 epochs"),
        ("schedule={type: multi_step, milestone_epochs: [1, 5]}", "after the end"),
        ("schedule={type: step, interval_steps: 100}", "never changes"),
        ("schedule={type: cyclical, max_lr: 0.1, half_cycle_epochs: 3}", "never reached"),
        ("schedule={type: plateau, patience: 3}", "never reduced"),
        ("optimizer={type: adam, lr: 1}", "diverges"),
        ("optimizer.lr=10", "diverges"),
        ("optimizer.lr=1.0e-7", "hardly learns"),
        ("optimizer={type: adamw, lr: 0.1}", "diverges"),
        ("optimizer={type: adamw, lr: 1.0e-8}", "hardly learns"),
        ("training.early_stopping={patience: 5}", "cannot be seen"),
        ("training.accumulate=9", "fewer than the 9"),
        ("data.batch_size=100", "single batch"),
        ("training.metrics=[{type: top_k, k: 2}]", "100 %"),
        ("loss={type: cross_entropy, label_smoothing: 1}", "nothing is learned"),
        ("training.metrics=[{type: error, k: 3}]", "so that it is 0 %"),
        (
            "data.normalize={mean: [0.0019, 0.0018, 0.0016], standard_deviation: [0.0009, 0.0009, 0.0009]}",
            "become values up to 1109"
        ),
    ])
    func whatIsProbablyNotMeantIsWarnedOf(_ change: String, _ words: String) throws {
        let outcome = try run("config", "check", "tiny.yaml", "--set", change)
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("warning: ") && outcome.errors.contains(words), "\(outcome.errors)")
    }

    @Test(arguments: [("bilinear", "nearest", true), ("bicubic", "bicubic", false)])
    func filtersOfBothSplitsAreCompared(_ training: String, _ validation: String, _ isWarnedOf: Bool) throws {
        let outcome = try run(
            "config", "check", "tiny.yaml", "--set",
            "data.train_transforms=[{type: random_resized_crop, size: 20, interpolation: \(training)}]", "--set",
            "data.validation_transforms=[{type: resize, size: 20, interpolation: \(validation)}]")
        #expect(outcome.exitCode == 0 && outcome.errors.isEmpty != isWarnedOf, "\(outcome.errors)")
        #expect(outcome.errors.contains("resized by 'nearest' in validation and by 'bilinear'") == isWarnedOf)
    }

    @Test func whatIsRightIsNotWarnedOf() throws {
        for change in [
            "epochs=2", "data.train_transforms=[to_bgr, flip]", "data.train_transforms=[{type: pad_crop, size: 16}]",
            "schedule={type: cosine, warmup_epochs: 1}", "schedule={type: one_cycle}",
        ] {
            let both = change.contains("to_bgr") ? ["--set", "data.validation_transforms=[to_bgr]"] : []
            let outcome = try NNTool.run(["config", "check", "tiny.yaml", "--set", change] + both, in: folder.url)
            #expect(outcome.exitCode == 0 && outcome.errors.isEmpty, "\(change): \(outcome.errors)")
        }
        let still = try run(
            "config", "check", "tiny.yaml", "--set",
            "data.validation_transforms=[{type: resize, size: 20}, {type: center_crop, size: 16}]")
        #expect(still.errors.isEmpty, "\(still.errors)")
    }

    @Test func whatIsCertainlyWrongIsRefused() throws {
        for (change, words) in [
            ("data.normalize={mean: [123.675, 116.28, 103.53], standard_deviation: [58.395, 57.12, 57.375]}", "0.485"),
            (
                "data.normalize={mean: [0.5, 0.5, 0.5], standard_deviation: [127.5, 127.5, 127.5]}",
                "mean: [0.5, 0.5, 0.5], standard_deviation: [0.5, 0.5, 0.5]"
            ),
            ("data.normalize={mean: [0.5, 0.5, 0.5], standard_deviation: [1.1, 1, 1]}", "nn data stats"),
            ("data.normalize={mean: [-0.5, 0.5, 0.5], standard_deviation: [60, 60, 60]}", "nn data stats"),
            ("schedule={type: plateau, metric: validation_top1, mode: min}", "mode"),
            ("schedule={type: plateau, mode: max}", "'min'"),
            ("schedule={type: cosine, min_lr: 1}", "min_lr"),
        ] {
            let outcome = try run("config", "check", "tiny.yaml", "--set", change)
            #expect(outcome.exitCode != 0 && outcome.errors.contains(words), "\(change): \(outcome.errors)")
        }
        #expect(
            try run(
                "config", "check", "tiny.yaml", "--set", "schedule={type: plateau, metric: train_top1, patience: 0}"
            )
            .exitCode == 0)
    }
}
