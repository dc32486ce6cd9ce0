import CNNKernels

/// A function of two tensors, element by element, with broadcasting.
struct Arithmetic: PlacedOperation {
    enum Function {
        case add, subtract, multiply, divide, maximum, minimum, power
        /// The part of a maximum's gradient that goes to the left operand.
        case share

        var kernelCode: Int {
            switch self {
            case .add: NN_ADD
            case .subtract: NN_SUBTRACT
            case .multiply: NN_MULTIPLY
            case .divide: NN_DIVIDE
            case .maximum: NN_MAXIMUM
            case .minimum: NN_MINIMUM
            case .power: NN_POWER
            case .share: NN_SHARE
            }
        }
    }

    let function: Function

    var name: String { "\(function)" }

    private var takesIntegers: Bool {
        switch function {
        case .add, .subtract, .multiply, .maximum, .minimum: true
        case .divide, .power, .share: false
        }
    }

    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        let dataType = inputs[0].dataType
        guard inputs[1].dataType == dataType, takesIntegers || dataType.isFloatingPoint else {
            throw ShapeError(operation: name, reason: "not defined for \(inputs[0]) and \(inputs[1])")
        }
        let shape = try Shape.broadcast(inputs.map(\.shape), operation: name)
        return [TensorSpecification(shape: shape, dataType: dataType)]
    }

    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] {
        let result = written(inputs)[0]
        switch function {
        case .add, .subtract: break
        case .multiply:
            if context.needsGradient(0) { context.save(inputs[1]) }
            if context.needsGradient(1) { context.save(inputs[0]) }
        case .divide:
            context.save(inputs[1])
            if context.needsGradient(1) { context.save(result) }
        case .maximum, .minimum, .share: context.save(inputs[0], inputs[1])
        case .power: context.save(inputs[0], inputs[1], result)
        }
        return [result]
    }

    func writer(for inputs: [TensorSpecification]) -> ResultWriter? {
        let shapes = inputs.map(\.shape)
        // The shape rule has passed these shapes.
        let walk = BroadcastWalk(over: try! Shape.broadcast(shapes, operation: name), operands: shapes)
        return { [function] inputs, results in
            walk.combine(inputs[0], inputs[1], function: function.kernelCode, into: results[0])
        }
    }

    func backward(context: inout BackwardContext) -> [Tensor?] {
        let gradient = context.takeGradient()
        var results: [Tensor?] = [nil, nil]
        for operand in 0..<2 where context.needsGradient(operand) {
            results[operand] = slope(by: operand, gradient, context).summed(to: context.input(operand).shape)
        }
        return results
    }

    /// The gradient by an operand as if it had the shape of the result.
    private func slope(by operand: Int, _ gradient: Tensor, _ context: BackwardContext) -> Tensor {
        let isLeft = operand == 0
        switch function {
        case .add: return gradient
        case .subtract: return isLeft ? gradient : -gradient
        case .multiply: return gradient * context.saved(isLeft ? 0 : context.savedCount - 1)
        case .divide:
            let quotient = gradient / context.saved(0)
            return isLeft ? quotient : -(quotient * context.saved(1))
        case .maximum, .minimum:
            let left = context.saved(0)
            let right = context.saved(1)
            let takesLeft = isLeft == (function == .maximum)
            return gradient * Arithmetic(function: .share).apply(to: takesLeft ? left : right, takesLeft ? right : left)
        case .power:
            let base = context.saved(0)
            let exponent = context.saved(1)
            let zero = Tensor.zeros([], dataType: base.dataType)
            // Where the exponent is 0, or the base is and its powers are finite, the slope is 0, although the
            // formulas have infinite factors.
            if isLeft {
                let power = Tensor.select(exponent.isEqual(to: 0), zero, base.power(exponent - 1))
                return gradient * exponent * power
            }
            let isFlat = base.isEqual(to: 0) * exponent.isGreaterOrEqual(to: 0)
            return gradient * Tensor.select(isFlat, zero, context.saved(2) * base.log())
        case .share: trap("share: has no gradient")
        }
    }
}

extension Tensor {
    /// A function of two numbers, element by element, with broadcasting.
    static func combined(_ left: Tensor, _ right: Tensor, function: Int, resultType: DataType) -> Tensor {
        guard let shape = try? Shape.broadcast([left.shape, right.shape], operation: "combine") else {
            trap("combine: \(left.shape) and \(right.shape) were not checked by a shape rule")
        }
        let result = Tensor(uninitialized: shape, dataType: resultType)
        BroadcastWalk(over: shape, operands: [left.shape, right.shape]).combine(
            left, right, function: function, into: result)
        return result
    }

    private static func combine(_ function: Arithmetic.Function, _ left: Tensor, _ right: Tensor) -> Tensor {
        let (left, right) = promoted(left, right)
        return Arithmetic(function: function).apply(to: left, right)
    }

    /// The sum, with broadcasting. Different element types are promoted as in PyTorch; integers wrap around,
    /// those of uint8 too: 200 + 100 is 44.
    public static func + (left: Tensor, right: Tensor) -> Tensor { combine(.add, left, right) }

    /// The difference, with broadcasting and promotion.
    public static func - (left: Tensor, right: Tensor) -> Tensor { combine(.subtract, left, right) }

    /// The product of the elements, with broadcasting and promotion.
    public static func * (left: Tensor, right: Tensor) -> Tensor { combine(.multiply, left, right) }

    /// The quotient, with broadcasting and promotion; integers give float32.
    public static func / (left: Tensor, right: Tensor) -> Tensor {
        let (left, right) = promoted(left, right)
        return Arithmetic(function: .divide).apply(to: left.floatingPoint, right.floatingPoint)
    }

    /// The elements raised to powers, with broadcasting and promotion; integers give float32.
    public func power(_ exponent: Tensor) -> Tensor {
        let (base, exponent) = Tensor.promoted(self, exponent)
        return Arithmetic(function: .power).apply(to: base.floatingPoint, exponent.floatingPoint)
    }

    private var floatingPoint: Tensor { dataType.isFloatingPoint ? self : cast(to: .float32) }
}

/// The greater of the elements, with broadcasting and promotion; NaN if one is. Where both are equal
/// the gradient is shared, as in PyTorch.
public func maximum(_ left: Tensor, _ right: Tensor) -> Tensor {
    let (left, right) = Tensor.promoted(left, right)
    return Arithmetic(function: .maximum).apply(to: left, right)
}

/// The smaller of the elements, with broadcasting and promotion; NaN if one is. Where both are equal
/// the gradient is shared, as in PyTorch.
public func minimum(_ left: Tensor, _ right: Tensor) -> Tensor {
    let (left, right) = Tensor.promoted(left, right)
    return Arithmetic(function: .minimum).apply(to: left, right)
}
