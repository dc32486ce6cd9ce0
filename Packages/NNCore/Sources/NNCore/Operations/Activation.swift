/// A function that is applied to each element on its own.
public enum Activation: Hashable, Sendable {
    /// x
    case identity
    /// max(x, 0)
    case relu
    /// x where x > 0, else slope · x
    case leakyReLU(slope: Float = 0.01)
    /// x · tanh(softplus(x)) (Misra 2019)
    case mish
    /// x · sigmoid(x), also called swish (Elfwing et al. 2017)
    case silu
    /// x · Φ(x), with the exact normal distribution (Hendrycks and Gimpel 2016)
    case gelu
    /// 1 / (1 + exp(-x))
    case sigmoid
    /// tanh(x)
    case tanh
    /// log(1 + exp(x))
    case softplus
    /// x · min(max(x + 3, 0), 6) / 6 (Howard et al. 2019)
    case hardSwish
    /// min(max(x, 0), 6), as MobileNet uses
    case relu6

    /// What operations and messages call the function.
    var name: String { if case .leakyReLU = self { "leakyReLU" } else { "\(self)" } }

    /// The number by which the C kernels know the function.
    @_spi(Kernels) public var kernelCode: Int32 {
        switch self {
        case .identity: 0
        case .relu: 1
        case .leakyReLU: 2
        case .mish: 3
        case .silu: 4
        case .gelu: 5
        case .sigmoid: 6
        case .tanh: 7
        case .softplus: 8
        case .hardSwish: 9
        case .relu6: 10
        }
    }

    /// The slope for negative values of a leaky ReLU, 0 for the others.
    @_spi(Kernels) public var slope: Float { if case .leakyReLU(let slope) = self { slope } else { 0 } }
}
