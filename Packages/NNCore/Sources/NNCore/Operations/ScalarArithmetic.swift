import CNNKernels

/// scale · x + offset with numbers that are known: the arithmetic of a tensor and a number.
///
/// The numbers stay float32 for bfloat16 tensors too.
struct ScaleAndOffset: TensorOperation {
    let name = "scale and offset"
    var scale: Float = 1
    var offset: Float = 0

    var attributes: [String: OperationAttribute] { ["scale": .float(scale), "offset": .float(offset)] }

    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        try [inputs[0].floatingPoint(for: name)]
    }

    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] {
        [inputs[0].scaled(by: scale, offset: offset)]
    }

    func backward(context: inout BackwardContext) -> [Tensor?] {
        let gradient = context.takeGradient()
        return [scale == 1 ? gradient : gradient.scaled(by: scale, offset: 0)]
    }
}

/// x / divisor, divided and not multiplied by the reciprocal, which is infinite for the smallest numbers.
struct DivisionByNumber: TensorOperation {
    let name = "divisionByNumber"
    let divisor: Float

    var attributes: [String: OperationAttribute] { ["divisor": .float(divisor)] }

    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        try [inputs[0].floatingPoint(for: name)]
    }

    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] { [divided(inputs[0])] }

    func backward(context: inout BackwardContext) -> [Tensor?] { [divided(context.takeGradient())] }

    private func divided(_ input: Tensor) -> Tensor {
        let result = Tensor(uninitialized: input.shape, dataType: input.dataType)
        nn_unary(
            Int32(NN_DIVIDED_BY), divisor, 0, input.dataType.kernelCode, result.unsafePointer, input.unsafePointer,
            Int64(input.elementCount))
        return result
    }
}

extension Tensor {
    fileprivate func scaled(by scale: Float, offset: Float) -> Tensor {
        let result = Tensor(uninitialized: shape, dataType: dataType)
        nn_unary(
            Int32(NN_AFFINE), scale, offset, dataType.kernelCode, result.unsafePointer, unsafePointer,
            Int64(elementCount))
        return result
    }

    private func with(scale: Float = 1, offset: Float = 0) -> Tensor {
        ScaleAndOffset(scale: scale, offset: offset).apply(to: self)
    }

    /// The sum with a number. It takes the type of the tensor: integers need a whole number.
    public static func + (left: Tensor, right: Float) -> Tensor {
        left.dataType.isFloatingPoint ? left.with(offset: right) : left + left.operand(right, of: "add")
    }

    /// The sum with a number. It takes the type of the tensor: integers need a whole number.
    public static func + (left: Float, right: Tensor) -> Tensor { right + left }

    /// The difference to a number. It takes the type of the tensor: integers need a whole number.
    public static func - (left: Tensor, right: Float) -> Tensor {
        left.dataType.isFloatingPoint ? left.with(offset: -right) : left - left.operand(right, of: "subtract")
    }

    /// The difference from a number. It takes the type of the tensor: integers need a whole number.
    public static func - (left: Float, right: Tensor) -> Tensor {
        right.dataType.isFloatingPoint
            ? right.with(scale: -1, offset: left) : right.operand(left, of: "subtract") - right
    }

    /// The product with a number. It takes the type of the tensor: integers need a whole number.
    public static func * (left: Tensor, right: Float) -> Tensor {
        left.dataType.isFloatingPoint ? left.with(scale: right) : left * left.operand(right, of: "multiply")
    }

    /// The product with a number. It takes the type of the tensor: integers need a whole number.
    public static func * (left: Float, right: Tensor) -> Tensor { right * left }

    /// The quotient by a number; integers give float32.
    public static func / (left: Tensor, right: Float) -> Tensor {
        DivisionByNumber(divisor: right).apply(to: left.dataType.isFloatingPoint ? left : left.cast(to: .float32))
    }

    /// A number divided by the elements; integers give float32.
    public static func / (left: Float, right: Tensor) -> Tensor {
        ElementFunction(
            name: "quotient", code: NN_QUOTIENT, parameters: (left, 0), attributes: ["dividend": .float(left)]
        ).apply(to: right.dataType.isFloatingPoint ? right : right.cast(to: .float32))
    }

    /// The elements with the opposite sign; unsigned integers wrap around.
    public static prefix func - (operand: Tensor) -> Tensor {
        operand.dataType.isFloatingPoint ? operand.with(scale: -1) : 0 - operand
    }
}

// Whole numbers, which literals without a point are: integers meet them exactly, floats their nearest `Float`.
extension Tensor {
    /// The sum with a whole number; integers wrap around.
    public static func + (left: Tensor, right: Int) -> Tensor {
        left.dataType.isFloatingPoint ? left + Float(right) : left + left.operand(right, of: "add")
    }

    /// The sum with a whole number; integers wrap around.
    public static func + (left: Int, right: Tensor) -> Tensor { right + left }

    /// The difference to a whole number; integers wrap around.
    public static func - (left: Tensor, right: Int) -> Tensor {
        left.dataType.isFloatingPoint ? left - Float(right) : left - left.operand(right, of: "subtract")
    }

    /// The difference from a whole number; integers wrap around.
    public static func - (left: Int, right: Tensor) -> Tensor {
        right.dataType.isFloatingPoint ? Float(left) - right : right.operand(left, of: "subtract") - right
    }

    /// The product with a whole number; integers wrap around.
    public static func * (left: Tensor, right: Int) -> Tensor {
        left.dataType.isFloatingPoint ? left * Float(right) : left * left.operand(right, of: "multiply")
    }

    /// The product with a whole number; integers wrap around.
    public static func * (left: Int, right: Tensor) -> Tensor { right * left }

    /// The quotient by a whole number; integers give float32.
    public static func / (left: Tensor, right: Int) -> Tensor { left / Float(right) }

    /// A whole number divided by the elements; integers give float32.
    public static func / (left: Int, right: Tensor) -> Tensor { Float(left) / right }
}
