import Foundation
import NNDatasets
import NNInference
import NNLayers
import NNOptimizers
import Testing

@_spi(Internal) @testable import NNTraining

/// The guards of a run that is used again, and what its checkpoint tells where it is a file of weights.
struct TrainedRunTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static func segmentation(_ config: inout ExperimentConfig) {
        config.data.dataset = [
            "type": "shapes", "size": 16, "class_count": 3, "train_count": 16, "validation_count": 8,
            "task": "segmentation",
        ]
        config.model.head = "upsample"
        config.data.trainTransforms = []
    }

    /// An untrained run, whose description is changed.
    private func run(
        _ change: @escaping (inout ExperimentConfig) -> Void = { _ in },
        description: (inout DataDescription) -> Void = { _ in }
    ) throws -> (run: RunDirectory, experiment: Experiment) {
        let experiment = try TestExperiment.experiment(change)
        let run = try RunDirectory.create(in: folder.url, configuration: "test")
        var data = try experiment.dataDescription()
        description(&data)
        try run.write(experiment.makeNetwork(), config: experiment.config, description: data)
        return (run, experiment)
    }

    private func guards(_ run: RunDirectory, _ experiment: Experiment, _ use: TrainedRun.Use) throws -> [String] {
        try TrainedRun(run, config: experiment.config).differences(from: experiment, split: .validation, for: use)
            .map(\.guardName)
    }

    @Test func nothingDiffersForTheDataOfTheRun() throws {
        let (run, experiment) = try run()
        for use in TrainedRun.Use.allCases { #expect(try guards(run, experiment, use).isEmpty) }
    }

    @Test func everyGuardSeesWhatItIsFor() throws {
        let (other, experiment) = try run {
            Self.segmentation(&$0)
        } description: { data in
            data.classColors?[1] = Color(0x123456)
            data.normalization = Normalization(mean: [0.5, 0.5, 0.5], standardDeviation: [0.5, 0.5, 0.5])
        }
        #expect(try guards(other, experiment, .evaluation) == ["normalization", "palette"])
        let (renamed, same) = try run { _ in
        } description: {
            $0.classNames[2] = "another"
        }
        for use in [TrainedRun.Use.evaluation, .training, .view] {
            #expect(try guards(renamed, same, use) == ["classes"])
            #expect(throws: CheckpointError.self) { try TrainedRun(renamed, config: same.config).check(same, for: use) }
        }
        #expect(try guards(renamed, same, .features).isEmpty)
        let (features, images) = try run { _ in
        } description: {
            $0.featureCount = 64
        }
        #expect(try guards(features, images, .evaluation) == ["input"])
    }

    @Test func optionsOfTheDataSetAreCompared() throws {
        let experiment = try TestExperiment.experiment()
        let run = try RunDirectory.create(in: folder.url, configuration: "options")
        _ = try experiment.makeTrainer(run: run)
        try experiment.makeTrainer().makeCheckpoint().write(to: run.url(of: .best))
        let larger = try TestExperiment.experiment {
            $0.data.dataset = ["type": "shapes", "size": 24, "class_count": 3]
        }
        let found = try TrainedRun(run, config: larger.config)
            .differences(from: larger, split: .validation, for: .evaluation)
        #expect(found.contains { $0.guardName == "options" && $0.message.contains("16") }, "\(found)")
        #expect(found.contains { $0.guardName == "data" })
        #expect(try run.data()?.imageSize == [16, 16])
        #expect(try run.changes(in: experiment.config, registry: experiment.registry).isEmpty)
    }

    /// Another loss, another option of it, or the same.
    @Test(
        arguments: [
            (["type": "cross_entropy", "label_smoothing": 0.2], false),
            (["type": "cross_entropy", "label_smoothing": 0.1], true), (["type": "focal"], true),
            (["type": "cross_entropy", "label_smoothing": 0.2, "class_weights": [1, 2, 3]], true),
        ] as [(ConfigNode, Bool)])
    func theLossOfAnEvaluationIsCompared(_ loss: ConfigNode, _ differs: Bool) throws {
        let experiment = try TestExperiment.experiment {
            $0.loss = ["type": "cross_entropy", "label_smoothing": 0.2]
        }
        let run = try RunDirectory.create(in: folder.url, configuration: "loss")
        _ = try experiment.makeTrainer(run: run)
        try experiment.makeTrainer().makeCheckpoint().write(to: run.url(of: .best))
        let other = try TestExperiment.experiment { $0.loss = Component(loss) }
        for use in [TrainedRun.Use.evaluation, .training, .prediction, .view] {
            let found = try TrainedRun(run, config: other.config)
                .differences(from: other, split: .validation, for: use)
            #expect(found.contains { $0.guardName == "loss" } == (differs && use == .evaluation), "\(found)")
            #expect(!found.contains { $0.isError })
        }
    }

    @Test func aCheckpointAsWeightsTellsHowItWasTrained() throws {
        let (run, _) = try run { _ in
        } description: { data in
            data.normalization = Normalization(mean: [0.5, 0.5, 0.5], standardDeviation: [0.25, 0.25, 0.25])
            data.classNames.swapAt(0, 1)
        }
        let file = ConfigNode(.string(run.url(of: .best).path))
        let whole = try TestExperiment.experiment { $0.model.weights = file }.warnings().map(\.keyPath)
        #expect(whole.contains("data.normalize") && whole.contains("model.weights"), "\(whole)")
        let part = try TestExperiment.experiment {
            $0.model.weights = ["file": file, "part": "backbone"]
            $0.data.normalize = Normalization(mean: [0.5, 0.5, 0.5], standardDeviation: [0.25, 0.25, 0.25])
        }
        #expect(try part.warnings().isEmpty)
    }

    /// A run notes its transforms beside its checkpoints.
    @Test(
        arguments: [
            ([], ["to_bgr"], "without 'to_bgr'"), (["to_bgr"], [], "with 'to_bgr'"), (["to_bgr"], ["to_bgr"], nil),
        ]
            as [([ConfigNode], [ConfigNode], String?)])
    func aCheckpointAsWeightsTellsItsColours(_ trained: [ConfigNode], _ used: [ConfigNode], _ words: String?) throws {
        func set(_ nodes: [ConfigNode], _ config: inout ExperimentConfig) {
            config.data.trainTransforms = nodes.map { Component($0) }
            config.data.validationTransforms = nodes.map { Component($0) }
        }
        let experiment = try TestExperiment.experiment { set(trained, &$0) }
        let run = try RunDirectory.create(in: folder.url, configuration: "colours")
        _ = try experiment.makeTrainer(run: run)
        try experiment.makeTrainer().makeCheckpoint().write(to: run.url(of: .best))
        let warnings = try TestExperiment.experiment {
            set(used, &$0)
            $0.model.weights = ConfigNode(.string(run.url(of: .best).path))
        }.warnings().map(\.description)
        #expect(warnings.contains { $0.contains("were trained on images") } == (words != nil), "\(warnings)")
        if let words { #expect(warnings.contains { $0.contains(words) }, "\(warnings)") }
    }

    @Test func theWeightsOfMedianFrequencyAreOfTheImagesWithTheClass() throws {
        let experiment = try TestExperiment.experiment { config in
            Self.segmentation(&config)
            config.loss = ["type": "cross_entropy", "class_weights": "median_frequency"]
        }
        let table = try LabelTable(of: experiment.dataset(.train))
        // The background and three shapes.
        let (counts, totals) = (table.totals(classCount: 4), table.imageTotals(classCount: 4))
        let parts = zip(counts, totals).map { Double($0) / Double($1) }
        let weights = try #require((experiment.makeLoss() as? any ClassWeighted)?.classWeights)
        let median = (parts.sorted()[1] + parts.sorted()[2]) / 2
        for (weight, part) in zip(weights, parts) {
            #expect(abs(Double(weight) - median / part) < 1e-4, "\(weights)")
        }
        // Every image has some background, and not each has all shapes.
        #expect(totals[0] == 16 * 256 && totals.contains { $0 < 16 * 256 })
    }
}
