import Foundation
import NNLayers

/// Draws that a run can be resumed from: unlike Swift's own, they do not change with its version.
extension RandomGenerator {
    /// One of `0 ..< count`, all with equal probability.
    mutating func index(below count: Int) -> Int {
        // The upper half of the product is below count; its bias is less than count / 2^64.
        Int(next().multipliedFullWidth(by: UInt64(count)).high)
    }

    /// A number between 0 and 1, neither of them itself.
    mutating func unit() -> Double { (Double(next() >> 11) + 0.5) * 0x1p-53 }

    /// A number from the standard normal distribution (Box and Muller 1958).
    mutating func normal() -> Double { (-2 * log(unit())).squareRoot() * cos(2 * .pi * unit()) }

    /// A number between 0 and 1 from the symmetric beta distribution: one half in the mean, for a small `alpha` mostly
    /// close to 0 or 1, for a large one mostly close to one half.
    mutating func beta(_ alpha: Double) -> Double {
        let (first, second) = (logGamma(alpha), logGamma(alpha))
        return 1 / (1 + exp(second - first))
    }

    /// The logarithm of a number from the gamma distribution (Marsaglia and Tsang 2000). The number itself may be
    /// smaller than any `Double`.
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
