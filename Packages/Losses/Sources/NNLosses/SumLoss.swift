import NNLayers

/// The weighted sum of several losses of the same logits and labels.
public final class SumLoss: Loss {
    /// A loss and what it counts.
    public struct Term {
        public var weight: Float
        public var loss: any Loss

        public init(weight: Float = 1, _ loss: any Loss) {
            self.weight = weight
            self.loss = loss
        }
    }

    /// One or more.
    public let terms: [Term]

    public init(_ terms: [Term]) {
        require(!terms.isEmpty, "SumLoss: no terms")
        for term in terms { require(term.weight, .notNegative, "SumLoss: weight") }
        self.terms = terms
    }

    public var acceptsOneLogit: Bool { terms.allSatisfy(\.loss.acceptsOneLogit) }

    public func callAsFunction(_ logits: Tensor, labels: Tensor) -> Tensor {
        let losses = terms.map { $0.loss(logits, labels: labels) * $0.weight }
        return losses.dropFirst().reduce(losses[0], +)
    }
}

extension SumLoss: ClassWeighted {
    /// Those of the first term that has any.
    public var classWeights: [Float]? {
        terms.lazy.compactMap { ($0.loss as? any ClassWeighted)?.classWeights }.first
    }
}

/// What a configuration may say about ``SumLoss``:
///
/// ```yaml
/// loss:
///   type: sum
///   terms:
///     - loss: focal
///     - {weight: 0.5, loss: {type: dice, smooth: 10}}
/// ```
public struct SumLossOptions: ComponentOptions {
    /// A loss and what it counts.
    public struct Term: ComponentOptions {
        public var weight: Float = 1
        /// The name of a loss, or a mapping with its options.
        public var loss = ConfigNode.null

        public init() {}

        public func validate() throws {
            try OptionError.check("weight", weight, .notNegative)
        }
    }

    /// One or more losses, each with its weight.
    public var terms: [Term] = []

    public init() {}

    public func validate() throws {
        if terms.isEmpty { throw OptionError("terms", "must list one or more losses, such as {weight: 1, loss: dice}") }
    }

    public mutating func resolveComponents(in registry: Registry) throws {
        var problems: [ConfigError.Problem] = []
        for index in terms.indices {
            do throws(ConfigError) {
                terms[index].loss = try registry.check(.loss, terms[index].loss)
            } catch {
                problems += error.problems
            }
        }
        if !problems.isEmpty { throw ConfigError(problems) }
    }
}

extension SumLoss {
    /// The loss that options describe.
    /// - Throws: `ConfigError` for an unknown loss, wrong options, or what it refuses.
    public convenience init(_ options: SumLossOptions, _ environment: LossEnvironment, registry: Registry) throws {
        self.init(
            try options.terms.map { term in
                Term(weight: term.weight, try registry.build(.loss, from: term.loss, environment))
            })
    }
}
