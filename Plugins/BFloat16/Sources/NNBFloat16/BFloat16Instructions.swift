import CNNBFloat16
import Foundation
@_spi(Kernels) import NNCore

/// Instructions that the kernels are compiled for.
struct BFloat16Instructions: Hashable, Sendable, CustomStringConvertible {
    /// As `nn_bf16_products.h` counts them.
    let rawValue: Int32
    private let name: String
    let description: String

    private init(_ rawValue: Int, _ name: String, _ description: String) {
        (self.rawValue, self.name, self.description) = (Int32(rawValue), name, description)
    }

    /// Plain loops, by which the others are tested.
    static let portable = Self(NN_BF16_PORTABLE, "portable", "plain loops")
    static let emulatedAVX512 = Self(NN_BF16_EMULATED_AVX512, "emulated_avx512", "AVX512-BF16, emulated")
    static let emulatedAMX = Self(NN_BF16_EMULATED_AMX, "emulated_amx", "AMX, emulated")
    static let avx512 = Self(NN_BF16_AVX512, "avx512", "AVX512-BF16")
    static let amx = Self(NN_BF16_AMX, "amx", "AMX")

    /// What can run here, the best last.
    static let available = [portable, emulatedAVX512, emulatedAMX, avx512, amx].filter {
        nn_bf16_has_isa($0.rawValue) != 0
    }

    /// What this processor has, the best last.
    static let native = available.filter { $0 == .avx512 || $0 == .amx }

    /// Those that `NN_BFLOAT16_ISA` names, or else the best of the processor; nil where it has none.
    /// - Throws: `EngineError` where they cannot run here.
    static func fromEnvironment(
        _ environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(EngineError) -> Self? {
        try EnvironmentChoice.value(
            of: "NN_BFLOAT16_ISA", among: available, unset: "what the processor has", in: environment, name: \.name)
            ?? native.last
    }
}
