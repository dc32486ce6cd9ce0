import NNLayers

/// A surrogate of 1 - mean IoU by the Lovász extension (Berman et al. 2018), over the classes that are present.
///
/// Over a data set it is the mean over the images, each measured alone, independent of the batch size.
public final class LovaszSoftmaxLoss: Loss {
    /// Whether the loss is the mean of that of each image, or that of all pixels of the batch.
    public let perImage: Bool
    /// The label of images or pixels to ignore.
    public let ignoreIndex: Int?

    /// - Parameters:
    ///   - perImage: Whether the loss is the mean of that of each image, or that of all pixels of the batch.
    ///   - ignoreIndex: The label of images or pixels to ignore.
    public init(perImage: Bool = false, ignoreIndex: Int? = nil) {
        self.perImage = perImage
        self.ignoreIndex = ignoreIndex
    }

    /// The loss of a batch: one float32 number, of logits `[N, ..., classes]` and labels `[N, ...]`.
    public func callAsFunction(_ logits: Tensor, labels: Tensor) -> Tensor {
        let probabilities = logits.cast(to: .float32).softmax()
        if perImage, logits.rank > 2 { return probabilities.lovaszLoss(labels: labels, ignoreIndex: ignoreIndex) }
        return probabilities.reshaped([1, -1, logits.shape[-1]])
            .lovaszLoss(labels: labels.reshaped([1, -1]), ignoreIndex: ignoreIndex)
    }
}

extension LovaszSoftmaxLoss {
    /// Options of ``LovaszSoftmaxLoss``.
    struct Options: BuildableOptions {
        /// Whether the loss is the mean of that of each image, or that of all pixels of the batch.
        var perImage = false

        /// The defaults.
        init() {}

        func build(_ environment: LossEnvironment, in registry: Registry) -> any Loss {
            LovaszSoftmaxLoss(perImage: perImage, ignoreIndex: environment.ignoreIndex)
        }
    }
}
