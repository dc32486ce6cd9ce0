/// The settings of a forward pass: training or inference, precision and random numbers.
///
/// It is passed to every layer, so there is no hidden training mode. Each training step takes a new context with a key
/// of its own; inference uses ``inference(precision:observer:)``.
public final class Context {
    /// Whether dropout is active, and batch norm uses and updates the statistics of the batch.
    public let isTraining: Bool
    /// The floating-point type of activations.
    public let precision: Precision
    /// The key from which the random numbers of this step derive.
    public let random: RandomKey
    /// Observes every module call; used by summaries.
    public let observer: (any ModuleObserver)?
    /// Whether parts of the network are calculated again in the backward pass instead of kept in memory; see
    /// `checkpointed(_:_:_:)`.
    public let checkpoints: Bool
    /// Whether layers update their buffers, as batch norm does with the statistics of a batch in training: not where they
    /// run for the second time.
    public let updatesBuffers: Bool
    /// Sees the inputs of layers while a network is quantized.
    var quantizer: QuantizationRecorder?
    private var randomDraws: UInt64 = 0
    /// Whether a part is being calculated that is a checkpoint as a whole.
    private var isInCheckpoint = false
    /// Where shapes alone are calculated, the steps of the trace that a training step would calculate again.
    @_spi(Internal) public private(set) var checkpointedSteps: [Range<Int>] = []
    /// Adds statistics over the processes that train together, for batch norm of their whole batch; nil, the default, for
    /// that of the batch at hand.
    public let statistics: (any StatisticsExchange)?
    /// Whether a layer has asked for random numbers.
    var hasDrawnRandomNumbers: Bool { randomDraws > 0 }

    /// Creates a context for one step.
    /// - Parameters:
    ///   - training: Whether the step trains the network.
    ///   - precision: The floating-point type of activations.
    ///   - random: A different key for each step, such as `RandomKey(seed: 0).derived(step)`. With the same key,
    ///     dropout drops the same units.
    ///   - checkpoints: Whether to save memory by calculating parts of the network again in the backward pass.
    ///   - observer: Observes every module call.
    ///   - statistics: Adds statistics over the processes that train together.
    public init(
        training: Bool, precision: Precision = .float32, random: RandomKey, checkpoints: Bool = false,
        observer: (any ModuleObserver)? = nil, statistics: (any StatisticsExchange)? = nil
    ) {
        isTraining = training
        self.precision = precision
        self.random = random
        self.checkpoints = checkpoints
        self.observer = observer
        self.statistics = statistics
        updatesBuffers = training
    }

    /// The context of a part that is calculated again: with the same random numbers, and unobserved.
    private init(repeating context: Context) {
        isTraining = context.isTraining
        precision = context.precision
        random = context.random
        checkpoints = false
        observer = nil
        statistics = context.statistics
        updatesBuffers = false
        randomDraws = context.randomDraws
    }

    /// Creates a context for one training step.
    /// - Parameters:
    ///   - key: A different key for each step, such as `key.derived(step)`.
    ///   - precision: The floating-point type of activations.
    ///   - checkpoints: Whether to save memory by calculating parts of the network again in the backward pass.
    ///   - observer: Observes every module call.
    public static func training(
        key: RandomKey, precision: Precision = .float32, checkpoints: Bool = false,
        observer: (any ModuleObserver)? = nil
    ) -> Context {
        Context(training: true, precision: precision, random: key, checkpoints: checkpoints, observer: observer)
    }

    /// Creates a context for inference, which needs no random numbers.
    /// - Parameters:
    ///   - precision: The floating-point type of activations.
    ///   - observer: Observes every module call.
    public static func inference(
        precision: Precision = .float32, observer: (any ModuleObserver)? = nil
    ) -> Context {
        Context(training: false, precision: precision, random: RandomKey(seed: 0), observer: observer)
    }

