import CNNKernels

/// A logical function of two masks, element by element, with broadcasting; any value but 0 counts as true.
struct MaskLogic: TensorOperation {
    enum Function {
        case and, or, exclusiveOr

        var kernelCode: Int {
            switch self {
            case .and: NN_AND
            case .or: NN_OR
            case .exclusiveOr: NN_EXCLUSIVE_OR
            }
        }
    }

    let function: Function

    var name: String { "\(function)" }

    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        guard inputs.allSatisfy({ $0.dataType == .uint8 }) else {
            throw ShapeError(operation: name, reason: "takes uint8 masks, not \(inputs[0]) and \(inputs[1])")
        }
        let shape = try Shape.broadcast(inputs.map(\.shape), operation: name)
        return [TensorSpecification(shape: shape, dataType: .uint8)]
    }

    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] {
        [Tensor.combined(inputs[0], inputs[1], function: function.kernelCode, resultType: .uint8)]
    }

    func backward(context: inout BackwardContext) -> [Tensor?] { [nil, nil] }
}

/// 1 where a mask is 0, else 0.
struct MaskNegation: TensorOperation {
    let name = "not"

    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        guard inputs[0].dataType == .uint8 else {
            throw ShapeError(operation: name, reason: "takes a uint8 mask, not \(inputs[0])")
        }
        return inputs
    }

    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] {
        let zero = Tensor(scalar: UInt8(0))
        return [Tensor.combined(inputs[0], zero, function: NN_EQUAL, resultType: .uint8)]
    }

    func backward(context: inout BackwardContext) -> [Tensor?] { [nil] }
}

extension Tensor {
    /// 1 where both masks hold, else 0: uint8, with broadcasting. Any value but 0 holds.
    public static func .& (left: Tensor, right: Tensor) -> Tensor { MaskLogic(function: .and).apply(to: left, right) }

    /// 1 where one of the masks or both hold, else 0: uint8, with broadcasting. Any value but 0 holds.
    public static func .| (left: Tensor, right: Tensor) -> Tensor { MaskLogic(function: .or).apply(to: left, right) }

    /// 1 where exactly one of the masks holds, else 0: uint8, with broadcasting. Any value but 0 holds.
    public static func .^ (left: Tensor, right: Tensor) -> Tensor {
        MaskLogic(function: .exclusiveOr).apply(to: left, right)
    }

    /// 1 where the mask is 0, else 0: uint8.
    public static prefix func .! (mask: Tensor) -> Tensor { MaskNegation().apply(to: mask) }

    /// 1 if any element is not 0, else 0: uint8 of rank 0. NaN is not 0; of no elements, none is.
    ///
    /// In Swift's control flow: `if mask.any().item == 1 { ... }`.
    public func any() -> Tensor { any(axes: Array(shape.indices)) }

    /// 1 where any element over some dimensions is not 0, else 0: uint8.
    public func any(axes: [Int], keepsDimensions: Bool = false) -> Tensor {
        // Counted, since there is no maximum of no elements.
        let mask = dataType == .uint8 ? self : isNotEqual(to: 0)
        return mask.sum(axes: axes, keepsDimensions: keepsDimensions).isGreater(than: 0)
    }

    /// 1 if no element is 0, else 0: uint8 of rank 0. NaN is not 0; of no elements, none is.
    public func all() -> Tensor { all(axes: Array(shape.indices)) }

    /// 1 where no element over some dimensions is 0, else 0: uint8.
    public func all(axes: [Int], keepsDimensions: Bool = false) -> Tensor {
        let zeros = dataType == .uint8 ? .!self : isEqual(to: 0)
        return zeros.sum(axes: axes, keepsDimensions: keepsDimensions).isEqual(to: 0)
    }
}
