// Functions of float32 and bfloat16; the latter are calculated in float32, in which a rounded mean does not show.
extension Tensor {
    /// The variance of all elements, of rank 0.
    /// - Parameter correction: See ``variance(axes:correction:keepsDimensions:)``.
    public func variance(correction: Int = 0) -> Tensor {
        variance(axes: Array(shape.indices), correction: correction)
    }

    /// The variances over some dimensions: the sums of squared distances from the mean, divided by their number less
    /// `correction`.
    ///
    /// - Parameter correction: 0 for the biased variance of the elements themselves; 1, which is PyTorch's default, for
    ///   the unbiased estimate from a sample. Of no more elements than it the result is not finite.
    public func variance(axes: [Int], correction: Int = 0, keepsDimensions: Bool = false) -> Tensor {
        wideVariance(axes, correction, keepsDimensions).narrowed(like: self)
    }

    /// The standard deviation of all elements, of rank 0.
    /// - Parameter correction: See ``variance(axes:correction:keepsDimensions:)``.
    public func standardDeviation(correction: Int = 0) -> Tensor {
        standardDeviation(axes: Array(shape.indices), correction: correction)
    }

    /// The standard deviations over some dimensions: the roots of
    /// ``variance(axes:correction:keepsDimensions:)``. Where it is 0, so is the gradient.
    public func standardDeviation(axes: [Int], correction: Int = 0, keepsDimensions: Bool = false) -> Tensor {
        wideVariance(axes, correction, keepsDimensions).rootWithFiniteSlope.narrowed(like: self)
    }

    /// The norm of all elements, of rank 0.
    /// - Parameter p: See ``norm(_:axes:keepsDimensions:)``.
    public func norm(_ p: Float = 2) -> Tensor { norm(p, axes: Array(shape.indices)) }

    /// The norms of the vectors over some dimensions: `(Σ |x|^p)^(1/p)`.
    ///
    /// Where a gradient is not defined it is 0: for p = 2 at the vector 0, for p = 1 at elements that are 0. The greatest
    /// magnitudes share that of the infinity norm.
    /// - Parameter p: 1 or more: 1 for the sum of magnitudes, 2 for the Euclidean norm, `.infinity` for the greatest
    ///   magnitude.
    public func norm(_ p: Float = 2, axes: [Int], keepsDimensions: Bool = false) -> Tensor {
        guard p >= 1, dataType.isFloatingPoint else {
            let reason = p >= 1 ? "takes float32 or bfloat16, not \(specification)" : "p must be 1 or more, not \(p)"
            return Refused(name: "norm", reason: reason).apply(to: self)
        }
        let values = cast(to: .float32)
        let result =
            switch p {
            case 1: values.abs().sum(axes: axes, keepsDimensions: keepsDimensions)
            case 2: values.squared().sum(axes: axes, keepsDimensions: keepsDimensions).rootWithFiniteSlope
            case .infinity: values.abs().max(axes: axes, keepsDimensions: keepsDimensions)
            default:
                values.abs().power(p).sum(axes: axes, keepsDimensions: keepsDimensions)
                    .replacingZeros { $0.power(1 / p) }
            }
        return result.narrowed(like: self)
    }

    /// The variance in float32. The mean refuses integers.
    private func wideVariance(_ axes: [Int], _ correction: Int, _ keepsDimensions: Bool) -> Tensor {
        guard correction >= 0 else {
            return Refused(name: "variance", reason: "correction must be 0 or more, not \(correction)").apply(to: self)
        }
        let values = dataType.isFloatingPoint ? cast(to: .float32) : self
        let squares = (values - values.mean(axes: axes, keepsDimensions: true)).squared()
        guard correction > 0 else { return squares.mean(axes: axes, keepsDimensions: keepsDimensions) }
        let count = Set(axes.compactMap { resolvedAxis($0, rank: rank) }).reduce(1) { $0 * shape[$1] }
        return squares.sum(axes: axes, keepsDimensions: keepsDimensions) / Float(Swift.max(count - correction, 0))
    }

    private func narrowed(like tensor: Tensor) -> Tensor {
        tensor.dataType.isFloatingPoint ? cast(to: tensor.dataType) : self
    }

    /// The square root, with a slope of 0 where it would be infinite.
    private var rootWithFiniteSlope: Tensor { replacingZeros { $0.sqrt() } }

    /// A function that is 0 at 0, with a slope of 0 there: 1 goes in, so that no infinite slope meets the gradient 0.
    private func replacingZeros(_ function: (Tensor) -> Tensor) -> Tensor {
        let isZero = isEqual(to: 0)
        let values = Tensor.select(isZero, .ones([]), self)
        return .select(isZero, .zeros([]), function(values))
    }
}
