import CNNKernels

/// A comparison of two tensors, element by element, with broadcasting: uint8, 1 where it holds.
struct Comparison: TensorOperation {
    enum Relation {
        case equal, notEqual, less, lessOrEqual

        var kernelCode: Int {
            switch self {
            case .equal: NN_EQUAL
            case .notEqual: NN_NOT_EQUAL
            case .less: NN_LESS
            case .lessOrEqual: NN_LESS_OR_EQUAL
            }
        }
    }

    let relation: Relation

    var name: String { "\(relation)" }

    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        guard inputs[0].dataType == inputs[1].dataType else {
            throw ShapeError(operation: name, reason: "\(inputs[0]) and \(inputs[1]) have different types")
        }
        let shape = try Shape.broadcast(inputs.map(\.shape), operation: name)
        return [TensorSpecification(shape: shape, dataType: .uint8)]
    }

    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] {
        [Tensor.combined(inputs[0], inputs[1], function: relation.kernelCode, resultType: .uint8)]
    }

    func backward(context: inout BackwardContext) -> [Tensor?] { [nil, nil] }
}

extension Tensor {
    private static func compare(_ left: Tensor, _ relation: Comparison.Relation, _ right: Tensor) -> Tensor {
        // Compared exactly, so that a number beside a bfloat16 tensor is not rounded to it.
        let dataType = left.dataType.promoted(with: right.dataType)
        return Comparison(relation: relation).apply(to: left.cast(to: dataType), right.cast(to: dataType))
    }

    /// 1 where the elements are equal, else 0: uint8, with broadcasting and promotion.
    public func isEqual(to other: Tensor) -> Tensor { .compare(self, .equal, other) }
    /// 1 where the elements differ, else 0: uint8, with broadcasting and promotion.
    public func isNotEqual(to other: Tensor) -> Tensor { .compare(self, .notEqual, other) }
    /// 1 where the elements are less, else 0: uint8, with broadcasting and promotion.
    public func isLess(than other: Tensor) -> Tensor { .compare(self, .less, other) }
    /// 1 where the elements are less or equal, else 0: uint8, with broadcasting and promotion.
    public func isLessOrEqual(to other: Tensor) -> Tensor { .compare(self, .lessOrEqual, other) }
    /// 1 where the elements are greater, else 0: uint8, with broadcasting and promotion.
    public func isGreater(than other: Tensor) -> Tensor { .compare(other, .less, self) }
    /// 1 where the elements are greater or equal, else 0: uint8, with broadcasting and promotion.
    public func isGreaterOrEqual(to other: Tensor) -> Tensor { .compare(other, .lessOrEqual, self) }

    /// 1 where the elements are equal to a number, else 0: uint8.
    public func isEqual(to number: Float) -> Tensor { isEqual(to: operand(number, of: "equal")) }
    /// 1 where the elements differ from a number, else 0: uint8.
    public func isNotEqual(to number: Float) -> Tensor { isNotEqual(to: operand(number, of: "notEqual")) }
    /// 1 where the elements are less than a number, else 0: uint8.
    public func isLess(than number: Float) -> Tensor { isLess(than: operand(number, of: "less")) }
    /// 1 where the elements are at most a number, else 0: uint8.
    public func isLessOrEqual(to number: Float) -> Tensor { isLessOrEqual(to: operand(number, of: "lessOrEqual")) }
    /// 1 where the elements are greater than a number, else 0: uint8.
    public func isGreater(than number: Float) -> Tensor { isGreater(than: operand(number, of: "greater")) }
    /// 1 where the elements are at least a number, else 0: uint8.
    public func isGreaterOrEqual(to number: Float) -> Tensor {
        isGreaterOrEqual(to: operand(number, of: "greaterOrEqual"))
    }

    // Whole numbers, which integer tensors are compared with exactly.

    /// 1 where the elements are equal to a whole number, else 0: uint8.
    public func isEqual(to number: Int) -> Tensor { isEqual(to: operand(number, of: "equal")) }
    /// 1 where the elements differ from a whole number, else 0: uint8.
    public func isNotEqual(to number: Int) -> Tensor { isNotEqual(to: operand(number, of: "notEqual")) }
    /// 1 where the elements are less than a whole number, else 0: uint8.
    public func isLess(than number: Int) -> Tensor { isLess(than: operand(number, of: "less")) }
    /// 1 where the elements are at most a whole number, else 0: uint8.
    public func isLessOrEqual(to number: Int) -> Tensor { isLessOrEqual(to: operand(number, of: "lessOrEqual")) }
    /// 1 where the elements are greater than a whole number, else 0: uint8.
    public func isGreater(than number: Int) -> Tensor { isGreater(than: operand(number, of: "greater")) }
    /// 1 where the elements are at least a whole number, else 0: uint8.
    public func isGreaterOrEqual(to number: Int) -> Tensor {
        isGreaterOrEqual(to: operand(number, of: "greaterOrEqual"))
    }
}
