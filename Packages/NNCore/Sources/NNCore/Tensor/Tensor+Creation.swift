import CNNKernels

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

    /// A tensor in which every element is `value`. An integer type takes whole numbers of its range only.
    public static func full(_ shape: Shape, value: Float, dataType: DataType = .float32) -> Tensor {
        guard !dataType.isFloatingPoint else { return repeating(floatingPoint: value, shape, dataType) }
        guard let whole = Int64(exactly: value), let result = repeating(whole, shape, dataType) else {
            trap("full: \(value) is not a value of \(dataType)")
        }
        return result
    }

    /// A tensor in which every element is `value`, exactly where the type is an integer one.
    public static func full(_ shape: Shape, value: Int, dataType: DataType = .float32) -> Tensor {
        guard !dataType.isFloatingPoint else { return repeating(floatingPoint: Float(value), shape, dataType) }
        guard let result = repeating(Int64(value), shape, dataType) else {
            trap("full: \(value) is not a value of \(dataType)")
        }
        return result
    }

    private static func repeating(floatingPoint value: Float, _ shape: Shape, _ dataType: DataType) -> Tensor {
        dataType == .bfloat16 ? repeating(scalar: BFloat16(value), shape) : repeating(scalar: value, shape)
    }

    /// nil where the type does not have the value.
    private static func repeating(_ value: Int64, _ shape: Shape, _ dataType: DataType) -> Tensor? {
        switch dataType {
        case .int32: Int32(exactly: value).map { repeating(scalar: $0, shape) }
        case .uint8: UInt8(exactly: value).map { repeating(scalar: $0, shape) }
        default: repeating(scalar: value, shape)
        }
    }

    private static func repeating<Scalar: TensorScalar>(scalar: Scalar, _ shape: Shape) -> Tensor {
        let result = Tensor(uninitialized: shape, dataType: Scalar.dataType)
        Swift.withUnsafeBytes(of: scalar) { bytes in
            nn_fill(result.unsafePointer, bytes.baseAddress!, Int64(bytes.count), Int64(result.elementCount))
        }
        return result
    }

    /// The values in row-major order.
    public func scalars<Scalar: TensorScalar>(as type: Scalar.Type = Scalar.self) -> [Scalar] {
        withScalars(as: type) { Array($0) }
    }

    /// The values converted to `Float`, whatever the element type; integers beyond 2^24 are rounded.
    public var floats: [Float] {
        switch dataType {
        case .float32: scalars(as: Float.self)
        case .bfloat16: scalars(as: BFloat16.self).map { Float($0) }
        case .int32: scalars(as: Int32.self).map { Float($0) }
        case .int64: scalars(as: Int64.self).map { Float($0) }
        case .uint8: scalars(as: UInt8.self).map { Float($0) }
        }
    }

    /// The only value of a tensor with one element, as a `Float`. An integer that `Float` does not have traps;
    /// ``item(as:)`` gives it.
    public var item: Float {
        require(elementCount == 1, "item: the shape \(shape) has \(elementCount) elements, not one")
        let value = floats[0]
        let isExact =
            switch dataType {
            case .int32: Int32(exactly: value) == item(as: Int32.self)
            case .int64: Int64(exactly: value) == item(as: Int64.self)
            default: true
            }
        require(isExact, "item: Float does not have the value of \(self); ask for item(as:)")
        return value
    }

    /// The only value of a tensor with one element, in the type that the tensor holds.
    public func item<Scalar: TensorScalar>(as type: Scalar.Type = Scalar.self) -> Scalar {
        require(elementCount == 1, "item: the shape \(shape) has \(elementCount) elements, not one")
        return withScalars(as: type) { $0[0] }
    }
}

extension Tensor: CustomStringConvertible {
    public var description: String {
        guard !isSymbolic else { return "\(specification), symbolic" }
        let shown = texts(16).joined(separator: ", ")
        return "\(specification): \(shown)\(elementCount > 16 ? ", ..." : "")"
    }

    /// The first values, integers with all their digits.
    private func texts(_ count: Int) -> [String] {
        switch dataType {
        case .float32: withScalars(as: Float.self) { $0.prefix(count).map { "\($0)" } }
        case .bfloat16: withScalars(as: BFloat16.self) { $0.prefix(count).map { "\(Float($0))" } }
        case .int32: withScalars(as: Int32.self) { $0.prefix(count).map { "\($0)" } }
        case .int64: withScalars(as: Int64.self) { $0.prefix(count).map { "\($0)" } }
        case .uint8: withScalars(as: UInt8.self) { $0.prefix(count).map { "\($0)" } }
        }
    }
}
