import NNLayers

/// Cross entropy between the sigmoid of logits and labels, averaged over images or pixels and logits.
///
/// Labels are class indices, or 0 and 1 for each class of each image, as for several classes in an image. With class
/// indices, a single logit, `[N, 1]` or `[N, H, W, 1]`, predicts class 1 of two. Of several logits each predicts one
/// class against all others. Values and weights are those of PyTorch's `binary_cross_entropy_with_logits`.
public final class BinaryCrossEntropy: Loss {
    /// The factor of the loss of positives.
    public let positiveWeight: PositiveWeight
    /// The label of images or pixels to ignore.
    public let ignoreIndex: Int?

    /// - Parameters:
    ///   - positiveWeight: The factor of the loss of positives: one for all logits, or one for each.
    ///   - ignoreIndex: The label of images or pixels to ignore.
    public init(positiveWeight: PositiveWeight = 1, ignoreIndex: Int? = nil) {
        requireOptions("BinaryCrossEntropy") { try positiveWeight.check() }
        self.positiveWeight = positiveWeight
        self.ignoreIndex = ignoreIndex
    }

    /// True: a single logit predicts class 1 of two.
    public var acceptsOneLogit: Bool { true }

    /// Class indices, and flags for each class.
    public var labelKinds: Set<LabelKind> { [.classes, .flags] }

    /// The number of labels that count.
    public func weight(of labels: Tensor) -> Double? { Double(labels.countOfKnown(ignoring: ignoreIndex)) }

    /// The loss of a batch: one float32 number.
    /// - Parameters:
    ///   - logits: `[N, ..., classes]`, or `[N, ..., 1]` for two classes.
    ///   - labels: `[N, ...]` int32 class indices; or float32 from 0 to 1 in the shape of the logits, of which NaN is
    ///     unknown and does not count.
    public func callAsFunction(_ logits: Tensor, labels: Tensor) -> Tensor {
        let weights: Tensor? =
            switch positiveWeight {
            case .same(1): nil
            case .same(let weight): .full([logits.shape[-1]], value: weight)
            case .each(let weights): Tensor(weights)
            }
        guard labels.dataType.isFloatingPoint else {
            return logits.binaryCrossEntropy(labels: labels, positiveWeights: weights, ignoreIndex: ignoreIndex)
        }
        return KnownElements("BinaryCrossEntropy", logits, labels: labels).mean { logits, labels in
            // -(w y log s + (1 - y) log(1 - s)) = (1 - y) x + (1 + (w - 1) y) log(1 + exp(-x)), where the last
            // logarithm is max(-x, 0) + log(1 + exp(-|x|)).
            let rest: Tensor = (1 + (-logits.abs()).exp()).log()
            let softplus: Tensor = maximum(-logits, Tensor(scalar: 0 as Float)) + rest
            let negatives: Tensor = (1 - labels) * logits
            guard let weights else { return negatives + softplus }
            let factors: Tensor = labels * (weights - 1) + 1
            return negatives + factors * softplus
        }
    }
}

extension BinaryCrossEntropy {
    /// Options of ``BinaryCrossEntropy``.
    struct Options: BuildableOptions {
        /// The factor of the loss of positives: a number, or one for each class. With (negatives / positives) both
        /// have the same weight.
        var posWeight: PositiveWeight = 1

        /// The defaults.
        init() {}

        func validate() throws { try posWeight.check() }

        func build(_ environment: LossEnvironment, in registry: Registry) throws -> any Loss {
            // A single logit can predict two classes that exclude each other.
            let isOneOfTwo = environment.classCount == 2 && environment.task.labels == .classes
            let counts = isOneOfTwo ? 1...2 : environment.classCount...environment.classCount
            if case .each(let list) = posWeight, !counts.contains(list.count) {
                throw OptionError(
                    "pos_weight", "has \(list.count) values, but there are \(environment.classCount) classes")
            }
            return BinaryCrossEntropy(positiveWeight: posWeight, ignoreIndex: environment.ignoreIndex)
        }
    }
}

/// The factor of the loss of positives: a number, or a list with one for each logit.
public enum PositiveWeight: Codable, Hashable, Sendable, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByArrayLiteral
{
    /// One for all logits.
    case same(Float)
    /// One for each logit.
    case each([Float])

    /// One for all logits.
    public init(floatLiteral value: Float) { self = .same(value) }
    /// One for all logits.
    public init(integerLiteral value: Int) { self = .same(Float(value)) }
    /// One for each logit.
    public init(arrayLiteral elements: Float...) { self = .each(elements) }

    /// Reads a number or a list of numbers.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Float.self) {
            self = .same(number)
        } else if let list = try? container.decode([Float].self) {
            self = .each(list)
        } else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "expected a number, or a list with one for each logit")
        }
    }

    /// Writes a number or a list of numbers.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .same(let number): try container.encode(number)
        case .each(let list): try container.encode(list)
        }
    }

    /// The check that configurations and initializers share.
    fileprivate func check() throws(OptionError) {
        let numbers: [Float] =
            switch self {
            case .same(let number): [number]
            case .each(let list): list
            }
        if numbers.isEmpty { throw OptionError("pos_weight", "must be a number, or one for each class") }
        for number in numbers { try OptionError.check("pos_weight", number, .positive) }
    }
}
