import CNNBFloat16
@_spi(Kernels) import NNCore

/// A convolution of one shape, or a gradient by the input, with its weight packed.
struct BFloat16Convolution: PreparedConvolution {
    let plan: nn_bf16_products
    let packed: Tensor
    var bias: Tensor?
    var activation = Activation.identity

    var scratchByteCount: Int { Int(plan.work_size) }

    func run(_ input: Tensor, residual: Tensor?, into output: Tensor, scratch: UnsafeMutableRawPointer) {
        Engine.note(kernel: input.dataType == .float32 ? "3x bf16" : "bf16")
        var plan = plan
        let epilogue = nn_bf16_epilogue(
            bias: bias?.floatAddress, residual: residual.map { UnsafeRawPointer($0.unsafePointer) },
            activation: activation.kernelCode, slope: activation.slope, is_float: output.dataType == .float32 ? 1 : 0)
        withExtendedLifetime((input, residual, output, packed)) {
            nn_bf16_multiply(
                &plan, input.unsafePointer, packed.unsafePointer, epilogue, output.unsafePointer, scratch)
        }
    }
}

/// The order of a packed weight.
struct BFloat16Packing: Hashable {
    private let shape: Shape
    private let isGradient: Bool
    private let isFloat: Bool
    private let isa: Int32

    init(_ shape: BFloat16Shape, _ plan: nn_bf16_products) {
        // A reshaped weight lies in the same memory.
        self.shape = shape.weight
        isGradient = plan.use == Int32(NN_BF16_INPUT_GRADIENT)
        isFloat = plan.is_float != 0
        isa = plan.isa
    }
}

extension nn_bf16_products {
    /// Packs a weight, or a right matrix at an address.
    func pack(_ right: UnsafeRawPointer) -> Tensor {
        var plan = self
        let packed = Tensor.work(bytes: packed_size)
        let work = Tensor.work(bytes: packing_size)
        withExtendedLifetime((packed, work)) {
            nn_bf16_pack(&plan, right, packed.unsafePointer, work.unsafePointer)
        }
        return packed
    }
}

extension Tensor {
    /// The address of the first float, which the tensor must outlive.
    var floatAddress: UnsafeMutablePointer<Float> { unsafePointer.assumingMemoryBound(to: Float.self) }

    /// Memory of at least so many bytes.
    static func work(bytes: Int64) -> Tensor { Tensor(uninitialized: [Int(bytes) / 4 + 1]) }
}
