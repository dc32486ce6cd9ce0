import Foundation
@_spi(Kernels) import NNCore

/// What the kernels calculate: the value of `NN_BFLOAT16`.
enum BFloat16Use: String, CaseIterable {
    /// Nothing.
    case off
    /// Of float32, what the rule says where `Engine.fastFloat32` asks for it: bfloat16 is left to libraries that have been
    /// run on processors with the instructions, as these kernels have not.
    case fastFloat32 = "fast_fp32"
    /// What the rule says.
    case auto
    /// All that they can.
    case all

    /// The value of `NN_BFLOAT16`, or ``fastFloat32`` where it is not set.
    /// - Throws: `EngineError` where it names none of them.
    static func fromEnvironment(
        _ environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(EngineError) -> Self {
        try EnvironmentChoice.value(
            of: "NN_BFLOAT16", among: allCases, unset: "'fast_fp32'", in: environment, name: \.rawValue) ?? .fastFloat32
    }
}

/// Where the kernels are taken to be faster than the next backend.
///
/// Those for AMX were written without a processor that has it, and have not been measured. So the rule takes what leaves
/// the next backend most room. oneDNN 2.6 on AMX, two cores whose peak is 2,800 GFLOP/s, calculates gradients by the
/// weight in bfloat16 at 340 GFLOP/s in the mean over networks, and forward at 690 and more: only the gradient is taken,
/// and only where tiles are full, packing is the smaller part, and starting threads is no part at all. In float32 the same
/// processor's limit is 220 GFLOP/s, and that of three products of bfloat16 is 930. With AVX512-BF16 nothing is taken: on
/// two cores of Zen 4 a training step of ResNet-50 takes 880 ms with all that these kernels can do, and 576 with oneDNN.
enum BFloat16Rule {
    /// What is calculated.
    enum Operation {
        case forward
        case inputGradient
        case weightGradient
    }

    static func takes(
        _ shape: BFloat16Shape, _ operation: Operation, _ dataType: DataType, _ instructions: BFloat16Instructions
    ) -> Bool {
        guard instructions == .amx, dataType == .float32 || operation == .weightGradient else { return false }
        // Winograd's method reaches 500 GFLOP/s, as sums of products are counted: too near to the limit to be sure.
        if dataType == .float32, shape.isDense3x3, Engine.winograd != .off { return false }
        // Each tap is packed again; taps of a stride are mostly zeros in the gradient by the input.
        if operation == .inputGradient, shape.geometry.strides != 1 { return false }
        let (inputs, outputs) = (shape.inputChannels, shape.outputChannels)
        return min(inputs, outputs) >= 64 && isFull(inputs) && isFull(outputs) && shape.outputPixels >= 1024
            && shape.multiplications >= 50_000_000
    }

    static func takes(
        _ product: MatrixProduct, _ dataType: DataType, _ instructions: BFloat16Instructions
    ) -> Bool {
        // Of products in bfloat16 oneDNN's are at the processor's peak. A batch starts the threads for each product.
        instructions == .amx && dataType == .float32 && product.batch == 1 && product.columns >= 128
            && product.inner >= 128 && product.rows >= 512 && isFull(product.columns) && isFull(product.inner)
    }

    /// Whether the tiles of so many channels, 32 at a time, are at least four fifths full.
    private static func isFull(_ channels: Int) -> Bool { 5 * channels >= 4 * ((channels + 31) / 32 * 32) }
}
