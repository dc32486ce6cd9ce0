import NNLayers

/// The logits of a batch, and what several metrics need of them.
///
/// Logits of one for each prediction stand for class 1 of two, by its sigmoid.
public final class Predictions {
    /// `[N, ..., classes]`, or `[N, ..., 1]` for two classes.
    public let logits: Tensor

    /// The likeliest class of each prediction: `[N, ...]` int32. Of one logit, class 1 where it is positive.
    public private(set) lazy var classes: Tensor =
        isBinary
        ? logits.isGreater(than: 0).cast(to: .int32).reshaped(Shape(logits.shape.dimensions.dropLast()))
        : logits.argmax(axis: -1)

    /// The probability of each class, float32: `[N, ..., classes]`.
    public var probabilities: Tensor {
        let logits = logits.cast(to: .float32)
        return isBinary
            ? .concatenated([(-logits).sigmoid(), logits.sigmoid()], axis: -1) : logits.softmax()
    }

    public init(logits: Tensor) { self.logits = logits }

    /// Whether there is one logit for each prediction.
    public var isBinary: Bool { logits.shape[-1] == 1 }

    /// The number of classes.
    public var classCount: Int { isBinary ? 2 : logits.shape[-1] }
}
