import Foundation
import NNCore

/// Activations by the formulas of their papers, in double precision.
enum ReferenceActivation {
    static let all: [Activation] = [
        .identity, .relu, .leakyReLU(slope: 0.1), .mish, .silu, .gelu, .sigmoid, .tanh, .softplus, .hardSwish, .relu6,
        .leakyReLU(slope: 0.01), .leakyReLU(slope: 0.4), .leakyReLU(slope: -0.3), .leakyReLU(slope: 1.7),
    ]

    static func value(_ activation: Activation, _ x: Double) -> Double {
        switch activation {
        case .identity: x
        case .relu: max(x, 0)
        case .leakyReLU(let slope): x > 0 ? x : Double(slope) * x
        case .mish: x * tanh(log1p(exp(x)))
        case .silu: x / (1 + exp(-x))
        case .gelu: x / 2 * (1 + erf(x / 2.0.squareRoot()))
        case .sigmoid: 1 / (1 + exp(-x))
        case .tanh: tanh(x)
        case .softplus: log1p(exp(x))
        case .hardSwish: x * min(max(x + 3, 0), 6) / 6
        case .relu6: min(max(x, 0), 6)
        }
    }
}
