/// A histogram of the scores of negatives and positives, for the areas under the curves of ROC and of precision and
/// recall.
///
/// Each score has a bin of its own. Beyond a number of bins, 65,536 by default, as for pixels, the last bits of scores are
/// dropped, so that memory does not grow with the number of predictions.
struct ScoreDistribution: Sendable, Hashable {
    private struct Bin: Hashable {
        var negatives = 0
        var positives = 0

        mutating func add(_ other: Bin) {
            negatives += other.negatives
            positives += other.positives
        }
    }

    /// The most bins.
    private let capacity: Int
    /// The bins by the ordered bits of the score, without the dropped ones.
    private var bins: [UInt32: Bin] = [:]
    private var droppedBits = 0

    init(capacity: Int = 65_536) { self.capacity = capacity }

    /// Adds a score; NaN counts as the lowest.
    mutating func add(_ score: Float, isPositive: Bool) {
        let index = Self.order(of: score.isNaN ? -.infinity : score) >> droppedBits
        bins[index, default: Bin()].add(Bin(negatives: isPositive ? 0 : 1, positives: isPositive ? 1 : 0))
        while bins.count > capacity { dropBit() }
    }

    /// Joins each two bins whose scores differ in the last bit that is left.
    private mutating func dropBit() {
        droppedBits += 1
        bins = Dictionary(bins.map { ($0.key >> 1, $0.value) }) { left, right in
            var sum = left
            sum.add(right)
            return sum
        }
    }

    /// Adds the scores of another histogram. As many bits are dropped as if all scores had been added to one.
    mutating func merge(_ other: ScoreDistribution) {
        var other = other
        while other.droppedBits < droppedBits { other.dropBit() }
        while droppedBits < other.droppedBits { dropBit() }
        bins.merge(other.bins) { left, right in
            var sum = left
            sum.add(right)
            return sum
        }
        while bins.count > capacity { dropBit() }
    }

    /// The bits of a number, in the same order as the numbers.
    private static func order(of score: Float) -> UInt32 {
        // -0 equals 0.
        let bits = (score == 0 ? 0 : score).bitPattern
        return bits >> 31 == 0 ? bits | 1 << 31 : ~bits
    }

    /// The number whose bits are at an index of this order.
    private static func score(at order: UInt32) -> Float {
        Float(bitPattern: order >> 31 == 1 ? order & ~(1 << 31) : ~order)
    }

    /// The probability that a positive has a higher score than a negative, where ties count half
    /// (Mann and Whitney 1947); nil unless there are both.
    var areaUnderCurve: Double? {
        var (area, negativesBelow, positives) = (0.0, 0.0, 0.0)
        for (_, bin) in bins.sorted(by: { $0.key < $1.key }) {
            area += Double(bin.positives) * (negativesBelow + Double(bin.negatives) / 2)
            negativesBelow += Double(bin.negatives)
            positives += Double(bin.positives)
        }
        return negativesBelow > 0 && positives > 0 ? area / (negativesBelow * positives) : nil
    }

    /// The number of positives.
    private var positiveCount: Int { bins.values.reduce(0) { $0 + $1.positives } }

    /// The average precision: the sum over all thresholds of the precision times the gain in recall, without
    /// interpolation, as scikit-learn's `average_precision_score`; nil without positives.
    var averagePrecision: Double? {
        let total = positiveCount
        guard total > 0 else { return nil }
        var (sum, positives, predicted) = (0.0, 0, 0)
        for (_, bin) in bins.sorted(by: { $0.key > $1.key }) {
            positives += bin.positives
            predicted += bin.positives + bin.negatives
            sum += Double(bin.positives) * Double(positives) / Double(predicted)
        }
        return sum / Double(total)
    }

    /// The score between two others above which predicting positives gives the largest F1; of equal ones that nearest to
    /// 0. Negative infinity where everything should be positive; nil without positives.
    var bestThreshold: Float? {
        let total = positiveCount
        guard total > 0 else { return nil }
        let sorted = bins.sorted { $0.key > $1.key }
        var best: (f1: Double, score: Float) = (-1, 0)
        var (positives, predicted) = (0, 0)
        for (position, (index, bin)) in sorted.enumerated() {
            positives += bin.positives
            predicted += bin.positives + bin.negatives
            let f1 = 2 * Double(positives) / Double(predicted + total)
            var score = -Float.infinity
            if position + 1 < sorted.count {
                let above = Self.score(at: index << droppedBits)
                let below = Self.score(at: (sorted[position + 1].key + 1) << droppedBits &- 1)
                score = below.isFinite && above.isFinite ? below + (above - below) / 2 : above.nextDown
            }
            if f1 > best.f1 || f1 == best.f1 && abs(score) < abs(best.score) { best = (f1, score) }
        }
        return best.score
    }
}

extension ScoreDistribution: Codable {
    /// The saved form: index, negatives and positives of each bin in order, so that equal counts are encoded
    /// equally.
    private struct Table: Codable {
        var droppedBits: Int
        var bins: [[Int]]
        /// Nil in older checkpoints, for 65,536.
        var capacity: Int?
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let table = try container.decode(Table.self)
        droppedBits = table.droppedBits
        capacity = table.capacity ?? 65_536
        for row in table.bins {
            guard row.count == 3, let index = UInt32(exactly: row[0]) else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(row) is not a bin")
            }
            bins[index] = Bin(negatives: row[1], positives: row[2])
        }
    }

    func encode(to encoder: any Encoder) throws {
        let rows = bins.sorted { $0.key < $1.key }.map { [Int($0.key), $0.value.negatives, $0.value.positives] }
        var container = encoder.singleValueContainer()
        try container.encode(Table(droppedBits: droppedBits, bins: rows, capacity: capacity))
    }
}
