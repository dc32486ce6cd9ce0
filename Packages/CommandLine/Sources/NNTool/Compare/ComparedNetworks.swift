import Foundation
@_spi(Internal) import NNDatasets
import NNInference
import NNLayers
@_spi(Internal) import NNReporting
@_spi(Internal) import NNTraining

/// The networks of the runs of a comparison, and the data that all of them are shown.
struct ComparedNetworks {
    private(set) var predictors: [Predictor] = []
    private var trained: [TrainedRun] = []
    private let names: [String]
    private let registry: Registry
    private let console: Console
    private let inference: InferenceArguments

    /// Opens the checkpoint of each run.
    /// - Throws: `CheckpointError` for a run without one, and ``CommandFailure`` for tasks or classes that differ.
    init(
        _ runs: [ComparedRun], _ checkpoint: RunDirectory.CheckpointName, inference: InferenceArguments, _ tool: Tool
    ) throws {
        (registry, console, names) = (tool.registry, tool.console, runs.map(\.name))
        self.inference = inference
        for run in runs {
            let config = try run.directory.config(registry: registry)
            let opened = try TrainedRun(run.directory, checkpoint, config: config, isForTraining: false)
            try opened.check(for: .prediction, console)
            trained.append(opened)
            predictors.append(try Predictor(opened, registry: registry, options: inference.options))
        }
        try check()
    }

    private func check() throws(CommandFailure) {
        let first = predictors[0]
        for (name, other) in zip(names, predictors).dropFirst() {
            if other.task != first.task {
                throw CommandFailure(
                    message: "'\(names[0])' is for \(first.task.rawValue) and '\(name)' for \(other.task.rawValue); "
                        + "compare runs of one task")
            }
            let (mine, theirs) = (first.data.classNames, other.data.classNames)
            guard mine != theirs else { continue }
            let index = zip(mine, theirs).prefix { $0 == $1 }.count
            func text(_ list: [String]) -> String { list.indices.contains(index) ? "'\(list[index])'" : "none" }
            throw CommandFailure(
                message: "'\(names[0])' was trained on \(mine.count) classes and '\(name)' on \(theirs.count); class "
                    + "\(index) is \(text(mine)) in the first and \(text(theirs)) in the second; compare runs with the same "
                    + "classes")
        }
        try inference.check(for: first.task)
        if first.task.isDense && first.task.labels != .classes {
            throw CommandFailure(
                message: "nn compare draws nothing for \(first.task.rawValue), which predicts numbers for each pixel; "
                    + "leave --images and --split out")
        }
    }

    /// The data of the first run, for the truth of images.
    /// - Throws: `ConfigError` for options of a data set that is not there any more.
    func firstExperiment() throws -> Experiment { try Experiment(trained[0].config, registry: registry) }

    /// The data of each run, with the samples of the first where a split has others, so that all are measured on the same.
    /// - Throws: `DatasetError` if the data cannot be listed, and errors of the guards of runs.
    func experiments(of split: Split) throws -> [Experiment] {
        let first = try firstExperiment()
        let content = try DataFingerprint(contentOf: first.dataset(split, keepsSamples: false))
        return try trained.enumerated().map { index, run in
            if index == 0 {
                try run.check(first, split: split, for: .evaluation, console)
                return first
            }
            let own = try Experiment(run.config, registry: registry)
            if let data = try? own.dataset(split, keepsSamples: false),
                try DataFingerprint(contentOf: data) == content
            {
                try run.check(own, split: split, for: .evaluation, console)
                return own
            }
            console.report(
                "notice: the \(split.rawValue) samples of '\(names[index])' are not those of '\(names[0])', which all are "
                    + "compared on here; some may be training samples of '\(names[index])'")
            return try Experiment(run.config.withSamples(of: first.config), registry: registry)
        }
    }

    /// Measures each network as `nn eval` does.
    func evaluate(_ experiments: [Experiment], _ split: Split) throws -> [ComparedRun.Evaluation] {
        try experiments.enumerated().map { index, experiment in
            let loader = try experiment.makeLoader(split, keepsSamples: false)
            let predictor = predictors[index]
            let metrics = try experiment.makeMetrics(thresholds: predictor.data.thresholds)
            let evaluator = Evaluator(
                predictor.network, loss: try experiment.makeLoss(), metrics: metrics, precision: predictor.precision,
                task: predictor.task, options: inference.options)
            let title = "evaluate \(index + 1) of \(experiments.count)"
            let result = try evaluator.evaluate(loader) { batches in
                console.show(ProgressLine(title: title, done: batches, total: loader.count))
            }
            console.clearStatus()
            console.report(samplesSkippedBy: loader, of: split)
            return ComparedRun.Evaluation(split: split, sampleCount: result.sampleCount, scores: result.scores)
        }
    }
}

extension ExperimentConfig {
    /// The configuration with everything that selects samples from another one.
    fileprivate func withSamples(of other: ExperimentConfig) -> ExperimentConfig {
        var config = self
        config.data.dataset = other.data.dataset
        config.data.split = other.data.split
        config.data.folds = other.data.folds
        config.data.fold = other.data.fold
        config.data.limit = other.data.limit
        config.data.overfit = other.data.overfit
        // It draws the samples of splits.
        config.seed = other.seed
        return config
    }
}

/// Finds the truth of image files in the data set of a run.
struct TruthFinder {
    private typealias Place = (dataset: any Dataset, index: Int)
    private var byPath: [String: Place] = [:]
    /// Data sets of one folder for each class may have a name many times.
    private var byName: [String: [Place]] = [:]

    /// - Parameter experiment: The data, of which splits that cannot be listed are left out.
    init(_ experiment: Experiment) {
        for split in [Split.validation, .test, .train] {
            guard let dataset = try? experiment.dataset(split, keepsSamples: false) else { continue }
            for index in 0..<dataset.count {
                guard let file = dataset.files(at: index).first else { continue }
                let url = URL(fileURLWithPath: file)
                let path = url.resolvingSymlinksInPath().path
                guard byPath.updateValue((dataset, index), forKey: path) == nil else { continue }
                byName[url.lastPathComponent, default: []].append((dataset, index))
            }
        }
    }

    /// The truth of a file: that of the same file, or of one of its name with the same content.
    func truth(of url: URL) -> Target? {
        if let place = byPath[url.resolvingSymlinksInPath().path] { return try? place.dataset.target(at: place.index) }
        guard let places = byName[url.lastPathComponent], let mine = try? Data(contentsOf: url) else { return nil }
        for (dataset, index) in places {
            guard let bytes = try? dataset.bytes(ofFile: 0, at: index), mine.elementsEqual(bytes) else { continue }
            return try? dataset.target(at: index)
        }
        return nil
    }
}
