import CNNWinograd
import Foundation
@_spi(Kernels) import NNCore

/// Instructions that the kernels are compiled for.
struct WinogradInstructions: Hashable, Sendable, CustomStringConvertible {
    /// As `nn_winograd.h` counts them.
    let rawValue: Int32
    private let name: String
    let description: String

    /// Those of every processor of the architecture.
    static let portable = Self(rawValue: Int32(NN_WINOGRAD_PORTABLE), name: "portable", description: "portable code")
    static let avx2 = Self(rawValue: Int32(NN_WINOGRAD_AVX2), name: "avx2", description: "AVX2")
    static let avx512 = Self(rawValue: Int32(NN_WINOGRAD_AVX512), name: "avx512", description: "AVX-512")

    /// What this processor has, the best last.
    static let available = [portable, avx2, avx512].filter { $0.rawValue <= nn_winograd_best_isa() }

    /// Those that `NN_WINOGRAD_ISA` names, or else the best.
    /// - Throws: `EngineError` where this processor does not have them.
    static func fromEnvironment(
        _ environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(EngineError) -> Self {
        try EnvironmentChoice.value(
            of: "NN_WINOGRAD_ISA", among: available, unset: "the best of this processor", in: environment, name: \.name)
            ?? available[available.count - 1]
    }
}

/// How the processor multiplies bfloat16.
enum BFloat16Products: Int32 {
    /// Not at all.
    case none
    /// By AVX512-BF16, at twice the rate of float32.
    case vectors
    /// By AMX.
    case tiles

    static let ofThisProcessor = Self(rawValue: nn_winograd_best_bfloat16()) ?? .none
}
