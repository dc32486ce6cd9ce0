import NNLayers

/// The mean of squared errors, over images and outputs.
///
/// ```swift
/// let loss = MeanSquaredError()
/// loss(network(batch.images), labels: batch.labels)  // labels: [N, C] float32
/// ```
public final class MeanSquaredError: Loss {
    /// The loss has no options.
    public init() {}

    /// Numbers.
    public var labelKinds: Set<LabelKind> { [.values] }

    /// The number of labels that are known.
    public func weight(of labels: Tensor) -> Double? { Double(labels.countOfKnown(ignoring: nil)) }

    /// The loss of a batch: one float32 number, of predictions and labels `[N, C]`; labels that are NaN do not count.
    public func callAsFunction(_ logits: Tensor, labels: Tensor) -> Tensor {
        KnownElements("MeanSquaredError", logits, labels: labels).mean { ($0 - $1).squared() }
    }
}

/// The mean of absolute errors, over images and outputs: less sensitive to outliers than squares.
public final class MeanAbsoluteError: Loss {
    /// The loss has no options.
    public init() {}

    /// Numbers.
    public var labelKinds: Set<LabelKind> { [.values] }

    /// The number of labels that are known.
    public func weight(of labels: Tensor) -> Double? { Double(labels.countOfKnown(ignoring: nil)) }

    /// The loss of a batch: one float32 number, of predictions and labels `[N, C]`; labels that are NaN do not count.
    public func callAsFunction(_ logits: Tensor, labels: Tensor) -> Tensor {
        KnownElements("MeanAbsoluteError", logits, labels: labels).mean { ($0 - $1).abs() }
    }
}

/// Half the square of small errors, and a linear function of large ones (Huber 1964): e^2 / 2 up to delta, and
/// delta (|e| - delta / 2) beyond. The mean over images and outputs.
public final class HuberLoss: Loss {
    /// The error from which the loss is linear.
    public let delta: Float

    /// - Parameter delta: The error from which the loss is linear, above 0.
    public init(delta: Float = 1) {
        requireOptions("HuberLoss") { try OptionError.check("delta", delta, .positive) }
        self.delta = delta
    }

    /// Numbers.
    public var labelKinds: Set<LabelKind> { [.values] }

    /// The number of labels that are known.
    public func weight(of labels: Tensor) -> Double? { Double(labels.countOfKnown(ignoring: nil)) }

    /// The loss of a batch: one float32 number, of predictions and labels `[N, C]`; labels that are NaN do not count.
    public func callAsFunction(_ logits: Tensor, labels: Tensor) -> Tensor {
        KnownElements("HuberLoss", logits, labels: labels).mean { ($0 - $1).huber(delta) }
    }
}

/// Huber's loss divided by its threshold, as in Fast R-CNN (Girshick 2015): e^2 / (2 beta) up to beta, and
/// |e| - beta / 2 beyond. The mean over images and outputs.
public final class SmoothL1Loss: Loss {
    /// The error from which the loss is linear.
    public let beta: Float

    /// - Parameter beta: The error from which the loss is linear, above 0.
    public init(beta: Float = 1) {
        requireOptions("SmoothL1Loss") { try OptionError.check("beta", beta, .positive) }
        self.beta = beta
    }

    /// Numbers.
    public var labelKinds: Set<LabelKind> { [.values] }

    /// The number of labels that are known.
    public func weight(of labels: Tensor) -> Double? { Double(labels.countOfKnown(ignoring: nil)) }

    /// The loss of a batch: one float32 number, of predictions and labels `[N, C]`; labels that are NaN do not count.
    public func callAsFunction(_ logits: Tensor, labels: Tensor) -> Tensor {
        KnownElements("SmoothL1Loss", logits, labels: labels).mean { ($0 - $1).huber(beta) / beta }
    }
}

extension Tensor {
    /// Huber's function of errors: with the part q = min(|e|, delta) it is q (|e| - q / 2).
    fileprivate func huber(_ delta: Float) -> Tensor {
        let size = abs()
        let part = minimum(size, Tensor(scalar: delta))
        return part * (size - part / 2)
    }
}

extension HuberLoss {
    /// Options of ``HuberLoss``.
    struct Options: BuildableOptions {
        /// The error from which the loss is linear, in the unit of the labels.
        var delta: Float = 1

        /// The defaults.
        init() {}

        func validate() throws { try check("delta", delta, .positive) }

        func build(_ environment: LossEnvironment, in registry: Registry) throws -> any Loss {
            HuberLoss(delta: delta)
        }
    }
}

extension SmoothL1Loss {
    /// Options of ``SmoothL1Loss``.
    struct Options: BuildableOptions {
        /// The error from which the loss is linear, in the unit of the labels.
        var beta: Float = 1

        /// The defaults.
        init() {}

        func validate() throws { try check("beta", beta, .positive) }

        func build(_ environment: LossEnvironment, in registry: Registry) throws -> any Loss {
            SmoothL1Loss(beta: beta)
        }
    }
}
