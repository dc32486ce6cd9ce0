@_spi(Kernels) import NNCore

/// How the range of activations that 8 bits stand for is found from those of some images.
public enum Calibration: Hashable, Sendable, CustomStringConvertible {
    /// From the least to the greatest value.
    case minimumMaximum
    /// Without the largest values at each end: half of what is above the percentile, from above 50 to 100. Rare outliers
    /// then do not coarsen all others; they are clipped.
    case percentile(Double = 99.99)

    public var description: String {
        switch self {
        case .minimumMaximum: "minimum-maximum"
        case .percentile(let percentile): "percentile \(percentile)"
        }
    }
}

/// The values of one tensor over all images of a calibration.
struct ActivationRange {
    private(set) var lower = Float.infinity
    private(set) var upper = -Float.infinity
    private(set) var isFinite = true
    private var histogram: ActivationHistogram?

    init(_ calibration: Calibration) {
        if case .percentile = calibration { histogram = ActivationHistogram() }
    }

    mutating func add(_ tensor: Tensor) {
        let values = tensor.cast(to: .float32)
        guard values.elementCount > 0 else { return }
        let (least, greatest) = values.withScalars(as: Float.self) { values in
            var (least, greatest) = (Float.infinity, -Float.infinity)
            for value in values {
                least = value < least ? value : least
                greatest = value > greatest ? value : greatest
            }
            return (least, greatest)
        }
        guard values.isFinite else {
            isFinite = false
            return
        }
        lower = min(lower, least)
        upper = max(upper, greatest)
        values.withScalars(as: Float.self) { histogram?.add($0, largest: max(abs(least), abs(greatest))) }
    }

    /// The range that 8 bits stand for; nil where there was no value.
    func range(_ calibration: Calibration) -> ClosedRange<Float>? {
        guard lower <= upper else { return nil }
        guard case .percentile(let percentile) = calibration, let histogram else { return lower...upper }
        let limits = histogram.limits(leavingOut: (100 - percentile) / 200)
        return max(lower, limits.lowerBound)...min(upper, limits.upperBound)
    }
}

/// Counts of values in equal bins around 0, whose width doubles when a larger value comes.
struct ActivationHistogram {
    /// Bins on each side of 0.
    static let sideCount = 4096
    private(set) var counts = [Int](repeating: 0, count: 2 * sideCount)
    /// The magnitude at which the bins end, a power of two; 0 before there is a value.
    private(set) var limit: Float = 0

    /// - Parameter largest: The largest magnitude among the values, which are finite.
    mutating func add(_ values: UnsafeBufferPointer<Float>, largest: Float) {
        if limit == 0 { limit = largest > 0 ? max(largest.binade, 0x1p-100) : 0x1p-100 }
        while largest >= limit { widen() }
        let (scale, side) = (Float(Self.sideCount) / limit, Float(Self.sideCount))
        counts.withUnsafeMutableBufferPointer { counts in
            // The sum may be rounded up to the end of the last bin.
            for value in values { counts[min(Int(value * scale + side), counts.count - 1)] += 1 }
        }
    }

    private mutating func widen() {
        var wide = [Int](repeating: 0, count: counts.count)
        for (index, count) in counts.enumerated() { wide[Self.sideCount / 2 + index / 2] += count }
        counts = wide
        limit *= 2
    }

    /// The limits beyond which at most a fraction of all values lie on each side, at the ends of bins.
    func limits(leavingOut fraction: Double) -> ClosedRange<Float> {
        let most = Double(counts.reduce(0, +)) * fraction
        func firstBin(_ counts: some Sequence<Int>) -> Int {
            var passed = 0
            for (index, count) in counts.enumerated() {
                passed += count
                if Double(passed) > most { return index }
            }
            return 0
        }
        let width = limit / Float(Self.sideCount)
        let lower = Float(firstBin(counts) - Self.sideCount) * width
        let upper = Float(Self.sideCount - firstBin(counts.reversed())) * width
        return min(lower, upper)...max(lower, upper)
    }
}
