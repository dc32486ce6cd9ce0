import NNLayers

/// A change of whole training batches, such as mixing images with each other.
///
/// It may vary by nothing but its draws from `random`. The properties of a batch transform are its options:
///
/// ```swift
/// struct LabelNoise: BatchTransform, BuildableOptions {
///     var probability: Float = 0.1
///     func callAsFunction(_ batch: Batch, random: inout RandomGenerator) -> Batch { ... }
/// }
///
/// try registry.register(.batchTransform, "label_noise", summary: "Wrong labels", LabelNoise.self)
/// ```
public protocol BatchTransform: Sendable {
    /// Transforms a batch.
    /// - Parameter random: The only source of randomness, seeded for the epoch and the step.
    func callAsFunction(_ batch: Batch, random: inout RandomGenerator) -> Batch
}

extension BatchTransform where Self: BuildableOptions {
    /// The transform itself; those that depend on the data set replace this.
    public func build(_ environment: TransformEnvironment, in registry: Registry) throws -> any BatchTransform { self }
}

extension ComponentKind<TransformEnvironment, any BatchTransform> {
    /// Transforms of whole batches.
    public static var batchTransform: Self { Self("batch transform") }
}

/// Blends each image of a batch with another one (Zhang et al. 2018).
///
/// The batch then has two labels, or two vectors of flags or values, for each image, see ``Batch/mixture``. A batch that is mixed already is not changed.
public struct Mixup: BatchTransform, BuildableOptions {
    /// The parameter of the beta distribution of shares, from 0.000001 to 1,000; larger values make them more equal.
    /// By default 0.2.
    public var alpha = 0.2
    /// The probability of mixing a batch. By default 1.
    public var probability: Float = 1

    public init() {}

    /// - Parameters:
    ///   - alpha: The parameter of the beta distribution of shares; larger values make them more equal.
    ///   - probability: The probability of mixing a batch.
    public init(alpha: Double = 0.2, probability: Float = 1) {
        self.alpha = alpha
        self.probability = probability
        requireOptions("Mixup", validate)
    }

    public func validate() throws { try checkMixing(alpha, probability) }

    public func callAsFunction(_ batch: Batch, random: inout RandomGenerator) -> Batch {
        guard let (order, share) = batch.drawPartners(alpha, probability, &random) else { return batch }
        return Batch(
            images: batch.images.mixed(with: order, share: Float(share)), labels: batch.labels, indices: batch.indices,
            mixture: LabelMixture(labels: batch.labels.slices(order), share: Float(share)))
    }
}

/// Replaces a rectangle of each image of a batch by that of another one (Yun et al. 2019).
///
/// The batch then has two labels, or two vectors of flags, for each image, see ``Batch/mixture``; masks get the other's
/// labels in the rectangle instead. A batch that is mixed already is not changed. It is not for numbers: a rectangle of
/// another image does not change a position or an age in proportion to its area, and configurations are refused.
public struct CutMix: BatchTransform, BuildableOptions {
    /// The parameter of the beta distribution of the rectangle's share, from 0.000001 to 1,000. By default 1.
    public var alpha = 1.0
    /// The probability of mixing a batch. By default 1.
    public var probability: Float = 1

    public init() {}

    /// - Parameters:
    ///   - alpha: The parameter of the beta distribution of the rectangle's share.
    ///   - probability: The probability of mixing a batch.
    public init(alpha: Double = 1, probability: Float = 1) {
        self.alpha = alpha
        self.probability = probability
        requireOptions("CutMix", validate)
    }

    public func validate() throws { try checkMixing(alpha, probability) }

    public func build(_ environment: TransformEnvironment, in registry: Registry) throws -> any BatchTransform {
        if environment.task.labels == .values {
            throw OptionError(
                "type",
                "'cutmix' mixes classes, and the data set has numbers (\(environment.task.rawValue)); use 'mixup'")
        }
        return self
    }

    public func callAsFunction(_ batch: Batch, random: inout RandomGenerator) -> Batch {
        guard let (order, share) = batch.drawPartners(alpha, probability, &random) else { return batch }
        /// A part of a side about a random centre, cut off at the edges.
        func section(_ length: Int) -> Range<Int> {
            let centre = random.index(below: length)
            let extent = Int(Double(length) * share.squareRoot())
            return max(centre - extent / 2, 0)..<min(centre + (extent + 1) / 2, length)
        }
        let rows = section(batch.images.shape[1])
        let columns = section(batch.images.shape[2])
        guard !rows.isEmpty, !columns.isEmpty else { return batch }
        let images = batch.images.pasting(rows: rows, columns: columns, from: order)
        if batch.labels.rank == 3, batch.labels.dataType == .int32 {
            return Batch(
                images: images, labels: batch.labels.pasting(rows: rows, columns: columns, from: order),
                indices: batch.indices)
        }
        let area = Float(rows.count * columns.count) / Float(batch.images.shape[1] * batch.images.shape[2])
        return Batch(
            images: images, labels: batch.labels, indices: batch.indices,
            mixture: LabelMixture(labels: batch.labels.slices(order), share: area))
    }
}

extension ComponentOptions {
    fileprivate func checkMixing(_ alpha: Double, _ probability: Float) throws(OptionError) {
        guard 1e-6...1000 ~= alpha else {
            throw OptionError("alpha", "must be from 0.000001 to 1000, not \(alpha)")
        }
        try check("probability", probability, .fraction)
    }
}

extension Batch {
    /// Draws the image that each is mixed with, and its share; nil to mix nothing.
    fileprivate func drawPartners(
        _ alpha: Double, _ probability: Float, _ random: inout RandomGenerator
    ) -> (order: [Int], share: Double)? {
        let isMixed = Float(random.unit()) < probability
        let share = 1 - random.beta(alpha)
        guard isMixed, mixture == nil, count > 1 else { return nil }
        return (RandomKey(seed: random.next()).permutation(count), share)
    }
}
