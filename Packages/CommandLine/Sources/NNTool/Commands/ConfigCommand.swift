import ArgumentParser
@_spi(Internal) import NNDatasets
@_spi(Text) import NNLayers
@_spi(Internal) import NNTraining

struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Writes, checks and prints configurations.",
        subcommands: [ConfigNewCommand.self, ConfigCheckCommand.self, ConfigPrintCommand.self])
}

struct ConfigCheckCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Checks that a configuration can be trained, without training.",
        discussion: """
            Checks every key, builds every component, and traces shapes from the image to the loss. Warns of values that \
            the data or the length of training contradict, of images that are prepared otherwise in training than in \
            validation or for pretrained weights, and of samples that are in no batch.
            """)

    @Argument(help: "The configuration file.")
    var config: String

    @OptionGroup var options: ConfigOptions

    @Flag(help: "Print JSON.")
    var json = false

    func run(_ tool: Tool) throws {
        let path = config
        let experiment = try Experiment(options.load(path, registry: tool.registry), registry: tool.registry)
        let report = try ConfigCheckReport(experiment)
        var sizes = try DataCheck(of: experiment)
        sizes.splits = experiment.trainingSplits
        let findings = sizes.runHeaders { try experiment.dataset($0, keepsSamples: false) }.findings
        for line in FindingList(findings: findings, limit: 5, hint: "'nn data check' shows all").lines {
            tool.console.report(line)
        }
        if findings.contains(where: { $0.severity == .error }) { throw CommandFailure() }
        if json {
            try tool.console.print(json: report)
        } else {
            for warning in report.warnings { tool.console.report("warning: \(warning)") }
            tool.console.print("\(path) is valid\n\(report.text)")
        }
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
    /// 0 for training without validation.
    let validationSamples: Int
    let trainableParameters: Int
    let frozenParameters: Int
    let multiplyAccumulates: Int
    let memory: MemoryEstimate
    let totalMemory: Int
    /// The training samples of an epoch that do not fill a batch, and are left out of it; nil if it is not known.
    let leftOverSamples: Int?
    let batchSize: Int
    /// What is probably not as intended.
    let warnings: [ConfigWarning]

    /// Checks an experiment by shapes.
    /// - Parameters:
    ///   - pretrained: Whether pretrained weights that the configuration names must fit.
    ///   - readsLabels: Whether masks may be read for a sampler that draws by class.
    ///   - notesWeights: Whether there are warnings of how pretrained weights were trained.
    /// - Throws: `ConfigError` for the component that does not fit, or `DatasetError`.
    init(
        _ experiment: Experiment, pretrained: Bool = true, readsLabels: Bool = false, notesWeights: Bool = true
    ) throws {
        let proof = try experiment.proveShapes(pretrained: pretrained)
        imageSize = [proof.imageSize.height, proof.imageSize.width]
        let training = try experiment.dataset(.train)
        features = training.features?.shape[1]
        outputs = experiment.source.task.labels == .values ? "numbers" : "classes"
        task = experiment.source.task.rawValue
        classes = training.classNames.count
        trainingSamples = training.count
        validationSamples = try experiment.hasValidation ? experiment.dataset(.validation).count : 0
        trainableParameters = proof.parameterCount.trainable
        frozenParameters = proof.parameterCount.frozen
        multiplyAccumulates = proof.multiplyAccumulates
        memory = proof.memory
        totalMemory = proof.memory.total
        leftOverSamples = try experiment.leftOutSamples(readsLabels: readsLabels)?.leftOver
        batchSize = experiment.config.data.batchSize * (experiment.group?.count ?? 1)
        warnings = try experiment.warnings(pretrained: pretrained && notesWeights, readsLabels: readsLabels)
    }

    /// A line about the samples that do not fill a batch; nothing if all do.
    private var leftOver: String {
        guard let count = leftOverSamples, count > 0 else { return "" }
        return
            "\n        \(count.grouped) training samples are left out of each epoch, since they do not fill a batch of "
            + batchSize.grouped
    }

    private var form: String {
        features.map { "\($0.grouped) features" } ?? "images of \(Size(height: imageSize[0], width: imageSize[1]))"
    }

    /// What there are several of.
    private let outputs: String

    private enum CodingKeys: CodingKey {
        case imageSize, features, task, classes, trainingSamples, validationSamples, trainableParameters
        case frozenParameters, multiplyAccumulates, memory, totalMemory, leftOverSamples, warnings
    }

    /// The result as lines of text.
    var text: String {
        """
        data    \(trainingSamples.grouped) training and \(validationSamples == 0 ? "no" : validationSamples.grouped) \
        validation samples, \(classes) \(outputs), \(form)\(leftOver)
        model   \((trainableParameters + frozenParameters).grouped) parameters: \(trainableParameters.grouped) \
        trainable, \(frozenParameters.grouped) frozen
        MACs    \(multiplyAccumulates.grouped) for one image
        memory  about \(totalMemory.byteText) for training: \(memory.activations.byteText) activations, \
        \(memory.parameters.byteText) parameters, \(memory.gradients.byteText) gradients, \
        \(memory.optimizerState.byteText) optimizer
        """
    }
}
