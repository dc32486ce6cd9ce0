import NNLayers

/// A surrogate of 1 - mean IoU by the Lovász extension (Berman et al. 2018), over the classes that are present.
public final class LovaszSoftmaxLoss: Loss {
    /// Whether pictures are measured one by one and averaged, or as one with all pixels of the batch.
    public let perImage: Bool
    /// The label of what does not count.
    public let ignoreIndex: Int?

    public init(perImage: Bool = false, ignoreIndex: Int? = nil) {
        self.perImage = perImage
        self.ignoreIndex = ignoreIndex
    }

    public func callAsFunction(_ logits: Tensor, labels: Tensor) -> Tensor {
        let probabilities = logits.cast(to: .float32).softmax()
        if perImage, logits.rank > 2 { return probabilities.lovaszLoss(labels: labels, ignoreIndex: ignoreIndex) }
        return probabilities.reshaped([1, -1, logits.shape[-1]])
            .lovaszLoss(labels: labels.reshaped([1, -1]), ignoreIndex: ignoreIndex)
    }
}

/// What a configuration may say about ``LovaszSoftmaxLoss``.
public struct LovaszSoftmaxLossOptions: ComponentOptions {
    /// Whether pictures are measured one by one and averaged, or as one with all pixels of the batch.
    public var perImage = false

    public init() {}
}

extension LovaszSoftmaxLoss {
    /// The loss that options describe.
    public convenience init(_ options: LovaszSoftmaxLossOptions, _ environment: LossEnvironment) {
        self.init(perImage: options.perImage, ignoreIndex: environment.ignoreIndex)
    }
}
