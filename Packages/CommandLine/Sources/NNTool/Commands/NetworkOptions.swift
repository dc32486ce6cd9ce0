import ArgumentParser
import NNDatasets
import NNLayers
import NNTraining

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
