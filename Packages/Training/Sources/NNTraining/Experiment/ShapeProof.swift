@_spi(Internal) import NNLayers
import NNOptimizers

/// The result of running a network on shapes only, from images to the loss.
public struct ShapeProof: Sendable {
    /// The height and width of the images.
    public let imageSize: Size
    /// `[N, classes]` or `[N, H, W, classes]`
    public let logits: Shape
    /// The multiply-accumulate operations for one image in inference.
    public let multiplyAccumulates: Int
    /// The estimated memory of training.
    public let memory: MemoryEstimate
    /// The numbers of parameters that are trainable and frozen in the first epoch.
    public internal(set) var parameterCount: ParameterCount

    /// Runs a network and its loss in training mode on the shape of a batch.
    ///
    /// - Parameters:
    ///   - network: The network.
    ///   - loss: The training objective.
    ///   - task: What the data is labelled for, classification or segmentation by the head by default.
    ///   - classCount: The number of classes or outputs of the data set.
    ///   - imageSize: The height and width of the images.
    ///   - batchSize: The number of images in a batch.
    ///   - precision: The type of activations.
    ///   - checkpoints: Whether blocks are calculated again in the backward pass; see `Context.checkpoints`.
    ///   - optimizer: The optimizer, for the memory of its state.
    ///   - keepsAverage: Whether an average of the weights is kept.
    ///   - node: The part of the configuration at which problems are reported.
    /// - Throws: `ConfigError` with the path of the module whose shapes do not fit.
    public init(
        _ network: Network, loss: any Loss, task: PredictionTask? = nil, classCount: Int, imageSize: Size,
        batchSize: Int, precision: Precision, checkpoints: Bool = false, optimizer: Optimizer, keepsAverage: Bool,
        at node: ConfigNode
    ) throws(ConfigError) {
        let trace = Trace()
        let observer = FailureObserver(network, trace: trace)
        let images = trace.input(
            TensorSpecification(shape: [batchSize, imageSize.height, imageSize.width, network.backbone.inputChannels]))
        let context = Context(
            training: true, precision: precision, random: RandomKey(seed: 0), checkpoints: checkpoints,
            observer: observer)
        let (logits, auxiliaryLogits) = network.logits(of: images, context)
        func failure(_ message: String, _ remedy: String) -> ConfigError {
            ConfigError("\(message) (batches of \(batchSize) images of \(imageSize))", remedy: remedy, at: node)
        }
        if let error = trace.failure {
            throw failure(
                "the network does not fit together in \(observer.path ?? "its input"): \(error)",
                "change the size of the images or the options of the model")
        }
        let task = task ?? network.head.task
        let pixels = task.isDense ? [imageSize.height, imageSize.width] : []
        let expected = Shape([batchSize] + pixels + [classCount])
        let oneLogit = Shape([batchSize] + pixels + [1])
        for (head, logits) in [(network.head, logits), (network.auxiliaryHead, auxiliaryLogits ?? logits)] {
            guard let head, logits.shape != expected else { continue }
            guard classCount == 2, task.labels == .classes, logits.shape == oneLogit else {
                throw failure(
                    "the head '\(head.typeName)' returns logits \(logits.shape) instead of \(expected)",
                    "use another head")
            }
            guard loss.acceptsOneLogit else {
                throw failure(
                    "the head '\(head.typeName)' returns one logit for two classes, which the loss does not accept",
                    "use the loss 'binary_cross_entropy', or a head with an output for each class")
            }
        }
        let networkSteps = trace.steps
        let labels = trace.input(
            TensorSpecification(
                shape: task.labels == .classes ? Shape([batchSize] + pixels) : expected, dataType: task.labels.dataType)
        )
        let value = loss(logits, labels: labels)
        if let error = trace.failure {
            throw failure("the loss does not fit the network: \(error)", "use another loss")
        }
        guard value.elementCount == 1 else {
            throw failure("the loss returns \(value.shape) instead of a single number", "use another loss")
        }
        self.imageSize = imageSize
        parameterCount = network.parameterCount
        self.logits = logits.shape
        multiplyAccumulates = networkSteps.reduce(0) { $0 + $1.multiplyAccumulates } / batchSize
        memory = MemoryEstimate(
            network, trace: trace, repeated: context.checkpointedSteps, stateCount: optimizer.rule.stateNames.count,
            keepsAverage: keepsAverage)
    }
}

/// Finds the module in which a trace failed.
final class FailureObserver: ModuleObserver {
    /// The dotted path of the module; nil while nothing has failed.
    private(set) var path: String?
    private let trace: Trace
    private let paths: [ObjectIdentifier: String]
    private var callers: [any Module] = []

    init(_ network: some Module, trace: Trace) {
        self.trace = trace
        paths = Dictionary(
            ModuleTree(network).entries.map { (ObjectIdentifier($0.module), $0.path) },
            uniquingKeysWith: { first, _ in first })
    }

    func willCall(_ module: any Module) {
        noteFailure()
        callers.append(module)
    }

    func didCall(_ module: any Module) {
        noteFailure()
        callers.removeLast()
    }

    /// A failure is caused by the module that is running when it is first seen, since all modules inside it have been
    /// checked already.
    private func noteFailure() {
        guard path == nil, trace.failure != nil, let module = callers.last else { return }
        path = "\(paths[ObjectIdentifier(module)] ?? "") (\(module.typeName))"
    }
}

/// An estimate of the memory that training needs, in bytes, from shapes only.
public struct MemoryEstimate: Sendable, Codable, Equatable {
    /// Parameters and buffers.
    public var parameters = 0
    /// Gradients of trainable parameters.
    public var gradients = 0
    /// The optimizer's state, such as momentum.
    public var optimizerState = 0
    /// The moving average of the weights.
    public var averagedWeights = 0
    /// All results that a gradient flows through, since the backward pass needs most of them, and the
    /// largest of the others, which are freed at once. Of parts that are calculated again, the results of the largest
    /// one, and what each of the others returns.
    public var activations = 0

    /// The sum of all parts.
    public var total: Int { parameters + gradients + optimizerState + averagedWeights + activations }

    /// - Parameters:
    ///   - trace: The trace of the forward pass of one batch.
    ///   - repeated: The steps of the trace that are calculated again, one part after the other.
    ///   - stateCount: The number of tensors that the optimizer keeps for each parameter.
    init(
        _ network: some Module, trace: Trace, repeated: [Range<Int>] = [], stateCount: Int, keepsAverage: Bool
    ) {
        let count = network.parameterCount
        let size = DataType.float32.byteCount
        parameters = size * (count.parameters + count.statistics)
        gradients = size * count.trainable
        optimizerState = size * count.trainable * stateCount
        averagedWeights = keepsAverage ? parameters : 0
        func byteCount(_ step: Trace.Step) -> Int { step.outputSpecifications.reduce(0) { $0 + $1.byteCount } }
        let steps = trace.steps
        func kept(_ range: some Sequence<Int>) -> Int {
            range.reduce(0) { $0 + (steps[$1].isTracked ? byteCount(steps[$1]) : 0) }
        }
        activations = kept(steps.indices) + (steps.filter { !$0.isTracked }.map(byteCount).max() ?? 0)
        let inner = repeated.map { kept($0.dropLast()) }
        activations += (inner.max() ?? 0) - inner.reduce(0, +)
    }
}
