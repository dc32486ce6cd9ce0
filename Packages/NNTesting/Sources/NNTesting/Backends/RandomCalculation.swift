import NNCore

/// A random convolution, gradient or product, with which a backend is compared with plain loops.
///
/// It follows from a seed and an index alone, so that a failure can be had again: odd sizes, every stride, dilation and
/// group, windows of 1 to 7 pixels, channels around the lengths of vectors, rows of up to 1,000 pixels.
@_spi(Testing) public struct RandomCalculation: CustomStringConvertible, Sendable {
    /// The result of a comparison with plain loops.
    public enum Outcome: Sendable, Equatable {
        /// All values are within the rounding error of their sums.
        case agrees
        /// The backend left the calculation to the next one.
        case declined
        /// A value, a shape or a type differs: which, and by how much.
        case wrong(String)
    }

    /// The calculations of a backend.
    public enum Kind: Sendable {
        /// A convolution with bias, residual addition and activation.
        case convolution
        /// The gradient of a convolution by its input.
        case inputGradient
        /// The gradient of a convolution by its weight.
        case weightGradient
        /// A product of matrices, or of a batch of them.
        case product
    }

    var kind: Kind
    /// The type of the images and of the operands, float32 or bfloat16.
    public let dataType: DataType
    var input: Shape
    var weight: Shape
    var geometry: ConvolutionGeometry
    var hasBias = false
    var hasResidual = false
    var activation = Activation.identity
    var product = MatrixProduct(rows: 1, columns: 1, inner: 1)
    private var seed: UInt64

    /// - Parameter largest: How many multiplications it may take.
    public init(seed: UInt64, index: Int, largest: Int = 2_000_000) {
        var choices = RandomChoices(RandomKey(seed: seed).derived(index))
        self.seed = choices.number()
        (input, weight, geometry) = (Shape([1, 1, 1, 1]), Shape([1, 1, 1, 1]), ConvolutionGeometry())
        dataType = choices.element(of: [.float32, .bfloat16])
        kind = choices.element(
            of: [.convolution, .convolution, .inputGradient, .weightGradient, .weightGradient, .product])
        if kind == .product {
            product = MatrixProduct(
                batch: choices.element(of: [1, 1, 2, 3]), rows: Self.length(&choices), columns: Self.length(&choices),
                inner: Self.length(&choices), transposesLeft: choices.happens(oneIn: 2),
                transposesRight: choices.happens(oneIn: 2), dataType: dataType)
            hasBias = choices.happens(oneIn: 2)
            return
        }
        repeat {
            let convolution = choices.convolution(.large)
            (input, weight, geometry) = (convolution.inputShape, convolution.weightShape, convolution.geometry)
        } while outputShape[1] < 1 || outputShape[2] < 1 || multiplications > largest
        guard kind == .convolution else { return }
        hasBias = choices.happens(oneIn: 2)
        hasResidual = choices.happens(oneIn: 2)
        activation = choices.element(of: ReferenceActivation.all)
    }

    /// The length of a side of a matrix.
    private static func length(_ choices: inout RandomChoices) -> Int {
        choices.element(of: [1, 2, 7, 15, 16, 17, 31, 32, 33, 64, 65, choices.number(1...150)])
    }

    /// A convolution of given sizes, as it occurs in a network.
    public init(
        _ kind: Kind, input: Shape, weight: Shape, geometry: ConvolutionGeometry, dataType: DataType
    ) {
        self.kind = kind
        self.dataType = dataType
        self.input = input
        self.weight = weight
        self.geometry = geometry
        seed = 1
    }

    var outputShape: Shape {
        let size = geometry.outputSize(
            input: Size(height: input[1], width: input[2]), kernel: Size(height: weight[2], width: weight[3]))
        return Shape([input[0], size.height, size.width, weight[0]])
    }

    var multiplications: Int { outputShape.elementCount * weight[1] * weight[2] * weight[3] }

    public var description: String {
        if kind == .product {
            return "\(dataType) product of \(product.batch) times \(product.rows)x\(product.inner)"
                + "\(product.transposesLeft ? " transposed" : "") and \(product.inner)x\(product.columns)"
                + "\(product.transposesRight ? " transposed" : "")\(hasBias ? ", bias" : "")"
        }
        let padding = geometry.padding
        return "\(dataType) \(kind) \(input.dimensions) with \(weight.dimensions), strides \(geometry.strides), "
            + "dilations \(geometry.dilations), padding top \(padding.top) bottom \(padding.bottom) left "
            + "\(padding.left) right \(padding.right), groups \(geometry.groups)\(hasBias ? ", bias" : "")"
            + "\(hasResidual ? ", residual" : "")\(activation == .identity ? "" : ", \(activation)")"
    }

    /// Numbers from -1 to 1: all bits of float32, or what bfloat16 holds exactly.
    func values(_ shape: Shape, _ purpose: UInt64, _ dataType: DataType) -> Tensor {
        var choices = RandomChoices(RandomKey(seed: seed).derived(purpose))
        let isRounded = self.dataType == .bfloat16
        let values = (0..<shape.elementCount).map { _ in
            let value = Float(Int64(bitPattern: choices.number()) >> 32) / Float(1 << 31)
            return isRounded ? Float(BFloat16(value)) : value
        }
        return Tensor(values, shape: shape).cast(to: dataType)
    }
}
