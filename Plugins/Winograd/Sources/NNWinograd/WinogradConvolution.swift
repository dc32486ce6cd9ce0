import CNNWinograd
@_spi(Kernels) import NNCore

/// A convolution of one shape, or a gradient by the input, with its weight packed.
struct WinogradConvolution: PreparedConvolution {
    let shape: nn_winograd_shape
    let tile: Int
    let instructions: WinogradInstructions
    let packed: Tensor
    var bias: Tensor?
    var activation = Activation.identity
    /// Whether the weight was packed just before, so that its parts lie in the caches of the threads that packed them.
    var followsPacking = false

    /// Calculates in float32.
    func run(_ input: Tensor, residual: Tensor?, into output: Tensor) {
        Engine.note(kernel: "F\(tile)")
        let epilogue = nn_winograd_epilogue(
            bias: bias?.floatAddress, residual: residual?.floatAddress, activation: activation.kernelCode,
            slope: activation.slope)
        var plan = nn_winograd_plan_products(
            shape, Int32(tile), instructions.rawValue, Int32(Engine.threadCount), followsPacking ? 1 : 0)
        let work = Tensor(uninitialized: [Int(plan.work_size)])
        withExtendedLifetime((input, residual, output, work)) {
            nn_winograd_convolve(
                &plan, input.floatAddress, packed.floatAddress, epilogue, output.floatAddress, work.floatAddress)
        }
    }
}
