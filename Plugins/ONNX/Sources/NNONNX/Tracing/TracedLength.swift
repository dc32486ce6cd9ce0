/// The length of a dimension in each of several traces, which were made with images of different sizes.
public struct TracedLength: Hashable, Sendable {
    /// One a trace.
    public let lengths: [Int]

    init(_ lengths: [Int]) { self.lengths = lengths }

    /// The length where it does not depend on the images.
    public var fixed: Int? { lengths.allSatisfy { $0 == lengths[0] } ? lengths[0] : nil }

    /// The whole factor that makes another length of this one in every trace.
    func factor(to other: TracedLength) -> Int? {
        let factors = Set(zip(lengths, other.lengths).map { $1 % $0 == 0 ? $1 / $0 : 0 })
        return factors.count == 1 && factors != [0] ? factors.first : nil
    }

    static func * (left: TracedLength, right: TracedLength) -> TracedLength {
        TracedLength(zip(left.lengths, right.lengths).map { $0 * $1 })
    }

    static func - (left: TracedLength, right: TracedLength) -> TracedLength {
        TracedLength(zip(left.lengths, right.lengths).map { $0 - $1 })
    }
}
