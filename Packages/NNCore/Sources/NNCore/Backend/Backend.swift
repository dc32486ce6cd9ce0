/// A library that calculates the operations in which networks spend their time.
///
/// Each method computes one operation, or returns nil to leave it to the next backend of the
/// ``Engine``. What a backend takes it must compute as the documentation of the operation says, with sums
/// in float32 and results that are rounded once; where images are bfloat16, the weight of a convolution may be
/// rounded to it first. A backend may transform tiles of images before it multiplies, where ``Engine/winograd`` allows
/// it: an output's rounding error is then that of its tile, and so is NaN. `NNTesting.BackendConformance` holds every
/// backend against the same cases. Tensors are dense, images `[N, H, W, C]`.
/// Libraries that want plain addresses get them by `@_spi(Kernels) import NNCore`, which is for backends only.
public protocol Backend: Sendable {
    /// The name that `nn doctor` shows.
    var name: String { get }

    /// Library, version and instruction set, for people.
    var details: String { get }

    /// What a person should know of how it calculates on this machine, a sentence each, as `nn doctor` shows them.
    var notes: [String] { get }

    /// Forms of the backend that take all they can, also what the backend leaves to others as they are faster: for
    /// `nn doctor --tune`, which measures. Names are not those of other backends; by default the backend itself.
    var forms: [BackendForm] { get }

    /// `output[N, OH, OW, O] = activation(input ⋆ weight + bias + residual)`.
    ///
    /// - Parameters:
    ///   - input: `[N, H, W, C]`, float32 or bfloat16; the result has the same type.
    ///   - weight: `[O, C / groups, KH, KW]`, float32.
    ///   - epilogue: what is done to each output before it is written.
    func convolution(
        _ input: Tensor, weight: Tensor, geometry: ConvolutionGeometry, epilogue: ConvolutionEpilogue
    ) -> Tensor?

    /// A convolution of one shape that is run many times; nil by default, and then `convolution` is called each time.
    ///
    /// It is asked for what `convolution` took before, and must give the same bits.
    /// - Parameters:
    ///   - input: What `[N, H, W, C]` looks like.
    ///   - weight: `[O, C / groups, KH, KW]`, float32; its values do not change.
    ///   - epilogue: As of `convolution`, without the residual.
    ///   - addsResidual: Whether each run is given a residual.
    func preparedConvolution(
        of input: TensorSpecification, weight: Tensor, geometry: ConvolutionGeometry, epilogue: ConvolutionEpilogue,
        addsResidual: Bool
    ) -> (any PreparedConvolution)?

    /// The gradient by the input of a convolution, of shape `inputShape` and the gradient's type.
    func convolutionInputGradient(
        _ outputGradient: Tensor, weight: Tensor, geometry: ConvolutionGeometry, inputShape: Shape
    ) -> Tensor?

    /// The gradient by the weight of a convolution: `[O, C / groups, KH, KW]`, float32.
    func convolutionWeightGradient(
        _ outputGradient: Tensor, input: Tensor, geometry: ConvolutionGeometry, weightShape: Shape
    ) -> Tensor?

    /// `result[B, M, N] = left[B, M, K] · right[B, K, N] + bias[N]`, each operand transposed where asked.
    ///
    /// Operands are float32 or bfloat16, also mixed; the result has type `dataType`.
    func matrixProduct(_ product: MatrixProduct, left: Tensor, right: Tensor, bias: Tensor?) -> Tensor?
}

/// A form of a backend that takes all it can; see ``Backend/forms``.
public struct BackendForm: Sendable {
    /// What a table of measurements calls it.
    public let name: String
    /// Opens it; nil where that fails.
    public let open: @Sendable () -> (any Backend)?

    /// A form by its name, opened where it is used.
    public init(_ name: String, open: @escaping @Sendable () -> (any Backend)?) {
        self.name = name
        self.open = open
    }
}

extension Backend {
    public var details: String { "" }
    public var notes: [String] { [] }
    public var forms: [BackendForm] { [BackendForm(name) { self }] }

    public func convolution(
        _ input: Tensor, weight: Tensor, geometry: ConvolutionGeometry, epilogue: ConvolutionEpilogue
    ) -> Tensor? { nil }

