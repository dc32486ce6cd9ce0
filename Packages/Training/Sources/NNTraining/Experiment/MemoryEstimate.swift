import NNLayers

/// About how many bytes training takes, from shapes alone.
public struct MemoryEstimate: Sendable, Codable, Equatable {
    public var parameters = 0
    public var gradients = 0
    public var optimizerState = 0
    public var averagedWeights = 0
    /// All results that a gradient flows through, since the backward calculation needs most of them, and the
    /// largest of the others, which are let go of at once.
    public var activations = 0

    public var total: Int { parameters + gradients + optimizerState + averagedWeights + activations }

    public init() {}

    /// - Parameters:
    ///   - trace: Of the forward calculation of one batch.
    ///   - stateCount: How many tensors the optimizer keeps for each parameter.
    init(_ network: some Module, trace: Trace, stateCount: Int, keepsAverage: Bool) {
        let count = network.parameterCount
        let size = DataType.float32.byteCount
        parameters = size * (count.parameters + count.statistics)
        gradients = size * count.trainable
        optimizerState = size * count.trainable * stateCount
        averagedWeights = keepsAverage ? parameters : 0
        func byteCount(_ step: Trace.Step) -> Int { step.outputSpecifications.reduce(0) { $0 + $1.byteCount } }
        activations =
            trace.steps.filter(\.isTracked).reduce(0) { $0 + byteCount($1) }
            + (trace.steps.filter { !$0.isTracked }.map(byteCount).max() ?? 0)
    }
}
