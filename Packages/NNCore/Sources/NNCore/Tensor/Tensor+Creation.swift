import CKernels

extension Tensor {
    /// A tensor of the given values in row-major order.
    public init<Scalar: TensorScalar>(_ scalars: [Scalar], shape: Shape) {
        require(
            scalars.count == shape.elementCount,
            "Tensor: \(scalars.count) values do not fill the shape \(shape)")
        self.init(uninitialized: shape, dataType: Scalar.dataType)
        scalars.withUnsafeBytes { source in
            if let base = source.baseAddress { unsafePointer.copyMemory(from: base, byteCount: source.count) }
        }
    }

    /// A one-dimensional tensor.
    public init<Scalar: TensorScalar>(_ scalars: [Scalar]) { self.init(scalars, shape: [scalars.count]) }

    /// A tensor of rank 0.
    public init<Scalar: TensorScalar>(scalar: Scalar) { self.init([scalar], shape: []) }

    /// A tensor that reads its values from memory of `owner`, such as a mapped file.
    ///
    /// Nothing may change the bytes as long as `owner` lives; the tensor keeps it alive, and copies the values
    /// before it writes to them.
    public init(
        borrowing bytes: UnsafeRawPointer, shape: Shape, dataType: DataType, owner: AnyObject
    ) {
        let storage = Storage(borrowing: UnsafeMutableRawPointer(mutating: bytes), from: owner)
        self.init(shape: shape, dataType: dataType, contents: .values(storage))
    }

    /// A tensor of zeros.
    public static func zeros(_ shape: Shape, dataType: DataType = .float32) -> Tensor {
        let result = Tensor(uninitialized: shape, dataType: dataType)
        nn_zero(result.unsafePointer, result.byteCount)
        return result
    }

    /// A tensor of ones.
    public static func ones(_ shape: Shape, dataType: DataType = .float32) -> Tensor {
        full(shape, value: 1, dataType: dataType)
    }

    /// A tensor in which every element is `value`.
    public static func full(_ shape: Shape, value: Float, dataType: DataType = .float32) -> Tensor {
        let count = shape.elementCount
        switch dataType {
        case .float32: return Tensor([Float](repeating: value, count: count), shape: shape)
        case .bfloat16: return Tensor([BFloat16](repeating: BFloat16(value), count: count), shape: shape)
        case .int32: return Tensor([Int32](repeating: Int32(value), count: count), shape: shape)
        case .int64: return Tensor([Int64](repeating: Int64(value), count: count), shape: shape)
        case .uint8: return Tensor([UInt8](repeating: UInt8(value), count: count), shape: shape)
        }
    }

    /// The values in row-major order.
    public func scalars<Scalar: TensorScalar>(as type: Scalar.Type = Scalar.self) -> [Scalar] {
        withScalars(as: type) { Array($0) }
    }

    /// The values converted to `Float`, whatever the element type.
    public var floats: [Float] {
        switch dataType {
        case .float32: scalars(as: Float.self)
        case .bfloat16: scalars(as: BFloat16.self).map { Float($0) }
        case .int32: scalars(as: Int32.self).map { Float($0) }
        case .int64: scalars(as: Int64.self).map { Float($0) }
        case .uint8: scalars(as: UInt8.self).map { Float($0) }
        }
    }

    /// The only value of a tensor with one element, as a `Float`.
    public var item: Float {
        require(elementCount == 1, "item: the shape \(shape) has \(elementCount) elements, not one")
        return floats[0]
    }
}

extension Tensor: CustomStringConvertible {
    public var description: String {
        guard !isSymbolic else { return "\(specification), symbolic" }
        let shown = floats.prefix(16).map { "\($0)" }.joined(separator: ", ")
        return "\(specification): \(shown)\(elementCount > 16 ? ", ..." : "")"
    }
}
