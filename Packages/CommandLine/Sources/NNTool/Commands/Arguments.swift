import ArgumentParser
import Foundation
import NNDatasets
@_spi(Internal) import NNInference
@_spi(Text) import NNLayers
@_spi(Internal) import NNTraining

/// Options that change a configuration.
struct ConfigOptions: ParsableArguments {
    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("Set a value, such as optimizer.lr=0.05. May be repeated.", valueName: "key=value"))
    var changes: [String] = []

    @Option(help: "The random seed.")
    var seed: UInt64?

    /// The changes, with the seed.
    var allChanges: [String] { changes + (seed.map { ["seed=\($0)"] } ?? []) }

    /// Reads a file and its bases, applies the changes, and checks every key and the options of every component. The
    /// configuration of a run, named by its folder or its file, finds the data of the run from any working directory.
    /// - Throws: ``ConfigError`` with every problem found.
    func load(_ path: String, registry: Registry) throws -> ExperimentConfig {
        try Self.load(path, changes: allChanges, registry: registry)
    }

    /// Reads a file and its bases with changes, as ``load(_:registry:)`` does.
    static func load(_ path: String, changes: [String], registry: Registry) throws -> ExperimentConfig {
        let url = URL(fileURLWithPath: path)
        let folder = PathKind(of: path) == .folder ? url : url.deletingLastPathComponent()
        if let run = try? RunDirectory(existing: folder), PathKind(of: path) == .folder || run.isRun(configFile: url) {
            return try run.config(changes: changes, registry: registry)
        }
        return try ConfigCheck(registry: registry).resolve(ConfigLoader.load(path, overrides: changes))
    }

    /// Opens a run to use it again.
    /// - Throws: As ``load(_:registry:)``, and ``CheckpointError`` for an unusable checkpoint.
    func open(
        _ run: RunDirectory, _ checkpoint: RunDirectory.CheckpointName = .best, registry: Registry
    ) throws -> TrainedRun {
        try TrainedRun(
            run, checkpoint, config: run.config(changes: allChanges, registry: registry), isForTraining: false)
    }
}

extension RunDirectory {
    /// The run that a command line names by its folder, or by a configuration file for its latest run.
    /// - Parameters:
    ///   - root: The folder of all runs.
    ///   - checkpoint: The checkpoint that the latest run must have; nil, the default, for any run.
    /// - Throws: `RunError`, or ``CommandFailure`` if there is no run of the configuration.
    static func find(
        _ runOrConfig: String, in root: String, holding checkpoint: CheckpointName? = nil
    ) throws -> RunDirectory {
        let url = URL(fileURLWithPath: runOrConfig)
        guard PathKind(of: runOrConfig) == .file else { return try RunDirectory(existing: url) }
        let name = TrainCommand.name(of: runOrConfig)
        if let run = latest(in: URL(fileURLWithPath: root), configuration: name, holding: checkpoint) { return run }
        throw CommandFailure(
            message: "there is no run of \(runOrConfig) in '\(root)'; train it first: nn train \(runOrConfig)")
    }

    /// Whether a file is the configuration of this run, and the run notes its data.
    func isRun(configFile url: URL) -> Bool {
        url.lastPathComponent == configFile.lastPathComponent
            && FileManager.default.fileExists(atPath: dataFile.path)
    }
}

extension ExperimentConfig {
    /// The configuration with the data set that a command line names: a folder with splits of class folders, or a
    /// configuration file; its own for nil.
    /// - Throws: `ConfigError` for an invalid configuration.
    func withData(_ path: String?, registry: Registry) throws -> ExperimentConfig {
        guard let path else { return self }
        var config = self
        if PathKind(of: path) == .file {
            let other = try ConfigCheck(registry: registry).resolve(ConfigLoader.load(path))
            config.data.dataset = other.data.dataset
        } else {
            config.data.dataset = ["type": "class_folders", "path": ConfigNode(.string(path))]
        }
        return config
    }
}

extension TrainedRun {
    /// The guard of all commands that use a run: refuses what would be meaningless, and reports what gives other results.
    /// - Throws: ``CheckpointError``, and errors of opening the data.
    func check(
        _ experiment: Experiment? = nil, split: Split = .validation, for use: Use, _ console: Console
    ) throws {
        for difference in try check(experiment, split: split, for: use) {
            console.report("warning: \(directory.url.relativePath): \(difference)")
        }
    }
}

