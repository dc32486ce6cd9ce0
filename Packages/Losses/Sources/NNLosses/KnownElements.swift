import NNLayers

/// The logits and labels of a loss that compares them element by element, without the labels that are unknown.
struct KnownElements {
    private let logits: Tensor
    private let labels: Tensor
    /// 1 where the label is known, else 0.
    private let known: Tensor

    /// - Parameters:
    ///   - loss: The type of the loss, for messages.
    ///   - logits: `[N, ...]` of any type.
    ///   - labels: float32 in the same shape; NaN where unknown.
    init(_ loss: String, _ logits: Tensor, labels: Tensor) {
        require(
            labels.shape == logits.shape && labels.dataType == .float32,
            "\(loss): labels \(labels.specification) for logits \(logits.shape)")
        let isUnknown = labels.isNotEqual(to: labels)
        self.logits = logits.cast(to: .float32).replacing(with: 0 as Float, where: isUnknown)
        self.labels = labels.replacing(with: 0 as Float, where: isUnknown)
        known = 1 - isUnknown.cast(to: .float32)
    }

    /// The mean of a function of logits and labels over the known elements; 0 without any.
    func mean(_ function: (_ logits: Tensor, _ labels: Tensor) -> Tensor) -> Tensor {
        (function(logits, labels) * known).sum() / maximum(known.sum(), Tensor(scalar: 1 as Float))
    }
}
