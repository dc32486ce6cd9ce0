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
    private var randomDraws: UInt64 = 0
    /// Whether a layer has asked for random numbers.
    var hasDrawnRandomNumbers: Bool { randomDraws > 0 }

    /// Creates a context for one step.
    /// - Parameters:
    ///   - training: Whether the step trains the network.
    ///   - precision: The floating-point type of activations.
    ///   - random: A different key for each step, such as `RandomKey(seed: 0).derived(step)`. With the same key,
    ///     dropout drops the same units.
    ///   - observer: Observes every module call.
    public init(
        training: Bool, precision: Precision = .float32, random: RandomKey,
        observer: (any ModuleObserver)? = nil
    ) {
        isTraining = training
        self.precision = precision
        self.random = random
        self.observer = observer
    }

    /// Creates a context for one training step.
    /// - Parameters:
    ///   - key: A different key for each step, such as `key.derived(step)`.
    ///   - precision: The floating-point type of activations.
    ///   - observer: Observes every module call.
    public static func training(
        key: RandomKey, precision: Precision = .float32, observer: (any ModuleObserver)? = nil
    ) -> Context {
        Context(training: true, precision: precision, random: key, observer: observer)
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
        return body()
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
    /// Called after a module has run.
    func didCall(_ module: any Module)
}
