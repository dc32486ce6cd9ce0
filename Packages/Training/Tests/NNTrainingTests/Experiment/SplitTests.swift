import Foundation
import NNDatasets
import NNInference
import NNLayers
import Testing

@_spi(Internal) @testable import NNTraining

/// Splits that are chosen of one set, folds, and training without validation.
@Suite struct SplitTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Flat class folders of tiny images.
    private func writeImages(_ counts: [String: Int]) throws {
        for (name, count) in counts {
            for index in 0..<count {
                let file = folder.file("data/\(name)/\(index).png")
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Image(size: 16, filledWith: UInt8(index * 7 % 256)).writePNG(to: file)
            }
        }
    }

    private func experiment(_ change: (inout ExperimentConfig) -> Void = { _ in }) throws -> Experiment {
        try TestExperiment.experiment {
            $0.data.dataset = ["type": "class_folders", "path": ConfigNode(.string(folder.file("data").path))]
            $0.epochs = 1
            change(&$0)
        }
    }

    private func files(_ experiment: Experiment, _ split: Split) throws -> [String] {
        let data = try experiment.dataset(split, keepsSamples: false)
        return (0..<data.count).flatMap { data.files(at: $0) }
    }

    private func split(validation: Double? = nil, test: Double? = nil, seed: UInt64 = 0) -> SplitConfig {
        var split = SplitConfig()
        (split.validation, split.test, split.seed) = (validation, test, seed)
        return split
    }

    @Test func fractionsDivideOneFolder() throws {
        try writeImages(["ant": 20, "bee": 10])
        let experiment = try experiment { $0.data.split = split(validation: 0.2, test: 0.1) }
        let parts = try Split.allCases.map { try files(experiment, $0) }
        #expect(parts.map(\.count) == [21, 6, 3])
        #expect(Set(parts.joined()).count == 30)
        #expect(parts[1].count { $0.contains("/bee/") } == 2)
        // Seeds of training share one split, whose own seed gives another.
        #expect(
            try files(
                self.experiment { ($0.seed, $0.data.split) = (9, split(validation: 0.2, test: 0.1)) }, .validation)
                == parts[1])
        #expect(
            try files(self.experiment { $0.data.split = split(validation: 0.2, test: 0.1, seed: 1) }, .validation)
                != parts[1])
    }

    @Test func partsWithoutAFractionAreTheDataSetsOwn() throws {
        let experiment = try TestExperiment.experiment { $0.data.split = split(test: 0.25) }
        #expect(try experiment.dataset(.train).count == 72 && experiment.dataset(.test).count == 24)
        #expect(try experiment.dataset(.validation).count == 30)
        let other = try TestExperiment.experiment { $0.data.split = split(validation: 0.25) }
        #expect(try other.dataset(.train).count == 72 && other.dataset(.validation).count == 24)
        #expect(try other.dataset(.test).count == other.source.dataset(.test).count)
    }

    @Test func aRunNotesItsSplit() throws {
        try writeImages(["ant": 20, "bee": 10])
        let run = try RunDirectory.create(in: folder.file("runs"), configuration: "x")
        let change: (inout ExperimentConfig) -> Void = { $0.data.split = split(validation: 0.2, test: 0.1) }
        try experiment(change).makeTrainer(run: run).train()
        let rows = try String(contentsOf: run.file("split.csv"), encoding: .utf8).split(separator: "\n")
        #expect(rows.count == 31 && rows[0] == "file,split")
        #expect(rows.count { $0.hasSuffix(",test") } == 3 && rows.count { $0.hasSuffix(",validation") } == 6)
        #expect(try run.data().map { Set($0.fingerprints.keys) } == ["train", "validation", "test"])
        let trained = try TrainedRun(run, config: experiment(change).config)
        #expect(try trained.check(experiment(change), split: .test, for: .evaluation) == [])
        // One more image shifts the choice: scores would be of images that it was trained on.
        try Image(size: 16, filledWith: 250).writePNG(to: folder.file("data/ant/00.png"))
        let differences = try trained.check(experiment(change), split: .test, for: .evaluation)
        #expect(differences.map(\.guardName) == ["data"])
    }

    @Test func foldsAreAPartition() throws {
        try writeImages(["ant": 9, "bee": 6])
        let parts = try (1...3).map { fold in
            try files(
                experiment {
                    ($0.data.folds, $0.data.fold) = (3, fold)
                    $0.data.split = split(test: 0.2)
                }, .validation)
        }
        #expect(parts.map(\.count) == [4, 4, 4])
        #expect(Set(parts.joined()).count == 12)
        // A fold must be chosen to train; without one, the first stands for all.
        let first = try experiment {
            $0.data.folds = 3
            $0.data.split = split(test: 0.2)
        }
        #expect(try files(first, .validation) == parts[0])
    }

    @Test func trainingGoesOnWithoutValidation() throws {
        try writeImages(["ant": 12, "bee": 12])
        let run = try RunDirectory.create(in: folder.file("runs"), configuration: "x")
        let experiment = try experiment {
            $0.data.validation = false
            $0.epochs = 2
        }
        let proof = try experiment.proveShapes()
        #expect(proof.imageSize == 16)
        #expect(try experiment.imageSize(.validation) == 16)
        #expect(try experiment.warnings().filter { $0.keyPath.contains("validation") }.isEmpty)
        let trainer = try experiment.makeTrainer(run: run)
        #expect(trainer.validation == nil)
        let summary = try trainer.train()
        #expect(summary.progress.best?.metric == "train_top1")
        #expect(run.has(.best) && run.has(.last))
        #expect(FileManager.default.fileExists(atPath: run.file("predictions.png").path))
        #expect(!FileManager.default.fileExists(atPath: run.file("split.csv").path))
        let error = #expect(throws: DatasetError.self) { try experiment.dataset(.validation) }
        #expect(
            error?.description == "data.validation: it is false, so that there are no validation samples. Name another "
                + "split, such as 'train' or 'test'.")
        let watched = try self.experiment {
            $0.data.validation = false
            $0.training.bestMetric = "validation_loss"
        }
        let problem = #expect(throws: ConfigError.self) { try watched.proveShapes() }
        #expect(problem?.description.contains("name one of: train_loss, train_top1") == true)
    }

    @Test func masksAndFeaturesAreDivided() throws {
        let shapes = try TestExperiment.experiment {
            $0.data.dataset = ["type": "shapes", "size": 16, "task": "segmentation", "train_count": 20]
            $0.data.split = split(validation: 0.2)
        }
        #expect(try shapes.dataset(.validation).count == 4 && shapes.dataset(.train).count == 16)
    }

    @Test(arguments: [
        ("split: {validation: 0}", "validation: must be a fraction above 0"),
        ("split: {validation: 0.7, test: 0.3}", "test: leaves nothing for training"),
        ("split: {}", "split: must name a fraction"), ("split: {valid: 0.2}", "valid"),
        ("folds: 1", "folds: must be 2 or more, not 1"), ("fold: 1", "fold: needs 'folds'"),
        ("{folds: 5, fold: 6}", "fold: must be from 1 to 5, not 6"),
        ("{folds: 5, split: {validation: 0.2}}", "folds: leaves no meaning to 'split.validation'"),
        ("{folds: 5, validation: false}", "validation: is false, which contradicts 'folds'"),
        ("{validation: false, split: {validation: 0.1}}", "validation: is false, which contradicts 'split.validation'"),
        ("validation: null", "validation"),
    ]) func refuses(_ yaml: String, _ message: String) throws {
        let node = try YAMLReader.read(yaml, source: "a.yaml")
        let problems = ConfigDecoder().decodeGathering(DataConfig.self, from: node).problems.map(\.description)
        #expect(problems.count == 1 && problems[0].contains(message), "\(problems)")
    }

    @Test func classesWithoutValidationImagesAreNamed() throws {
        try writeImages(["ant": 8, "bee": 1])
        let divided = try experiment { $0.data.split = split(validation: 0.2) }
        let error = #expect(throws: DatasetError.self) { try divided.proveShapes() }
        #expect(
            error?.description.hasPrefix("class 'bee': it has 1 sample, so that none is left for validation.") == true)
        let folds = try experiment { $0.data.folds = 5 }
        let problem = #expect(throws: DatasetError.self) { try folds.dataset(.train) }
        #expect(problem?.description.hasPrefix("class 'bee': it has 1 sample, fewer than the 5 folds.") == true)
    }
}