    /// Returns a key for random numbers that no other layer of this step uses.
    public func nextRandomKey() -> RandomKey {
        randomDraws += 1
        return random.derived(randomDraws)
    }

    /// Runs the calculation of a module, and notifies the observer before and after it.
    ///
    /// A module with a calling convention of its own wraps its calculation in this.
    public func observe<Result>(_ module: any Module, _ body: () -> Result) -> Result {
        guard let observer else { return body() }
        observer.willCall(module)
        defer { observer.didCall(module) }
        let result = body()
        observer.didCompute((result as? Tensor).map { [$0] } ?? result as? [Tensor] ?? [], by: module)
        return result
    }
}

extension Context {
    /// Runs a part of a network which, where the context ``checkpoints``, keeps only its inputs for the backward pass and is
    /// calculated again there, to the same bits.
    ///
    /// Layers do it by ``Layer/isCheckpointed``; this is for what has a calling convention of its own. Of nested parts the
    /// outermost counts.
    /// - Parameters:
    ///   - modules: All that have parameters in the calculation.
    ///   - inputs: All tensors that it starts from.
    ///   - body: The calculation from inputs, in the context that it is given. It runs twice.
    public func checkpointed(
        _ modules: [any Module], _ inputs: [Tensor], _ body: @escaping ([Tensor], Context) -> [Tensor]
    ) -> [Tensor] {
        guard checkpoints, isTraining, !isInCheckpoint else { return body(inputs, self) }
        isInCheckpoint = true
        defer { isInCheckpoint = false }
        if let trace = inputs.lazy.compactMap(\.trace).first {
            let start = trace.steps.count
            defer { checkpointedSteps.append(start..<trace.steps.count) }
            return body(inputs, self)
        }
        let parameters = modules.flatMap { ModuleTree($0).parameters.map { $0.parameter.wrappedValue } }
        let part = Part(body: body, context: self, repetition: Context(repeating: self))
        return NNCore.checkpointed(inputs, variables: parameters) { inputs, isRepetition in
            part.body(inputs, isRepetition ? part.repetition : part.context)
        }
    }

    /// Runs a part of one tensor; see `checkpointed(_:_:_:)`.
    public func checkpointed(
        _ modules: [any Module], _ input: Tensor, _ body: @escaping (Tensor, Context) -> Tensor
    ) -> Tensor {
        checkpointed(modules, [input]) { [body($0[0], $1)] }[0]
    }

    /// Runs layers, each on what the one before returns; see `checkpointed(_:_:_:)`.
    public func checkpointed(_ layers: [some Layer], _ input: Tensor) -> Tensor {
        checkpointed(layers, input) { map, context in layers.reduce(map) { $1($0, context) } }
    }

    private struct Part: @unchecked Sendable {
        // Sendable: a part runs on the thread of the forward pass and then on that of the backward pass.
        let body: ([Tensor], Context) -> [Tensor]
        let context: Context
        let repetition: Context
    }
}

/// The floating-point type of activations. Parameters, running statistics and losses are always float32.
public enum Precision: String, Sendable, Codable, CaseIterable {
    /// 32-bit floating point; `fp32` in configurations.
    case float32 = "fp32"
    /// The upper 16 bits of float32 (mixed precision); `bf16` in configurations.
    case bfloat16 = "bf16"

    /// The element type of activations.
    public var dataType: DataType { self == .float32 ? .float32 : .bfloat16 }
}

/// Observes the module calls of a forward pass; calls of children are nested in those of their parents.
public protocol ModuleObserver: AnyObject {
    /// Called before a module runs.
    func willCall(_ module: any Module)
    /// Called with what a module has computed; without tensors where it returns something else. By default nothing happens.
    func didCompute(_ outputs: [Tensor], by module: any Module)
    /// Called after a module has run.
    func didCall(_ module: any Module)
}

extension ModuleObserver {
    public func didCompute(_ outputs: [Tensor], by module: any Module) {}
}
