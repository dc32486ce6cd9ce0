import Foundation
import NNLayers

/// Draws whose results are the same in every version, unlike those of Swift's own functions, so that a run can be
/// resumed after an update.
extension RandomGenerator {
    /// An index in `0 ..< count`, uniformly distributed.
    public mutating func index(below count: Int) -> Int {
        require(count > 0, "index: below \(count)")
        // The upper half of the product is below count; its bias is less than count / 2^64.
        return Int(next().multipliedFullWidth(by: UInt64(count)).high)
    }

    /// A number between 0 and 1, exclusively, uniformly distributed.
    public mutating func unit() -> Double { (Double(next() >> 11) + 0.5) * 0x1p-53 }

    /// A number within bounds, uniformly distributed.
    public mutating func number(in range: ClosedRange<Float>) -> Float {
        let number = range.lowerBound + (range.upperBound - range.lowerBound) * Float(unit())
        return min(number, range.upperBound)
    }

    /// A number of the standard normal distribution (Box and Muller 1958).
    public mutating func normal() -> Double { (-2 * log(unit())).squareRoot() * cos(2 * .pi * unit()) }

    /// A number between 0 and 1 of the symmetric beta distribution with the mean one half: for small `alpha` mostly
    /// close to 0 or 1, for large ones mostly close to one half.
    /// - Parameter alpha: Positive.
    public mutating func beta(_ alpha: Double) -> Double {
        require(alpha, .positive, "beta: alpha")
        let (first, second) = (logGamma(alpha), logGamma(alpha))
        return 1 / (1 + exp(second - first))
    }

    /// The logarithm of a number of the gamma distribution (Marsaglia and Tsang 2000), which itself may be smaller than
    /// any `Double`.
    private mutating func logGamma(_ shape: Double) -> Double {
        // Their method is for shapes from 1 on; a power of a uniform number leads to one below.
        if shape < 1 { return logGamma(shape + 1) + log(unit()) / shape }
        let d = shape - 1 / 3
        while true {
            let x = normal()
            let root = 1 + x / (9 * d).squareRoot()
            guard root > 0 else { continue }
            let logV = 3 * log(root)
            if log(unit()) < x * x / 2 + d - d * exp(logV) + d * logV { return log(d) + logV }
        }
    }
}
