extension DataType {
    /// The type that holds the values of both, as in PyTorch: uint8 < int32 < int64 < bfloat16 < float32.
    public func promoted(with other: DataType) -> DataType {
        precedence >= other.precedence ? self : other
    }

    /// Whether a number is a value of the type; of floats each is, rounded.
    func holds(_ number: Float) -> Bool {
        switch self {
        case .float32, .bfloat16: true
        case .int32: Int32(exactly: number) != nil
        case .int64: Int64(exactly: number) != nil
        case .uint8: UInt8(exactly: number) != nil
        }
    }

    private var precedence: Int {
        switch self {
        case .uint8: 0
        case .int32: 1
        case .int64: 2
        case .bfloat16: 3
        case .float32: 4
        }
    }
}

extension TensorSpecification {
    /// The type in which two tensors are combined, as in PyTorch.
    ///
    /// It is the promoted type of both. Only a tensor of rank 0 follows the other one's type where both are
    /// floats or both are integers, so that a factor does not widen a whole bfloat16 image.
    func commonDataType(with other: TensorSpecification) -> DataType {
        let sameKind = dataType.isFloatingPoint == other.dataType.isFloatingPoint
        if sameKind, shape.rank == 0, other.shape.rank > 0 { return other.dataType }
        if sameKind, other.shape.rank == 0, shape.rank > 0 { return dataType }
        return dataType.promoted(with: other.dataType)
    }
}

extension Tensor {
    /// Both tensors in the type in which they are combined.
    static func promoted(_ left: Tensor, _ right: Tensor) -> (Tensor, Tensor) {
        let dataType = left.specification.commonDataType(with: right.specification)
        return (left.cast(to: dataType), right.cast(to: dataType))
    }

    /// A number as a tensor of rank 0 that is combined with this one.
    ///
    /// An integer tensor takes whole numbers only: rounding them would be a surprise, and so would be a
    /// result of another type.
    func operand(_ number: Float, of operation: String) -> Tensor {
        guard !dataType.isFloatingPoint else { return Tensor(scalar: number) }
        guard let whole = Int(exactly: number) else { refuse("\(number)", of: operation) }
        return operand(whole, of: operation)
    }

    /// A whole number as a tensor of rank 0 that is combined with this one; it never passes through a float
    /// where the tensor holds integers.
    func operand(_ number: Int, of operation: String) -> Tensor {
        switch dataType {
        case .float32, .bfloat16: return Tensor(scalar: Float(number))
        case .int64: return Tensor(scalar: Int64(number))
        case .int32: if let value = Int32(exactly: number) { return Tensor(scalar: value) }
        case .uint8: if let value = UInt8(exactly: number) { return Tensor(scalar: value) }
        }
        refuse("\(number)", of: operation)
    }

    private func refuse(_ number: String, of operation: String) -> Never {
        trap("\(operation): \(number) is not a value of \(dataType); cast the tensor to float32 first")
    }
}
