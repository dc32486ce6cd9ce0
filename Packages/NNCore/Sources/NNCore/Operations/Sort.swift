import CNNKernels

/// The indices by which the elements along one dimension are in order.
struct Argsort: TensorOperation {
    let name = "argsort"
    /// Counted from the end where it is negative.
    let axis: Int
    let isDescending: Bool

    var attributes: [String: OperationAttribute] { ["axis": .int(axis), "descending": .bool(isDescending)] }

    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        let shape = inputs[0].shape
        _ = try shape.indexedAxis(axis, for: name)
        return [TensorSpecification(shape: shape, dataType: .int32)]
    }

    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] {
        let input = inputs[0]
        let lines = Lines(of: input.shape, along: axis)
        let result = Tensor(uninitialized: input.shape, dataType: .int32)
        nn_argsort(
            input.dataType.kernelCode, isDescending ? 1 : 0,
            result.unsafePointer.assumingMemoryBound(to: Int32.self), input.unsafePointer, lines.outer, lines.length,
            lines.inner)
        return [result]
    }

    func backward(context: inout BackwardContext) -> [Tensor?] { [nil] }
}

extension Tensor {
    /// The indices that sort the elements along one dimension: int32 of this shape.
    ///
    /// Equal elements stay in their order. NaN counts as greatest, as in PyTorch.
    public func argsorted(axis: Int = -1, descending: Bool = false) -> Tensor {
        Argsort(axis: axis, isDescending: descending).apply(to: detached)
    }

    /// The elements along one dimension in ascending or descending order, each with its gradient. Of any element type.
    ///
    /// Their indices are ``argsorted(axis:descending:)``; the few greatest alone are found faster by ``topK(_:)``.
    public func sorted(axis: Int = -1, descending: Bool = false) -> Tensor {
        // An axis that is not there is refused once, by the name that was called.
        guard resolvedAxis(axis, rank: rank) != nil else {
            return Refused(name: "sorted", reason: "\(shape) has no axis \(axis)").apply(to: self)
        }
        return elements(at: argsorted(axis: axis, descending: descending), axis: axis)
    }
}
