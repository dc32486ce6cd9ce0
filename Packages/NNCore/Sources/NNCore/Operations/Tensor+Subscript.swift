/// What can stand for a dimension in a tensor's subscript: an index, or a range of Swift.
public protocol TensorIndex {
    /// The bounds that are meant along a dimension of `length` elements.
    func bounds(length: Int) -> (lower: Int, upper: Int)

    /// Whether the dimension is left out of the result.
    var dropsDimension: Bool { get }
}

extension TensorIndex {
    public var dropsDimension: Bool { false }
}

extension Int: TensorIndex {
    public func bounds(length: Int) -> (lower: Int, upper: Int) {
        self < 0 ? (length + self, length + self + 1) : (self, next(self))
    }
    public var dropsDimension: Bool { true }
}

extension Range<Int>: TensorIndex {
    public func bounds(length: Int) -> (lower: Int, upper: Int) { (lowerBound, upperBound) }
}

extension ClosedRange<Int>: TensorIndex {
    public func bounds(length: Int) -> (lower: Int, upper: Int) { (lowerBound, next(upperBound)) }
}

extension PartialRangeFrom<Int>: TensorIndex {
    public func bounds(length: Int) -> (lower: Int, upper: Int) { (lowerBound, length) }
}

extension PartialRangeUpTo<Int>: TensorIndex {
    public func bounds(length: Int) -> (lower: Int, upper: Int) { (0, upperBound) }
}

extension PartialRangeThrough<Int>: TensorIndex {
    public func bounds(length: Int) -> (lower: Int, upper: Int) { (0, next(upperBound)) }
}

/// The number after; the last is beyond the end of any dimension as well.
private func next(_ number: Int) -> Int { number == .max ? .max : number + 1 }

extension Tensor {
    /// The part within the ranges, one for each of the first dimensions; the others are taken whole.
    ///
    /// An index in place of a range leaves its dimension out; a negative one counts from the end:
    /// of `[N, H, W, C]`, `x[0, 0..., 2..<5]` is `[H, 3, C]`.
    public subscript(indices: any TensorIndex...) -> Tensor {
        guard indices.count <= rank else {
            return Refused(name: "subscript", reason: "\(indices.count) indices for \(shape)").apply(to: self)
        }
        let sections = shape.enumerated().map { axis, length in
            let (lower, upper) = axis < indices.count ? indices[axis].bounds(length: length) : (0, length)
            return Slice.Section(lower: lower, upper: upper)
        }
        let part = Slice(sections: sections).apply(to: self)
        let kept = part.shape.indices.filter { $0 >= indices.count || !indices[$0].dropsDimension }
        return kept.count == rank ? part : part.reshaped(Shape(kept.map { part.shape[$0] }))
    }
}