/// Options in place of the data, for commands that need only a network.
struct NetworkOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The height and width of images. (default: from the data)", valueName: "HxW"))
    var size: Size?

    @Option(help: "The number of classes. (default: from the data)")
    var classes: Int?

    func validate() throws {
        if let classes, !(1...1_000_000 ~= classes) {
            throw ValidationError("--classes must be from 1 to 1000000, not \(classes)")
        }
    }

    /// What a network is built from.
    struct Resolved {
        var classCount: Int
        /// Empty if the number of classes was given.
        var classNames: [String] = []
        var imageSize: Size
        var model: ModelConfig
        /// What the data is labelled for.
        var task: PredictionTask
        /// The ignored label; nil if there is none, or no data was read.
        var ignoreIndex: Int?
    }

    /// What the network is built from; a data set of features adds their number to the model. The data is read only
    /// for what the command line leaves out.
    /// - Throws: `ConfigError`, or ``CommandFailure`` if the data cannot be read.
    func resolved(_ config: ExperimentConfig, registry: Registry, split: Split = .train) throws -> Resolved {
        let task = try ModelBuilder(registry).task(of: config.data)
        if let classes, let size {
            return Resolved(classCount: classes, imageSize: size, model: config.model, task: task)
        }
        do {
            let experiment = try Experiment(config, registry: registry)
            let names = try classes == nil ? experiment.dataset(.train).classNames : []
            return Resolved(
                classCount: classes ?? names.count, classNames: names,
                imageSize: try size ?? experiment.imageSize(split),
                model: try experiment.model(), task: task, ignoreIndex: try experiment.dataset(.train).ignoreIndex)
        } catch let error as DatasetError {
            throw CommandFailure(message: "\(error) Or pass --classes and --size to do without the data.")
        }
    }
}

/// Options of sliding windows and test-time augmentation.
struct InferenceArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Predict in overlapping windows of this size. "
                + "(default: \(InferenceOptions.automaticWindow.size) for images of more than \(LargeImages.limit))",
            valueName: "HxW"))
    var window: Size?

    @Option(help: "The overlap of neighboring windows in pixels. (default: a quarter of the window)")
    var overlap: Int?

    @Flag(help: "Also predict the mirrored images, and take the mean.")
    var flip = false

    @Option(
        help: ArgumentHelp("Predict the images at several scales, and take the mean.", valueName: "0.75,1,1.25"))
    var scales = "1"

    /// The scales as numbers; nil if they are invalid.
    private var factors: [Float]? {
        let factors = scales.split(separator: ",", omittingEmptySubsequences: false).compactMap { Float($0) }
        let isRight = factors.count == scales.split(separator: ",", omittingEmptySubsequences: false).count
        return isRight && factors.allSatisfy { $0 > 0 && $0 <= 8 } ? factors : nil
    }

    func validate() throws {
        if factors == nil {
            throw ValidationError("--scales must be numbers above 0 and up to 8, separated by commas, not '\(scales)'")
        }
        guard let overlap else { return }
        guard let window else { throw ValidationError("--overlap requires --window") }
        if overlap < 0 || overlap >= min(window.height, window.width) {
            throw ValidationError("--overlap must be 0 or more and less than the sides of --window, not \(overlap)")
        }
    }

    /// The options for a predictor or evaluator.
    var options: InferenceOptions {
        var options = InferenceOptions()
        if let window { options.tiling = .windows(.init(size: window, overlap: overlap)) }
        options.flips = flip
        options.scales = factors ?? [1]
        return options
    }

    /// Rejects windows for a classifier.
    /// - Throws: ``CommandFailure`` with the reason.
    func check(for task: PredictionTask) throws(CommandFailure) {
        if window != nil, !task.isDense {
            throw CommandFailure(
                message: "--window is for segmentation; a network for \(task.rawValue) predicts for the whole image")
        }
    }
}

/// What is said of images that are too large to be predicted as a whole.
enum LargeImages {
    static let limit = "\(InferenceOptions.largestWhole) pixels"
    private static let window = "windows of \(InferenceOptions.automaticWindow.size)"
    /// How to predict an image as a whole.
    private static let wholeOption = "--window \(Size(16_384))"

    /// - Parameter command: The other command that does so.
    static func divided(_ count: Int, asBy command: String) -> String {
        let images = count == 1 ? "1 image has" : "\(count.grouped) images have"
        return "notice: \(images) more than \(limit), and \(count == 1 ? "was" : "were") predicted in \(window), as by "
            + "\(command); an exported network sees the whole, as with \(wholeOption)"
    }

    static let exported =
        "notice: an image of more than \(limit) is seen as a whole by this file, and in \(window) by nn predict and "
        + "nn eval, unless with \(wholeOption)"
}

extension NNCore.Size: ArgumentParser.ExpressibleByArgument {
    /// Parses `224`, or height and width as in `320x480`, each at most 65,535, the longest side of a JPEG image.
    public init?(argument: String) {
        let lengths = argument.lowercased().split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard let height = lengths.first ?? nil, let width = lengths.last ?? nil, lengths.count <= 2,
            1...65_535 ~= height, 1...65_535 ~= width
        else { return nil }
        self.init(height: height, width: width)
    }
}

extension NNLayers.Precision: ArgumentParser.ExpressibleByArgument {}
extension NNDatasets.Split: ArgumentParser.ExpressibleByArgument {}
extension NNTraining.RunDirectory.CheckpointName: ArgumentParser.ExpressibleByArgument {}
