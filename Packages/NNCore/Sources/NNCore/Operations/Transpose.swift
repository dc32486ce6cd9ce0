/// Puts the dimensions into another order.
struct Transpose: TensorOperation {
    let name = "transpose"
    /// Where each dimension of the result comes from; a negative number counts from the end.
    let permutation: [Int]

    var attributes: [String: OperationAttribute] { ["permutation": .ints(permutation)] }

    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        let input = inputs[0].shape
        let order = permutation.compactMap { resolvedAxis($0, rank: input.rank) }
        guard order.sorted() == Array(0..<input.rank), order.count == permutation.count else {
            throw ShapeError(operation: name, reason: "\(permutation) is not an order of the dimensions of \(input)")
        }
        return [TensorSpecification(shape: Shape(order.map { input[$0] }), dataType: inputs[0].dataType)]
    }

    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] {
        [inputs[0].permuted(order(rank: inputs[0].rank))]
    }

    func backward(context: inout BackwardContext) -> [Tensor?] {
        let gradient = context.takeGradient()
        let order = order(rank: gradient.rank)
        return [gradient.permuted(order.indices.map { order.firstIndex(of: $0)! })]
    }

    private func order(rank: Int) -> [Int] { permutation.map { $0 < 0 ? $0 + rank : $0 } }
}

extension Tensor {
    /// The tensor with dimension `i` of the result taken from dimension `permutation[i]`, in new memory:
    /// `[N, H, W, C]` becomes `[N, C, H, W]` by `transposed([0, 3, 1, 2])`.
    public func transposed(_ permutation: [Int]) -> Tensor { Transpose(permutation: permutation).apply(to: self) }

    func permuted(_ order: [Int]) -> Tensor {
        let result = Tensor(uninitialized: Shape(order.map { shape[$0] }), dataType: dataType)
        let strides = shape.strides
        copyBlock(
            of: result.shape, from: self, sourceLayout: ElementLayout(strides: order.map { strides[$0] }), to: result)
        return result
    }
}
