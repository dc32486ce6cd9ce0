import NNLayers

/// Cross entropy + epsilon · (1 - p), with p the probability of the label (Leng et al. 2022, Poly-1), averaged over
/// images or pixels.
public final class PolyLoss: Loss {
    /// The weight of 1 - p; 0 gives cross entropy.
    public let epsilon: Float
    /// The label of images or pixels to ignore.
    public let ignoreIndex: Int?

    /// - Parameters:
    ///   - epsilon: The weight of 1 - p; -1 or more, so that the loss falls with p.
    ///   - ignoreIndex: The label of images or pixels to ignore.
    public init(epsilon: Float = 1, ignoreIndex: Int? = nil) {
        requireOptions("PolyLoss") { try Self.check(epsilon: epsilon) }
        self.epsilon = epsilon
        self.ignoreIndex = ignoreIndex
    }

    fileprivate static func check(epsilon: Float) throws(OptionError) {
        try OptionError.check("epsilon", epsilon, .finite)
        if epsilon < -1 { throw OptionError("epsilon", "must be -1 or more, not \(epsilon)") }
    }

    /// The number of labels that count, over which the loss is a mean.
    public func weight(of labels: Tensor) -> Double? { Double(labels.countOfKnown(ignoring: ignoreIndex)) }

    /// The loss of a batch: one float32 number, of logits `[N, ..., classes]` and labels `[N, ...]`.
    public func callAsFunction(_ logits: Tensor, labels: Tensor) -> Tensor {
        let entropy = logits.softmaxCrossEntropy(labels: labels, ignoreIndex: ignoreIndex)
        // The vector of an ignored label is zero.
        let targets = labels.oneHot(classCount: logits.shape[-1])
        let counted = ignoreIndex.map { labels.isNotEqual(to: $0).cast(to: .float32) } ?? .ones(labels.shape)
        let probabilities = (logits.cast(to: .float32).softmax() * targets).sum(axes: [-1])
        let missing = ((1 - probabilities) * counted).sum() / counted.sum().clamped(min: 1)
        return entropy + missing * epsilon
    }
}

extension PolyLoss {
    /// Options of ``PolyLoss``.
    public struct Options: BuildableOptions {
        /// The weight of 1 - p; 0 gives cross entropy.
        public var epsilon: Float = 1

        /// The defaults.
        public init() {}

        public func validate() throws { try PolyLoss.check(epsilon: epsilon) }

        public func build(_ environment: LossEnvironment, in registry: Registry) -> any Loss {
            PolyLoss(epsilon: epsilon, ignoreIndex: environment.ignoreIndex)
        }
    }
}
