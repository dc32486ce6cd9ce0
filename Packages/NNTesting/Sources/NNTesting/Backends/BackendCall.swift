import Foundation
import NNCore

/// One call of a backend, with what must come of it.
struct BackendCall {
    let name: String
    /// What the call reads, which must stay as it is.
    let inputs: KeyValuePairs<String, Tensor>
    let expected: () -> Expectation
    /// What may come of it as well.
    var alternative: (() -> Expectation)?
    /// The channel of an element of a convolution's result, or the pair of channels; nil for a product.
    var channel: ((Int) -> Int)?
    let make: @Sendable (any Backend) -> Tensor?
    /// The same, prepared and run twice; nil where the backend prepares nothing. It must give the same bits.
    var makePrepared: (@Sendable (any Backend) -> [Tensor]?)?
}

/// What is expected of a call, calculated once for all backends.
struct ExpectedResult {
    private let expected: Expectation
    private let makeAlternative: (() -> Expectation)?
    private lazy var alternative = makeAlternative?()

    init(_ call: BackendCall, _ arithmetic: BackendConformance.Arithmetic) {
        switch (arithmetic, call.channel) {
        case (.tiles, let channel?):
            expected = call.expected().allowingTiles(channel)
            makeAlternative = call.alternative.map { make in { make().allowingTiles(channel) } }
        case (.halves, _):
            expected = call.expected().allowingHalves()
            makeAlternative = call.alternative.map { make in { make().allowingHalves() } }
        default:
            expected = call.expected()
            makeAlternative = call.alternative
        }
    }

    /// What is wrong with a result; nil where nothing is.
    mutating func finding(_ result: Tensor) -> String? {
        guard let difference = expected.difference(of: result) else { return nil }
        guard let alternative else { return difference.description }
        guard let other = alternative.difference(of: result) else { return nil }
        return (other.count < difference.count ? other : difference).description
    }
}

/// What a backend must return, and how far each element may be off.
struct Expectation {
    let specification: TensorSpecification
    private var values: [Double]
    private var allowances: [Double]
    /// The sums of the magnitudes of what is added.
    private var magnitudes: [Double]
    private var isFinite = true
    /// Whether NaN may become 0: a processor's maximum of NaN and 0 is the second of both.
    private let mayClearNaN: Bool
    /// Whether any element may be NaN or infinite, since some of its products are.
    private var maySpreadNaN = false

    /// - Parameters:
    ///   - sums: What the operation sums.
    ///   - bias: Added to each element of its channel, the last dimension.
    ///   - residual: Added element by element.
    init(
        _ sums: ReferenceSums, _ specification: TensorSpecification, bias: Tensor? = nil, residual: Tensor? = nil,
        activation: Activation = .identity
    ) {
        self.specification = specification
        values = sums.values
        allowances = sums.magnitudes
        magnitudes = sums.magnitudes
        mayClearNaN = activation == .relu || activation == .relu6
        let (biases, residuals) = (bias?.floats, residual?.floats)
        for index in values.indices {
            var (sum, magnitude) = (sums.values[index], sums.magnitudes[index])
            if let biases {
                let term = Double(biases[index % biases.count])
                sum += term
                magnitude += abs(term)
            }
            if let residuals {
                let term = Double(residuals[index])
                sum += term
                magnitude += abs(term)
            }
            if !magnitude.isFinite { isFinite = false }
            magnitudes[index] = magnitude
            let value = ReferenceActivation.value(activation, sum)
            values[index] = value
            allowances[index] = Self.allowance(value, sum, magnitude, activation, specification.dataType)
        }
    }

    /// Sums in float32 in any order, the function by an approximation, and one rounding to the type of the result.
    private static func allowance(
        _ value: Double, _ sum: Double, _ magnitude: Double, _ activation: Activation, _ dataType: DataType
    ) -> Double {
        // An infinite sum may have a finite value: relu(-infinity) is 0 exactly.
        guard magnitude.isFinite else { return 0 }
        // Sixteen units in the last place of float32; sums of thousands of terms stay below four.
        var result = magnitude * 0x1p-20
        switch activation {
        case .identity, .relu, .relu6: break
        case .leakyReLU(let slope): result *= max(1, abs(Double(slope)))
        default: result = 1.5 * result + 2e-6 * (abs(value) + min(abs(sum), 1))
        }
        // Half a unit in the last of eight bits: what is cut instead of rounded is off by up to a whole one.
        if dataType == .bfloat16 { result += (abs(value) + result).binade * 0x1p-8 }
        return result
    }

    /// The same of a backend that transforms tiles, see ``BackendConformance/Arithmetic``.
    func allowingTiles(_ channel: (Int) -> Int) -> Self {
        var (result, largest) = (self, [Int: Double]())
        for (index, allowance) in allowances.enumerated() {
            largest[channel(index), default: 0] = max(largest[channel(index), default: 0], allowance)
        }
        for index in allowances.indices { result.allowances[index] = 16 * largest[channel(index), default: 0] }
        result.maySpreadNaN = !isFinite
        return result
    }

    /// The same of a backend that multiplies halves, see ``BackendConformance/Arithmetic``.
    func allowingHalves() -> Self {
        var result = self
        for index in allowances.indices where magnitudes[index].isFinite {
            result.allowances[index] += 0x1p-15 * magnitudes[index]
        }
        result.maySpreadNaN = !isFinite
        return result
    }

    /// What is wrong with a result, and in how many elements; nil where nothing is.
    func difference(of result: Tensor) -> (count: Int, description: String)? {
        guard result.specification == specification else {
            return (.max, "\(result.specification), expected \(specification)")
        }
        let found = result.floats
        var (wrong, worst, largest) = (0, 0, 0.0)
        for index in values.indices {
            let (value, expected) = (Double(found[index]), values[index])
            if maySpreadNaN, !value.isFinite { continue }
            let distance: Double
            if expected.isFinite {
                distance = abs(value - expected)
                // Not `>`, which is false for NaN.
                if distance <= allowances[index] { continue }
            } else {
                if expected.isNaN ? value.isNaN || mayClearNaN && value == 0 : value == expected { continue }
                distance = .infinity
            }
            wrong += 1
            let excess = distance.isNaN ? Double.infinity : distance / allowances[index]
            if wrong == 1 || excess > largest { (worst, largest) = (index, excess) }
        }
        guard wrong > 0 else { return nil }
        let position = zip(specification.shape.strides, specification.shape).map { worst / $0 % $1 }
        let description =
            "\(found[worst]) at \(position), expected \(Float(values[worst])) ± \(short(allowances[worst])); "
            + "\(wrong) of \(found.count) elements are off"
        return (wrong, description)
    }
}

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
