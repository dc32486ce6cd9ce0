import NNCore

/// Different multiples of 0.05 around zero in an order without pattern, so that no maximum is a tie and
/// a small step changes none.
func distinctTensor(_ shape: Shape, seed: Int = 1) -> Tensor {
    let count = shape.elementCount
    var order = Array(0..<count)
    var state = UInt64(seed) &* 0x9e37_79b9_7f4a_7c15
    for index in order.indices.reversed() {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        order.swapAt(index, Int((state >> 33) % UInt64(index + 1)))
    }
    return Tensor(order.map { Float($0 - count / 2) * 0.05 }, shape: shape)
}

/// The numbers 0, 1, 2, ... in row-major order.
func countingTensor(_ shape: Shape) -> Tensor {
    Tensor((0..<shape.elementCount).map { Float($0) }, shape: shape)
}

/// All index tuples of a shape in row-major order.
func indices(of shape: Shape) -> [[Int]] {
    shape.reduce([[]]) { tuples, length in tuples.flatMap { tuple in (0..<length).map { tuple + [$0] } } }
}

extension Tensor {
    /// The element at an index tuple, for references in plain loops.
    func value(at index: [Int]) -> Float { floats[zip(index, shape.strides).reduce(0) { $0 + $1.0 * $1.1 }] }

    /// The tensor that holds the values of `body` at every index tuple.
    static func tabulated(_ shape: Shape, _ body: ([Int]) -> Float) -> Tensor {
        Tensor(indices(of: shape).map(body), shape: shape)
    }
}
