import NNLayers

/// Cross entropy between the sigmoid of logits and class indices, averaged over images or pixels and logits.
///
/// Logits of one for each position, `[N, 1]` or `[N, H, W, 1]`, stand for class 1 of two. Of several each
/// stands for a class, against all the others.
public final class BinaryCrossEntropy: Loss {
    /// The factor of the cost of positives.
    public let positiveWeight: PositiveWeight
    /// The label of what does not count.
    public let ignoreIndex: Int?

    public init(positiveWeight: PositiveWeight = 1, ignoreIndex: Int? = nil) {
        requireOptions("BinaryCrossEntropy") { try positiveWeight.check() }
        self.positiveWeight = positiveWeight
        self.ignoreIndex = ignoreIndex
    }

    public var acceptsOneLogit: Bool { true }

    public func callAsFunction(_ logits: Tensor, labels: Tensor) -> Tensor {
        let weights: Tensor? =
            switch positiveWeight {
            case .same(1): nil
            case .same(let weight): .full([logits.shape[-1]], value: weight)
            case .each(let weights): Tensor(weights)
            }
        return logits.binaryCrossEntropy(labels: labels, positiveWeights: weights, ignoreIndex: ignoreIndex)
    }
}

/// The factor of the cost of positives, as a configuration writes it: a number, or a list by class.
public enum PositiveWeight: Codable, Hashable, Sendable, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
    case same(Float)
    /// One for each logit.
    case each([Float])

    public init(floatLiteral value: Float) { self = .same(value) }
    public init(integerLiteral value: Int) { self = .same(Float(value)) }

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

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .same(let number): try container.encode(number)
        case .each(let list): try container.encode(list)
        }
    }

    /// What configurations and initializers refuse alike.
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

/// What a configuration may say about ``BinaryCrossEntropy``.
public struct BinaryCrossEntropyOptions: ComponentOptions {
    /// The factor of the cost of positives: a number, or a list by class. With (negatives / positives) both
    /// have the same weight.
    public var posWeight: PositiveWeight = 1

    public init() {}

    public func validate() throws {
        try posWeight.check()
    }
}

extension BinaryCrossEntropy {
    /// The loss that options describe.
    /// - Throws: `OptionError` where weights are neither one nor as many as there are classes.
    public convenience init(_ options: BinaryCrossEntropyOptions, _ environment: LossEnvironment) throws {
        // Two classes may be told apart by one logit.
        let counts = environment.classCount == 2 ? 1...2 : environment.classCount...environment.classCount
        if case .each(let list) = options.posWeight, !counts.contains(list.count) {
            throw OptionError(
                "pos_weight", "has \(list.count) values, but there are \(environment.classCount) classes")
        }
        self.init(
            positiveWeight: options.posWeight, ignoreIndex: environment.ignoreIndex)
    }
}
