import NNCore

/// How the values of a tensor are distributed, in buckets of equal width.
struct ValueHistogram {
    /// The least value; 0 where there is none.
    private(set) var minimum = 0.0
    /// The largest value; 0 where there is none.
    private(set) var maximum = 0.0
    /// The number of finite values; others do not count.
    private(set) var count = 0
    private(set) var sum = 0.0
    private(set) var sumOfSquares = 0.0
    /// The right end of each bucket.
    private(set) var limits: [Double] = []
    /// The number of values in each bucket.
    private(set) var counts: [Int] = []

    /// TensorBoard shows as many, whatever a file has.
    private static let bucketCount = 30

    /// The distribution of the values of a tensor.
    init(_ tensor: Tensor) { self = tensor.cast(to: .float32).withScalars(as: Float.self, Self.init) }

    /// Two passes over the values: the width of buckets follows from the first.
    init(_ values: UnsafeBufferPointer<Float>) {
        var (low, high) = (Float.infinity, -Float.infinity)
        for value in values where value.isFinite {
            low = min(low, value)
            high = max(high, value)
            count += 1
            let number = Double(value)
            sum += number
            sumOfSquares += number * number
        }
        if count > 0 { (minimum, maximum) = (Double(low), Double(high)) }
        guard maximum > minimum else {
            (limits, counts) = ([maximum], [count])
            return
        }
        let last = Self.bucketCount - 1
        let width = (maximum - minimum) / Double(Self.bucketCount)
        limits = (1...last).map { minimum + width * Double($0) } + [maximum]
        counts = [Int](repeating: 0, count: Self.bucketCount)
        let (start, scale) = (minimum, 1 / width)
        counts.withUnsafeMutableBufferPointer { counts in
            for value in values where value.isFinite {
                // The largest value ends the last bucket, and rounding may place it behind.
                counts[min(Int((Double(value) - start) * scale), last)] += 1
            }
        }
    }
}
