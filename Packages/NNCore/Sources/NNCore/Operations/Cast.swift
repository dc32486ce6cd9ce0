import CNNKernels

/// Converts elements to another type; the pullback converts gradients back.
struct Cast: TensorOperation {
    let name = "cast"
    let dataType: DataType

    var attributes: [String: OperationAttribute] { ["data_type": .text(dataType.rawValue)] }

    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        [TensorSpecification(shape: inputs[0].shape, dataType: dataType)]
    }

    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] {
        [inputs[0].converted(to: dataType)]
    }

    func backward(context: inout BackwardContext) -> [Tensor?] {
        let gradient = context.takeGradient()
        return [gradient.converted(to: context.input(0).dataType)]
    }
}

extension Tensor {
    /// The same values as another element type.
    ///
    /// bfloat16 is rounded to nearest even; floats become integers by truncation. What lies outside the range of
    /// an integer type becomes its nearest value, 300 and -1 as uint8 are 255 and 0, and NaN becomes 0.
    public func cast(to dataType: DataType) -> Tensor {
        dataType == self.dataType ? self : Cast(dataType: dataType).apply(to: self)
    }

    func converted(to dataType: DataType) -> Tensor {
        let result = Tensor(uninitialized: shape, dataType: dataType)
        nn_cast(
            result.unsafePointer, dataType.kernelCode, unsafePointer, self.dataType.kernelCode, Int64(elementCount))
        return result
    }
}

extension DataType {
    /// The number by which the C kernels know the type.
    var kernelCode: Int32 {
        switch self {
        case .float32: 0
        case .bfloat16: 1
        case .int32: 2
        case .int64: 3
        case .uint8: 4
        }
    }
}
