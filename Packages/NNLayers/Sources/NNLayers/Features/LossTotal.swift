/// The loss of a data set, added up from batches of any size: the mean over everything that counts.
///
/// ```swift
/// var total = LossTotal()
/// for batch in batches { total += loss.measure(network(batch.images, .inference()), labels: batch.labels) }
/// print(total.value ?? .nan)
/// ```
public struct LossTotal: Sendable, Hashable, Codable {
    /// A weighted mean, with the factor by which it is added to the others.
    private struct Part: Sendable, Hashable, Codable {
        var factor = 1.0
        var sum: Double
        var weight: Double
    }

    /// One for each term of a sum of losses; none before the first batch.
    private var parts: [Part] = []

    /// Nothing yet.
    public init() {}

    /// The loss of a part of the set.
    /// - Parameters:
    ///   - mean: The mean over what counts; it is not used where nothing does.
    ///   - weight: How much counts, such as the number of labels; 0 for nothing.
    public init(mean: @autoclosure () -> Double, weight: Double) {
        parts = [Part(sum: weight == 0 ? 0 : mean() * weight, weight: weight)]
    }

    /// The loss of a part of the set of which a sum is known.
    /// - Parameters:
    ///   - sum: What the part adds to the sum that the loss is the mean of. It may do so with a weight of 0, as smoothed
    ///     labels of a class without weight.
    ///   - weight: How much counts.
    public init(sum: Double, weight: Double) { parts = [Part(sum: sum, weight: weight)] }

    /// The sum of several losses of the same part of the set.
    /// - Parameter terms: The losses with their factors.
    public init(sumOf terms: [(total: LossTotal, factor: Double)]) {
        for (total, factor) in terms {
            parts += total.parts.map { Part(factor: $0.factor * factor, sum: $0.sum, weight: $0.weight) }
        }
    }

    /// Adds what another part of the set has; traps for totals of different losses.
    public static func += (left: inout LossTotal, right: LossTotal) {
        if left.parts.isEmpty { return left = right }
        if right.parts.isEmpty { return }
        require(
            left.parts.map(\.factor) == right.parts.map(\.factor),
            "LossTotal: losses of \(left.parts.count) and \(right.parts.count) terms")
        for index in left.parts.indices {
            left.parts[index].sum += right.parts[index].sum
            left.parts[index].weight += right.parts[index].weight
        }
    }

    /// The loss so far; nil where nothing has counted, so that it is undefined.
    public var value: Double? {
        let counted = parts.filter { $0.weight != 0 }
        return counted.isEmpty ? nil : counted.reduce(0) { $0 + $1.factor * $1.sum / $1.weight }
    }
}
