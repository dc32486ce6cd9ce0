/// How a network is run: for training or for inference, in which precision, with which random numbers.
///
/// It is passed to every layer; there is no hidden mode. Training takes one for each step, with a key of its own.
public final class Context {
    /// Whether dropout drops and batch norm uses, and updates, statistics of the batch.
    public let isTraining: Bool
    /// The type of activations.
    public let precision: Precision
    /// Where random numbers of this step start.
    public let random: RandomKey
    /// Sees every module as it is called; used by summaries.
    public let observer: (any ModuleObserver)?
    private var randomDraws: UInt64 = 0

    /// A context for one step.
    /// - Parameter random: Another key for each step, as `RandomKey(seed: 0).derived(step)`: under the same one,
    ///   dropout drops the same units. Inference draws nothing, see ``inference(precision:observer:)``.
    public init(
        training: Bool, precision: Precision = .float32, random: RandomKey,
        observer: (any ModuleObserver)? = nil
    ) {
        isTraining = training
        self.precision = precision
        self.random = random
        self.observer = observer
    }

    /// A context for one step of training.
    /// - Parameter key: Another one for each step, as `key.derived(step)`.
    public static func training(
        key: RandomKey, precision: Precision = .float32, observer: (any ModuleObserver)? = nil
    ) -> Context {
        Context(training: true, precision: precision, random: key, observer: observer)
    }

    /// A context for inference.
    public static func inference(
        precision: Precision = .float32, observer: (any ModuleObserver)? = nil
    ) -> Context {
        Context(training: false, precision: precision, random: RandomKey(seed: 0), observer: observer)
    }

    /// A key for random numbers that no other draw of this step uses.
    public func nextRandomKey() -> RandomKey {
        randomDraws += 1
        return random.derived(randomDraws)
    }

    /// Runs `body`, the calculation of `module`, between the observer's two calls.
    public func observe<Result>(_ module: any Module, _ body: () -> Result) -> Result {
        guard let observer else { return body() }
        observer.willCall(module)
        defer { observer.didCall(module) }
        return body()
    }
}

/// The floating-point type of activations; parameters, statistics and losses are float32 in both.
public enum Precision: String, Sendable, Codable, CaseIterable {
    case float32 = "fp32"
    case bfloat16 = "bf16"

    /// The element type of activations.
    public var dataType: DataType { self == .float32 ? .float32 : .bfloat16 }
}

/// Sees the modules of a network as they are called, the outer ones around the inner ones.
public protocol ModuleObserver: AnyObject {
    func willCall(_ module: any Module)
    func didCall(_ module: any Module)
}
