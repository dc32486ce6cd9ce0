// Other shapes of the same elements. The memory is shared with this tensor, nothing is copied.
extension Tensor {
    /// The tensor without a dimension of length 1: of `[N, 1, C]`, `squeezed(axis: 1)` is `[N, C]`.
    ///
    /// An axis of another length traps: whether it disappears would depend on the data.
    public func squeezed(axis: Int) -> Tensor {
        guard let position = resolvedAxis(axis, rank: rank), shape[position] == 1 else {
            let reason =
                resolvedAxis(axis, rank: rank).map { "axis \(axis) of \(shape) has length \(shape[$0]), not 1" }
                ?? "\(shape) has no axis \(axis)"
            return Refused(name: "squeezed", reason: reason).apply(to: self)
        }
        var lengths = shape.dimensions
        lengths.remove(at: position)
        return reshaped(Shape(lengths))
    }

    /// The tensor without all its dimensions of length 1.
    public func squeezed() -> Tensor { withShape(Shape(shape.filter { $0 != 1 })) }

    /// The tensor with a dimension of length 1 before dimension `axis`: of `[N, C]`, `expandedDimension(at: 1)` is
    /// `[N, 1, C]`.
    /// - Parameter axis: Where the dimension is in the result; -1 is behind all others.
    public func expandedDimension(at axis: Int) -> Tensor {
        guard let position = resolvedAxis(axis, rank: rank + 1) else {
            return Refused(name: "expandedDimension", reason: "\(shape) takes no axis \(axis)").apply(to: self)
        }
        var lengths = shape.dimensions
        lengths.insert(1, at: position)
        return reshaped(Shape(lengths))
    }

    /// The tensor with neighbouring dimensions joined to one: of `[N, H, W, C]`, `flattened(from: 1)` is
    /// `[N, H * W * C]`, and `flattened(from: 1, through: 2)` is `[N, H * W, C]`.
    ///
    /// A tensor of rank 0 becomes `[1]`.
    /// - Parameters:
    ///   - first: The first axis that is joined; the others before it stay.
    ///   - last: The last axis that is joined.
    public func flattened(from first: Int = 0, through last: Int = -1) -> Tensor {
        let rank = Swift.max(rank, 1)
        guard let start = resolvedAxis(first, rank: rank), let end = resolvedAxis(last, rank: rank), start <= end else {
            return Refused(name: "flattened", reason: "\(shape) has no axes from \(first) through \(last)")
                .apply(to: self)
        }
        guard self.rank > 0 else { return reshaped([1]) }
        let joined = shape[start...end].reduce(1, *)
        let (before, after) = (Array(shape.dimensions[..<start]), Array(shape.dimensions[(end + 1)...]))
        return withShape(Shape(before + [joined] + after))
    }

    /// The tensor with two dimensions exchanged: of `[N, T, C]`, `transposed(1, 2)` is `[N, C, T]`.
    ///
    /// The result has memory of its own, except where one of the lengths is 1 and the order of the elements stays.
    public func transposed(_ first: Int, _ second: Int) -> Tensor {
        guard let left = resolvedAxis(first, rank: rank), let right = resolvedAxis(second, rank: rank) else {
            return Refused(name: "transpose", reason: "\(shape) has no axes \(first) and \(second)").apply(to: self)
        }
        var order = Array(0..<rank)
        order.swapAt(left, right)
        return arranged(order)
    }

    /// Tensors of one shape and type side by side along a new axis: three of `[H, W]` give `[3, H, W]`.
    /// - Parameter axis: Where the new dimension is in the result; -1 is behind all others.
    public static func stacked(_ tensors: [Tensor], axis: Int = 0) -> Tensor {
        guard let first = tensors.first else { trap("stacked: no tensors to join") }
        guard let position = resolvedAxis(axis, rank: first.rank + 1) else {
            return Refused(name: "stacked", reason: "\(first.shape) takes no axis \(axis)").apply(to: tensors)[0]
        }
        if let other = tensors.firstIndex(where: { $0.specification != first.specification }) {
            let reason = "input \(other) is \(tensors[other].specification), input 0 \(first.specification)"
            return Refused(name: "stacked", reason: reason).apply(to: tensors)[0]
        }
        return concatenated(tensors.map { $0.expandedDimension(at: position) }, axis: position)
    }

    /// The same elements under another shape; no operation is recorded where they have it.
    func withShape(_ shape: Shape) -> Tensor { shape == self.shape ? self : reshaped(shape) }

    /// The dimensions in another order: without a copy where only dimensions of length 1 move.
    func arranged(_ order: [Int]) -> Tensor {
        let moved = order.filter { shape[$0] != 1 }
        guard moved != moved.sorted() else { return withShape(Shape(order.map { shape[$0] })) }
        return transposed(order)
    }
}
