import NNLayers

/// A change of whole batches of training samples, such as mixing images with each other.
///
/// What it draws of `random` is all that it may differ by.
public protocol BatchTransform: Sendable {
    func callAsFunction(_ batch: Batch, random: inout RandomGenerator) -> Batch
}

extension ComponentKind<TransformEnvironment, any BatchTransform> {
    /// Changes of whole batches.
    public static var batchTransform: Self { Self("batch transform") }
}

/// Blends each picture of a batch with another one of it (Zhang et al. 2018).
///
/// The batch then has two labels a picture, see ``Batch/mixture``. A batch that is mixed already stays as it is.
public struct Mixup: BatchTransform, ComponentOptions {
    /// The parameter of the beta distribution that shares are drawn from; the larger, the more equal they are.
    public var alpha = 0.2
    /// The probability of mixing a batch.
    public var probability: Float = 1

    public init() {}

    public init(alpha: Double, probability: Float = 1) {
        self.alpha = alpha
        self.probability = probability
    }

    public func validate() throws { try OptionError.requireMixing(alpha, probability) }

    public func callAsFunction(_ batch: Batch, random: inout RandomGenerator) -> Batch {
        guard let (order, share) = batch.draw(alpha, probability, &random) else { return batch }
        return Batch(
            images: batch.images.mixed(with: order, share: Float(share)), labels: batch.labels, indices: batch.indices,
            mixture: LabelMixture(labels: batch.labels.slices(order), share: Float(share)))
    }
}

extension OptionError {
    static func requireMixing(_ alpha: Double, _ probability: Float) throws(OptionError) {
        guard 1e-6...1000 ~= alpha else {
            throw OptionError("alpha", "must be from 0.000001 to 1000, not \(alpha)")
        }
        try requireProbability(probability, "probability")
    }
}

extension Batch {
    /// Draws the picture that each is mixed with, and the share of those; nil to mix nothing.
    func draw(
        _ alpha: Double, _ probability: Float, _ random: inout RandomGenerator
    ) -> (order: [Int], share: Double)? {
        let isMixed = Float(random.unit()) < probability
        let share = 1 - random.beta(alpha)
        guard isMixed, mixture == nil, count > 1 else { return nil }
        return (RandomKey(seed: random.next()).permutation(count), share)
    }
}

/// Replaces a rectangle of each picture of a batch by that of another one of it (Yun et al. 2019).
///
/// The batch then has two labels a picture, see ``Batch/mixture``; masks get the other's labels in the
/// rectangle instead. A batch that is mixed already stays as it is.
public struct CutMix: BatchTransform, ComponentOptions {
    /// The parameter of the beta distribution that the rectangle's share is drawn from.
    public var alpha = 1.0
    /// The probability of mixing a batch.
    public var probability: Float = 1

    public init() {}

    public init(alpha: Double, probability: Float = 1) {
        self.alpha = alpha
        self.probability = probability
    }

    public func validate() throws { try OptionError.requireMixing(alpha, probability) }

    public func callAsFunction(_ batch: Batch, random: inout RandomGenerator) -> Batch {
        guard let (order, share) = batch.draw(alpha, probability, &random) else { return batch }
        /// The part of a side, around a place that may be at the edge, so that it may be shorter.
        func section(_ length: Int) -> Range<Int> {
            let middle = random.index(below: length)
            let extent = Int(Double(length) * share.squareRoot())
            return max(middle - extent / 2, 0)..<min(middle + (extent + 1) / 2, length)
        }
        let rows = section(batch.images.shape[1])
        let columns = section(batch.images.shape[2])
        guard !rows.isEmpty, !columns.isEmpty else { return batch }
        let images = batch.images.pasting(rows: rows, columns: columns, from: order)
        if batch.labels.rank == 3 {
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
