import NNLayers

/// The weighted sum of several losses of the same logits and labels.
///
/// ```swift
/// let loss = SumLoss([(CrossEntropy(), 1), (DiceLoss(), 0.5)])
/// ```
public final class SumLoss: Loss {
    /// The losses with their weights: one or more.
    public let terms: [(loss: any Loss, weight: Float)]

    /// - Parameter terms: One or more losses, each with its weight, 0 or more.
    public init(_ terms: [(loss: any Loss, weight: Float)]) {
        requireOptions("SumLoss") {
            try Self.check(termCount: terms.count)
            for term in terms { try OptionError.check("weight", term.weight, .notNegative) }
        }
        self.terms = terms
    }

    fileprivate static func check(termCount: Int) throws(OptionError) {
        if termCount == 0 {
            throw OptionError("terms", "must list one or more losses, such as {weight: 1, loss: dice}")
        }
    }

    /// Whether a single logit can predict class 1 of two by all losses.
    public var acceptsOneLogit: Bool { terms.allSatisfy { $0.loss.acceptsOneLogit } }

    /// The kinds of labels that all losses take.
    public var labelKinds: Set<LabelKind> {
        terms.dropFirst().reduce(terms[0].loss.labelKinds) { $0.intersection($1.loss.labelKinds) }
    }

    /// The loss of a batch: one float32 number, of logits `[N, ..., classes]` and labels `[N, ...]`.
    public func callAsFunction(_ logits: Tensor, labels: Tensor) -> Tensor {
        let losses = terms.map { $0.loss(logits, labels: labels) * $0.weight }
        return losses.dropFirst().reduce(losses[0], +)
    }
}

extension SumLoss {
    /// The label that no term counts; nil where they differ.
    public var ignoreIndex: Int? {
        let ignored = terms.map(\.loss.ignoreIndex)
        return ignored.allSatisfy { $0 == ignored[0] } ? ignored[0] : nil
    }

    /// Each term measured in its own way.
    public func measure(_ logits: Tensor, labels: Tensor) -> LossTotal {
        LossTotal(sumOf: terms.map { ($0.loss.measure(logits, labels: labels), Double($0.weight)) })
    }
}

extension SumLoss: ClassWeighted {
    /// Those of the first loss that has any.
    public var classWeights: [Float]? {
        terms.lazy.compactMap { ($0.loss as? any ClassWeighted)?.classWeights }.first
    }
}

extension SumLoss {
    /// Options of ``SumLoss``:
    ///
    /// ```yaml
    /// loss:
    ///   type: sum
    ///   terms:
    ///     - loss: focal
    ///     - {weight: 0.5, loss: {type: dice, smooth: 10}}
    /// ```
    struct Options: BuildableOptions {
        /// A loss with its weight.
        struct Term: ComponentOptions {
            /// The factor of the loss.
            var weight: Float = 1
            /// The name of a loss, or a mapping with its options.
            var loss: Component<LossEnvironment, any Loss> = nil

            /// The defaults.
            init() {}

            func validate() throws { try check("weight", weight, .notNegative) }
        }

        /// One or more losses, each with its weight.
        var terms: [Term] = []

        /// The defaults.
        init() {}

        func validate() throws { try SumLoss.check(termCount: terms.count) }

        mutating func resolveComponents(in registry: Registry) throws {
            var problems: [ConfigError.Problem] = []
            for index in terms.indices {
                do throws(ConfigError) {
                    terms[index].loss = try registry.resolve(.loss, terms[index].loss)
                } catch {
                    problems += error.problems
                }
            }
            if !problems.isEmpty { throw ConfigError(problems) }
        }

        func build(_ environment: LossEnvironment, in registry: Registry) throws -> any Loss {
            SumLoss(try terms.map { (try registry.build(.loss, $0.loss, environment), $0.weight) })
        }
    }
}
