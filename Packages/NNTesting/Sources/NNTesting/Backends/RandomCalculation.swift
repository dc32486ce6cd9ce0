import NNCore

/// A random convolution, gradient or product, by which a backend is held against plain loops.
///
/// It follows from a seed and an index alone, so that a failure can be had again: odd sizes, every stride, dilation and
/// group, windows of 1 to 7 pixels, channels around the lengths of vectors, rows of up to 1,000 pixels.
public struct RandomCalculation: CustomStringConvertible, Sendable {
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
        var numbers = Numbers(state: seed &* 0x9e37_79b9_7f4a_7c15 &+ UInt64(index) &* 0xd1b5_4a32_d192_ed03)
        self.seed = numbers.next()
        (input, weight, geometry) = (Shape([1, 1, 1, 1]), Shape([1, 1, 1, 1]), ConvolutionGeometry())
        dataType = numbers.one(of: [.float32, .bfloat16])
        kind = numbers.one(of: [.convolution, .convolution, .inputGradient, .weightGradient, .weightGradient, .product])
        if kind == .product {
            product = MatrixProduct(
                batch: numbers.one(of: [1, 1, 2, 3]), rows: numbers.length, columns: numbers.length,
                inner: numbers.length, transposesLeft: numbers.one(of: [true, false]),
                transposesRight: numbers.one(of: [true, false]), dataType: dataType)
            hasBias = numbers.one(of: [true, false])
            return
        }
        repeat { drawConvolution(&numbers) } while outputShape[1] < 1 || outputShape[2] < 1 || multiplications > largest
        guard kind == .convolution else { return }
        hasBias = numbers.one(of: [true, false])
        hasResidual = numbers.one(of: [true, false])
        activation = numbers.one(of: ReferenceActivation.all)
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

    private mutating func drawConvolution(_ numbers: inout Numbers) {
        let lengths = [1, 1, 2, 3, 3, 3, 4, 5, 7]
        let height = numbers.one(of: lengths)
        let kernel = Size(height: height, width: numbers.one(of: [height, height, height, numbers.one(of: lengths)]))
        let stride = numbers.one(of: [1, 1, 1, 2, 2, 3])
        let strides = Size(height: stride, width: numbers.one(of: [stride, stride, stride, 1, 2]))
        let dilation = numbers.one(of: [1, 1, 1, 2, 3, 4])
        let dilations = Size(height: dilation, width: numbers.one(of: [dilation, dilation, dilation, 1, 2]))
        let channels = [1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 24, 31, 32, 33, 48, 64, 65]
        var (groups, inputs, outputs) = (1, numbers.one(of: channels), numbers.one(of: channels))
        switch numbers.below(10) {
        case 0:
            groups = numbers.one(of: [2, 3, 4])
            (inputs, outputs) = (
                groups * numbers.one(of: [1, 3, 4, 8, 16, 17]), groups * numbers.one(of: [1, 4, 8, 16, 17])
            )
        case 1, 2:
            groups = numbers.one(of: channels)
            (inputs, outputs) = (groups, groups * numbers.one(of: [1, 1, 1, 2]))
        default: break
        }
        var size = Size(height: 1 + numbers.below(40), width: 1 + numbers.below(40))
        switch numbers.below(6) {
        case 0: size = Size(height: 1 + numbers.below(12), width: 100 + numbers.below(901))
        case 1: size = Size(height: 100 + numbers.below(400), width: 1 + numbers.below(12))
        default: break
        }
        let window = Size(
            height: dilations.height * (kernel.height - 1) + 1, width: dilations.width * (kernel.width - 1) + 1)
        let padding: EdgeInsets
        switch numbers.below(4) {
        case 0: padding = 0
        case 1: padding = Padding.same.insets(input: size, kernel: kernel, strides: strides, dilations: dilations)
        case 2:
            padding = EdgeInsets(
                top: numbers.below(window.height), bottom: numbers.below(window.height),
                left: numbers.below(window.width), right: numbers.below(window.width))
        default:
            let (vertical, horizontal) = (window.height / 2, window.width / 2)
            padding = EdgeInsets(top: vertical, bottom: vertical, left: horizontal, right: horizontal)
        }
        geometry = ConvolutionGeometry(strides: strides, dilations: dilations, padding: padding, groups: groups)
        input = Shape([1 + numbers.below(5), size.height, size.width, inputs])
        weight = Shape([outputs, inputs / groups, kernel.height, kernel.width])
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

    /// Random numbers of splitmix64.
    struct Numbers {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var z = state
            z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
            return z ^ (z >> 31)
        }

        mutating func below(_ limit: Int) -> Int { Int(next() >> 33) % limit }
        mutating func one<Element>(of elements: [Element]) -> Element { elements[below(elements.count)] }

        /// The length of a side of a matrix.
        var length: Int {
            mutating get { one(of: [1, 2, 7, 15, 16, 17, 31, 32, 33, 64, 65, 1 + below(150)]) }
        }
    }

    /// Numbers from -1 to 1: all bits of float32, or what bfloat16 holds exactly.
    func values(_ shape: Shape, _ purpose: UInt64, _ dataType: DataType) -> Tensor {
        var numbers = Numbers(state: seed ^ (purpose &* 0xa076_1d64_78bd_642f))
        let isRounded = self.dataType == .bfloat16
        let values = (0..<shape.elementCount).map { _ in
            let value = Float(Int64(bitPattern: numbers.next()) >> 32) / Float(1 << 31)
            return isRounded ? Float(BFloat16(value)) : value
        }
        return Tensor(values, shape: shape).cast(to: dataType)
    }
}
