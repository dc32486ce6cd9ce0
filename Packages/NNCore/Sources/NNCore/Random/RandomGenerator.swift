import CNNKernels

/// A sequence of random numbers that is a pure function of a key, for Swift's own random functions.
///
/// ```swift
/// var random = RandomGenerator(key: key.derived("crop"))
/// let left = Int.random(in: 0...8, using: &random)
/// ```
public struct RandomGenerator: RandomNumberGenerator, Sendable {
    private let key: RandomKey
    private var counter: UInt64 = 0
    private var pending: UInt64?

    /// A generator at the start of the key's sequence; two of one key give the same numbers.
    public init(key: RandomKey) { self.key = key }

    public mutating func next() -> UInt64 {
        if let number = pending {
            pending = nil
            return number
        }
        var first: UInt64 = 0
        var second: UInt64 = 0
        nn_philox(key.bits, counter, 0, &first, &second)
        counter += 1
        pending = second
        return first
    }
}

extension RandomKey {
    /// The numbers `0 ..< count` in random order, all orders with equal probability.
    ///
    /// The order is part of what a run can be resumed from. So it is made here (Fisher and Yates) and not by
    /// `shuffled(using:)`, whose algorithm may change with the Swift version.
    public func permutation(_ count: Int) -> [Int] {
        require(count, .notNegative, "permutation: count")
        var generator = RandomGenerator(key: self)
        var result = Array(0..<count)
        for last in result.indices.dropFirst().reversed() {
            // The upper half of the product is below last + 1; its bias is less than count / 2^64.
            let choice = generator.next().multipliedFullWidth(by: UInt64(last + 1)).high
            result.swapAt(last, Int(choice))
        }
        return result
    }
}
