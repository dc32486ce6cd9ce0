import ArgumentParser
import NNDatasets
import NNLayers
import NNTraining

/// What changes a configuration from the command line.
struct ConfigOptions: ParsableArguments {
    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("Change a value, such as optimizer.lr=0.05. May be repeated.", valueName: "key=value"))
    var changes: [String] = []

    @Option(help: "The seed of all random numbers.")
    var seed: UInt64?

    /// Reads a file with the files that it is based on, applies the changes, and checks every key and
    /// the options of every component.
    /// - Throws: ``ConfigError`` with every problem that was found.
    func load(_ path: String, registry: Registry) throws -> ExperimentConfig {
        let node = try ConfigLoader.load(path, overrides: changes + (seed.map { ["seed=\($0)"] } ?? []))
        return try ConfigCheck(registry: registry).resolve(node)
    }
}

/// What a network must know of the data, for commands that need no data.
struct NetworkOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Height and width of the images. (default: those of the data)", valueName: "HxW"))
    var size: Size?

    @Option(help: "The number of classes. (default: those of the data)")
    var classes: Int?

    func validate() throws {
        if let classes, !(1...1_000_000 ~= classes) {
            throw ValidationError("--classes must be from 1 to 1000000, not \(classes)")
        }
    }

    /// What a network is built by.
    struct Resolved {
        var classCount: Int
        /// None where the number of classes was stated.
        var classNames: [String] = []
        var imageSize: Size
        var model: ModelConfig
    }

    /// What the network is built by; a data set of features adds to the model how many there are. The data is looked
    /// at only for what the command line leaves out.
    /// - Throws: `ConfigError`, or `DatasetError` with the way to do without the data.
    func resolved(_ config: ExperimentConfig, registry: Registry, split: Split = .train) throws -> Resolved {
        if let classes, let size { return Resolved(classCount: classes, imageSize: size, model: config.model) }
        do {
            let experiment = try Experiment(config, registry: registry)
            let names = try classes == nil ? experiment.dataset(.train).classNames : []
            return Resolved(
                classCount: classes ?? names.count, classNames: names,
                imageSize: try size ?? experiment.imageSize(split),
                model: try experiment.model())
        } catch let error as DatasetError {
            throw CommandFailure(message: "\(error) Or do without the data: state --classes and --size.")
        }
    }
}

/// How carefully a command looks at images.
struct InferenceArguments: ParsableArguments {
    @Option(help: ArgumentHelp("Divide images into windows of this size that overlap.", valueName: "HxW"))
    var window: Size?

    @Option(help: "How many pixels neighbouring windows share. (default: a quarter)")
    var overlap: Int?

    @Flag(help: "Also look at the images mirrored, and take the mean.")
    var flip = false

    @Option(
        help: ArgumentHelp("Look at the images in several scales, and take the mean.", valueName: "0.75,1,1.25"))
    var scales = "1"

    /// The scales as numbers; nil where they are none.
    private var factors: [Float]? {
        let factors = scales.split(separator: ",", omittingEmptySubsequences: false).compactMap { Float($0) }
        let isRight = factors.count == scales.split(separator: ",", omittingEmptySubsequences: false).count
        return isRight && factors.allSatisfy { $0 > 0 && $0 <= 8 } ? factors : nil
    }

    func validate() throws {
        if factors == nil {
            throw ValidationError("--scales must be numbers above 0 and up to 8, with commas between, not '\(scales)'")
        }
        guard let overlap else { return }
        guard let window else { throw ValidationError("--overlap is of windows; state --window too") }
        if overlap < 0 || overlap >= min(window.height, window.width) {
            throw ValidationError("--overlap must be 0 or more and below the sides of the window, not \(overlap)")
        }
    }

    var options: InferenceOptions {
        var options = InferenceOptions()
        if let window { options.tiling = .windows(.init(size: window, overlap: overlap)) }
        options.flips = flip
        options.scales = factors ?? [1]
        return options
    }

    /// Refuses windows for a network that gives one class for each image.
    func check(for task: PredictionTask) throws(CommandFailure) {
        if window != nil, task == .classification {
            throw CommandFailure(
                message: "--window is for segmentation; a classifier says one class for the whole image")
        }
    }
}

extension NNCore.Size: ArgumentParser.ExpressibleByArgument {
    /// `224`, or height and width: `320x480`. Neither may be above 65,535, the longest side of a JPEG picture.
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
