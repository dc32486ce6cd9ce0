/// What is told of every operation that a scope calculates, and who calculates it, as profiles need.
///
/// Work that begins before other work has ended is a part of it. All of it is on the thread of the scope.
@_spi(Internal) public protocol WorkObserver: AnyObject, Sendable {
    /// Work begins.
    func begin(_ work: ObservedWork)

    /// The work that began last has ended.
    ///
    /// - Parameters:
    ///   - backend: The name of the backend that calculated it; nil for the library's own kernels.
    ///   - bytes: What it must at least read and write, each operand once; 0 where nothing is known or moved.
    func end(backend: String?, bytes: Int)

    /// How the work that began last is calculated, in the words of the backend.
    func note(kernel: String)
}

/// An operation forward or backward, or a backend's part of it.
@_spi(Internal) public struct ObservedWork: Sendable {
    /// The part of a step.
    public enum Phase: String, Sendable, Codable, CaseIterable {
        case forward, backward, update
        /// The part of a pullback that gives the gradient by the images or the left operand.
        case inputGradient = "input_gradient"
        /// The part of a pullback that gives the gradient by the weight or the right operand.
        case weightGradient = "weight_gradient"
    }

    /// What the operation calls itself; nil for that of the work that this is a part of.
    public var operation: String?
    /// The part of a step.
    public var phase: Phase
    /// What the operation takes: images before weights.
    public var inputs: [TensorSpecification]
    /// The settings of the operation.
    public var attributes: [String: OperationAttribute] = [:]
    /// Multiplications that are followed by an addition, by the direct method; 0 where they do not count.
    public var multiplyAccumulates = 0
    /// What is read at least; of work that is no operation, also what is written.
    var operandBytes = 0

    /// Work of no operation, such as an update of weights.
    public init(operation: String?, phase: Phase, inputs: [TensorSpecification] = []) {
        self.operation = operation
        self.phase = phase
        self.inputs = inputs
    }
}

extension Engine {
    /// Read once by each operation; nil costs no more than that.
    @TaskLocal static var observer: (any WorkObserver)?

    /// Tells `observer` of all that `body` calculates on this thread.
    @_spi(Internal) public static func withObserver<Result>(
        _ observer: any WorkObserver, _ body: () throws -> Result
    ) rethrows -> Result {
        try $observer.withValue(observer, operation: body)
    }

    /// Runs work that is no operation, and tells the observer, if there is one.
    @_spi(Internal) public static func observed<Result>(
        _ work: @autoclosure () -> ObservedWork, _ body: () throws -> Result
    ) rethrows -> Result {
        guard let observer else { return try body() }
        let work = work()
        observer.begin(work)
        defer { observer.end(backend: nil, bytes: work.operandBytes) }
        return try body()
    }

    /// Says how a backend calculates what it was asked for, for profiles; free of cost where nothing observes.
    @_spi(Kernels) public static func note(kernel: @autoclosure () -> String) {
        if let observer { observer.note(kernel: kernel()) }
    }
}

extension ObservedWork {
    /// An operation on its way forward.
    init(_ operation: some TensorOperation, inputs: [TensorSpecification]) {
        self.init(operation: operation.name, phase: .forward, inputs: inputs)
        attributes = operation.attributes
        multiplyAccumulates = operation.multiplyAccumulates(for: inputs)
    }

    /// The pullback of an operation.
    init(backwardOf operation: some TensorOperation, inputs: [TensorSpecification]) {
        self.init(operation: operation.name, phase: .backward, inputs: inputs)
        attributes = operation.attributes
    }

    /// The addition of a gradient to another one by the same tensor, which reads both and writes one.
    static func gradientSum(of gradient: Tensor) -> Self {
        var work = Self(operation: "gradient_sum", phase: .backward, inputs: [gradient.specification])
        work.operandBytes = 3 * gradient.specification.byteCount
        return work
    }

    /// One of the three calculations of a convolution of `input`, `[N, H, W, C]`, with `weight`,
    /// `[O, C / groups, KH, KW]`, which reads `operands`.
    static func convolution(
        _ phase: Phase, of operation: String? = nil, input: TensorSpecification, weight: Shape,
        geometry: ConvolutionGeometry, reading operands: [Tensor?]
    ) -> Self {
        let shape = input.shape
        let size = geometry.outputSize(
            input: Size(height: shape[1], width: shape[2]), kernel: Size(height: weight[2], width: weight[3]))
        var work = Self(operation: operation, phase: phase, inputs: [input, TensorSpecification(shape: weight)])
        work.attributes = geometry.attributes
        let outputs = saturatingProduct(shape[0] * weight[0], size.area)
        work.multiplyAccumulates = saturatingProduct(outputs, weight[1...].reduce(1, *))
        work.operandBytes = operands.reduce(0) { $0 + ($1?.specification.byteCount ?? 0) }
        return work
    }

    /// A product of matrices.
    static func product(_ product: MatrixProduct, _ phase: Phase, left: Tensor, right: Tensor) -> Self {
        var work = Self(operation: nil, phase: phase, inputs: [left.specification, right.specification])
        let results = saturatingProduct(product.batch * product.rows, product.columns)
        work.multiplyAccumulates = saturatingProduct(results, product.inner)
        work.operandBytes = left.specification.byteCount + right.specification.byteCount
        return work
    }

    /// What an operation moves from `operands` to `results`; 0 for another view of the same memory.
    static func bytes(from operands: [Tensor], to results: [Tensor?]) -> Int {
        let made = results.compactMap { $0 }.filter { result in
            !operands.contains { $0.storage === result.storage }
        }
        guard !made.isEmpty else { return 0 }
        return (operands + made).reduce(0) { $0 + $1.specification.byteCount }
    }
}
