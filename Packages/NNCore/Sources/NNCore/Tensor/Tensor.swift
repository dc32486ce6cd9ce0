/// A dense array of numbers in row-major order, with value semantics.
///
/// Copies share their memory until one of them is written to. Images are `[N, H, W, C]`.
/// A result remembers the operation that made it as long as a gradient may be asked for, see
/// ``backward(gradient:)``.
///
/// ```swift
/// let x = Tensor([1, 2, 3, 4] as [Float], shape: [2, 2]).requiringGradient()
/// let gradients = (x * x).sum().backward()
/// gradients[x]  // [[2, 4], [6, 8]]
/// ```
public struct Tensor: Sendable {
    /// The lengths of the dimensions.
    public let shape: Shape
    /// The type of the elements.
    public let dataType: DataType
    var contents: Contents
    var origin: Origin?

    /// The values, or the record of a calculation in which only shapes are known.
    enum Contents: Sendable {
        case values(Storage)
        case symbolic(SymbolicValue)
    }

    init(shape: Shape, dataType: DataType, contents: Contents, origin: Origin? = nil) {
        self.shape = shape
        self.dataType = dataType
        self.contents = contents
        self.origin = origin
    }

    /// A tensor whose values are not set yet. Write all of them before reading any.
    public init(uninitialized shape: Shape, dataType: DataType = .float32) {
        let specification = TensorSpecification(shape: shape, dataType: dataType)
        if let problem = specification.problem { trap("Tensor: \(specification) \(problem)") }
        let storage = Storage(byteCount: specification.byteCount)
        self.init(shape: shape, dataType: dataType, contents: .values(storage))
    }

    /// The number of dimensions.
    public var rank: Int { shape.rank }
    /// The number of elements.
    public var elementCount: Int { shape.elementCount }
    /// The size of the values in bytes.
    public var byteCount: Int { specification.byteCount }
    /// Shape and element type.
    public var specification: TensorSpecification { TensorSpecification(shape: shape, dataType: dataType) }
    /// Whether only the shape is known, see ``Trace``.
    public var isSymbolic: Bool { if case .symbolic = contents { true } else { false } }

    var storage: Storage {
        guard case .values(let storage) = contents else {
            trap("the values of a symbolic tensor \(shape) were asked for; only its shape is known")
        }
        return storage
    }
}

/// The shape and element type of a tensor.
public struct TensorSpecification: Hashable, Sendable, CustomStringConvertible {
    /// The lengths of the dimensions.
    public var shape: Shape
    /// The type of the elements.
    public var dataType: DataType

    /// A specification; elements are float32 by default.
    public init(shape: Shape, dataType: DataType = .float32) {
        self.shape = shape
        self.dataType = dataType
    }

    /// The size of the values in bytes.
    public var byteCount: Int {
        let (product, isOverflow) = shape.elementCount.multipliedReportingOverflow(by: dataType.byteCount)
        require(!isOverflow, "\(self) has more bytes than can be counted")
        return product
    }
    public var description: String { "\(dataType)\(shape)" }
}
