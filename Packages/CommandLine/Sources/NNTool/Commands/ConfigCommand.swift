import ArgumentParser
@_spi(Text) import NNLayers
import NNTraining

struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Checks and prints configurations.",
        subcommands: [ConfigCheckCommand.self, ConfigPrintCommand.self])
}

struct ConfigCheckCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Checks that a configuration can be trained, without training.",
        discussion: "Checks every key, builds every component, and traces shapes from the image to the loss.")

    @Argument(help: "The configuration file.")
    var config: String

    @OptionGroup var options: ConfigOptions

    @Flag(help: "Print JSON.")
    var json = false

    func run(_ tool: Tool) throws {
        let path = config
        let experiment = try Experiment(options.load(path, registry: tool.registry), registry: tool.registry)
        let report = try ConfigCheckReport(experiment)
        if json { try tool.console.print(json: report) } else { tool.console.print("\(path) is valid\n\(report.text)") }
    }
}

struct ConfigPrintCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "print", abstract: "Prints a configuration with its bases, changes and defaults resolved.")

    @Argument(help: "The configuration file.")
    var config: String

    @OptionGroup var options: ConfigOptions

    @Flag(help: "Print JSON.")
    var json = false

    func run(_ tool: Tool) throws {
        let node = try ConfigEncoder().encode(options.load(config, registry: tool.registry))
        if json { try tool.console.print(json: node) } else { tool.console.print(YAMLWriter.write(node)) }
    }
}

/// The result of checking that a configuration can be trained.
struct ConfigCheckReport: Encodable {
    let imageSize: [Int]
    /// The features per sample; nil for a data set of images.
    let features: Int?
    let task: String
    let classes: Int
    let trainingSamples: Int
    let validationSamples: Int
    let trainableParameters: Int
    let frozenParameters: Int
    let multiplyAccumulates: Int
    let memory: MemoryEstimate
    let totalMemory: Int

    /// Checks an experiment by shapes.
    /// - Throws: `ConfigError` for the component that does not fit, or `DatasetError`.
    init(_ experiment: Experiment, pretrained: Bool = true) throws {
        let proof = try experiment.proveShapes(pretrained: pretrained)
        imageSize = [proof.imageSize.height, proof.imageSize.width]
        let training = try experiment.dataset(.train)
        features = training.features?.shape[1]
        outputs = experiment.source.task.labels == .values ? "numbers" : "classes"
        task = experiment.source.task.rawValue
        classes = training.classNames.count
        trainingSamples = training.count
        validationSamples = try experiment.dataset(.validation).count
        trainableParameters = proof.parameterCount.trainable
        frozenParameters = proof.parameterCount.frozen
        multiplyAccumulates = proof.multiplyAccumulates
        memory = proof.memory
        totalMemory = proof.memory.total
    }

    private var form: String {
        features.map { "\($0.grouped) features" } ?? "images of \(Size(height: imageSize[0], width: imageSize[1]))"
    }

    /// What there are several of.
    private let outputs: String

    private enum CodingKeys: CodingKey {
        case imageSize, features, task, classes, trainingSamples, validationSamples, trainableParameters
        case frozenParameters, multiplyAccumulates, memory, totalMemory
    }

    /// The result as lines of text.
    var text: String {
        """
        data    \(trainingSamples.grouped) training and \(validationSamples.grouped) validation samples, \
        \(classes) \(outputs), \(form)
        model   \((trainableParameters + frozenParameters).grouped) parameters: \(trainableParameters.grouped) \
        trainable, \(frozenParameters.grouped) frozen
        MACs    \(multiplyAccumulates.grouped) for one image
        memory  about \(totalMemory.byteText) for training: \(memory.activations.byteText) activations, \
        \(memory.parameters.byteText) parameters, \(memory.gradients.byteText) gradients, \
        \(memory.optimizerState.byteText) optimizer
        """
    }
}