    public func preparedConvolution(
        of input: TensorSpecification, weight: Tensor, geometry: ConvolutionGeometry, epilogue: ConvolutionEpilogue,
        addsResidual: Bool
    ) -> (any PreparedConvolution)? { nil }

    public func convolutionInputGradient(
        _ outputGradient: Tensor, weight: Tensor, geometry: ConvolutionGeometry, inputShape: Shape
    ) -> Tensor? { nil }

    public func convolutionWeightGradient(
        _ outputGradient: Tensor, input: Tensor, geometry: ConvolutionGeometry, weightShape: Shape
    ) -> Tensor? { nil }

    public func matrixProduct(
        _ product: MatrixProduct, left: Tensor, right: Tensor, bias: Tensor?
    ) -> Tensor? { nil }
}

/// A convolution of one shape, with its weight packed and its code chosen.
///
/// A backend returns one from `Backend.preparedConvolution`, to be run many times, by one thread or several.
public protocol PreparedConvolution: Sendable {
    /// The bytes of working memory that a run needs; 0 by default.
    var scratchByteCount: Int { get }

    /// Calculates what `Backend.convolution` does for the same input, to the bit.
    ///
    /// - Parameters:
    ///   - input: `[N, H, W, C]`, as it was prepared for.
    ///   - residual: `[N, OH, OW, O]`, where it was prepared with one.
    ///   - output: `[N, OH, OW, O]`, of which every element is written, through `unsafePointer`; no other tensor sees
    ///     its memory.
    ///   - scratch: ``scratchByteCount`` bytes, of which the first lies at a multiple of 64, for this run alone.
    func run(_ input: Tensor, residual: Tensor?, into output: Tensor, scratch: UnsafeMutableRawPointer)
}

extension PreparedConvolution {
    public var scratchByteCount: Int { 0 }

    /// Calculates in working memory of its own; see ``run(_:residual:into:scratch:)``.
    public func run(_ input: Tensor, residual: Tensor?, into output: Tensor) {
        let scratch = Storage(byteCount: scratchByteCount)
        withExtendedLifetime(scratch) { run(input, residual: residual, into: output, scratch: scratch.pointer) }
    }
}

/// What is done to each output of a convolution before it is written: add a bias, add another
/// tensor, activate, in this order.
public struct ConvolutionEpilogue: Sendable {
    /// `[O]`, float32: added to each output channel; nil for none.
    public var bias: Tensor?
    /// Added then, in the shape and type of the output; nil for none.
    public var residual: Tensor?
    /// Applied last; the identity by default.
    public var activation: Activation
    /// Whether the weight is trained in this step, so that a form packed of it serves this call alone.
    public var weightIsTrained: Bool

    /// An epilogue that does nothing unless it is given something to do.
    public init(
        bias: Tensor? = nil, residual: Tensor? = nil, activation: Activation = .identity, weightIsTrained: Bool = false
    ) {
        self.bias = bias
        self.residual = residual
        self.activation = activation
        self.weightIsTrained = weightIsTrained
    }

    /// Whether the output is the sum of products alone.
    var isEmpty: Bool { bias == nil && residual == nil && activation == .identity }
}

/// The sizes of a product of matrices, or of `batch` of them.
public struct MatrixProduct: Hashable, Sendable {
    /// B, the number of products: `[B, M, K]` times `[B, K, N]` is `[B, M, N]`.
    public var batch = 1
    /// M, the rows of the left operand and of the result.
    public var rows: Int
    /// N, the columns of the right operand and of the result.
    public var columns: Int
    /// K, the columns of the left operand and the rows of the right one, over which products are added up.
    public var inner: Int
    /// The left operand is stored `[B, K, M]`.
    public var transposesLeft = false
    /// The right operand is stored `[B, N, K]`.
    public var transposesRight = false
    /// The type of the result.
    public var dataType = DataType.float32

    /// The product `[batch, rows, inner]` times `[batch, inner, columns]`.
    public init(
        batch: Int = 1, rows: Int, columns: Int, inner: Int, transposesLeft: Bool = false,
        transposesRight: Bool = false, dataType: DataType = .float32
    ) {
        self.batch = batch
        self.rows = rows
        self.columns = columns
        self.inner = inner
        self.transposesLeft = transposesLeft
        self.transposesRight = transposesRight
        self.dataType = dataType
    }
}
