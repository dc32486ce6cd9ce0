@_spi(Text) import NNLayers

/// The weights of the classes as a configuration writes them: the name of a formula over the training
/// labels, a list, or a mapping from class names.
public enum ClassWeights: Codable, Hashable, Sendable {
    /// Computed from the labels of the training samples.
    case formula(ClassWeightFormula)
    /// One for each class.
    case list([Float])
    /// By class name; classes that are not named have the weight 1.
    case named([String: Float])

    /// Reads a name, a list of numbers, or a mapping from names to numbers.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if (try? container.decode(String.self)) != nil {
            self = .formula(try container.decode(ClassWeightFormula.self))
        } else if let list = try? container.decode([Float].self) {
            self = .list(list)
        } else if let named = try? container.decode([String: Float].self) {
            self = .named(named)
        } else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "expected auto or another formula, a list, or a mapping from class names")
        }
    }

    /// Writes a name, a list of numbers, or a mapping from names to numbers.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .formula(let formula): try container.encode(formula)
        case .list(let list): try container.encode(list)
        case .named(let named): try container.encode(named)
        }
    }

    private static let option = "class_weights"

    /// Checks the weights; those of a formula are known only later.
    func validate() throws(OptionError) {
        let weights: [Float]
        switch self {
        case .formula: return
        case .list(let list): weights = list
        case .named(let named): weights = Array(named.values)
        }
        let allowsZeros = if case .named = self { true } else { false }
        try Self.check(weights, allowsZeros: allowsZeros)
    }

    /// The check that configurations and initializers share.
    /// - Parameter allowsZeros: Whether all may be 0.
    static func check(_ weights: [Float]?, allowsZeros: Bool = false) throws(OptionError) {
        guard let weights else { return }
        if !weights.allSatisfy({ $0 >= 0 && $0.isFinite }) || !allowsZeros && weights.allSatisfy({ $0 == 0 }) {
            throw OptionError(option, "must be 0 or more and not all 0")
        }
    }

    /// Traps where there is not one weight for each class: another number might broadcast.
    static func requireCount(of weights: Tensor?, for logits: Tensor, loss: String) {
        guard let weights, logits.rank > 0 else { return }
        require(
            weights.shape == [logits.shape[-1]],
            "\(loss): \(weights.elementCount) class weights for logits \(logits.shape)")
    }

    /// The sum of the weights of labels, of which each counts 1 without weights.
    /// - Parameters:
    ///   - labels: Class indices of any shape.
    ///   - weights: One for each class.
    ///   - ignoreIndex: The label that does not count.
    static func total(of labels: Tensor, weights: [Float]?, ignoreIndex: Int?) -> Double {
        guard let weights else { return Double(labels.countOfKnown(ignoring: ignoreIndex)) }
        var counts = [Int](repeating: 0, count: weights.count)
        labels.cast(to: .int32).withScalars(as: Int32.self) { labels in
            for label in labels where Int(label) != ignoreIndex && counts.indices.contains(Int(label)) {
                counts[Int(label)] += 1
            }
        }
        return zip(counts, weights).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }

    /// The weight of each class.
    /// - Throws: `OptionError` where they are not those of the data's classes, or what the data set throws
    ///   when its labels are counted.
    func resolved(for environment: LossEnvironment) throws -> [Float] {
        let count = environment.classCount
        let weights: [Float]
        switch self {
        case .formula(let formula):
            weights = formula.weights(
                ofCounts: try environment.labelCounts(), imageTotals: try environment.imageTotals?())
        case .list(let list):
            guard list.count == count else {
                throw OptionError(Self.option, "has \(list.count) values, but there are \(count) classes")
            }
            weights = list
        case .named(let named):
            let names = environment.classNames
            for name in named.keys.sorted() where !names.contains(name) {
                let remedy = names.isEmpty ? "the classes have no names" : NearestName.remedy(name, among: names)
                throw OptionError("\(Self.option).\(name)", "there is no class '\(name)'; \(remedy)")
            }
            weights = names.map { named[$0] ?? 1 }
        }
        guard weights.count == count, weights.contains(where: { $0 > 0 }) else {
            throw OptionError(Self.option, "no class would count: the weights are \(weights)")
        }
        return weights
    }
}
