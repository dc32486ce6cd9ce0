import NNLayers

/// How one parameter is updated; an ``Optimizer`` applies the rule to each of its parameters.
///
/// What a rule remembers of a parameter are tensors of the parameter's shape, which the optimizer holds and saves in
/// checkpoints:
///
/// ```swift
/// /// Steps by the sign of the averaged gradient.
/// struct SignDescent: UpdateRule {
///     var stateNames: [String] { ["mean"] }
///
///     func update(_ parameter: inout Tensor, state: inout [Tensor], with update: ParameterUpdate) {
///         state[0].move(toward: update.gradient, rate: 0.1)
///         parameter = parameter - state[0].sign() * Float(update.learningRate)
///     }
/// }
///
/// let optimizer = Optimizer(SignDescent(), network.parameters, learningRate: 1e-3)
/// ```
///
/// For a test, a ``ParameterUpdate`` is made by hand. For configurations, ``OptimizerOptions`` name the rule.
public protocol UpdateRule: Sendable {
    /// The names of the tensors that are kept of each parameter; they start as zeros.
    var stateNames: [String] { get }

    /// Updates a parameter and its state in place.
    /// - Parameters:
    ///   - parameter: The values, float32.
    ///   - state: The tensors of ``stateNames``, in that order, float32 in the shape of the parameter.
    ///   - update: The gradient, and what the rule has to know of the step.
    func update(_ parameter: inout Tensor, state: inout [Tensor], with update: ParameterUpdate)
}

/// What an ``UpdateRule`` has to know of a step.
public struct ParameterUpdate: Sendable {
    /// The learning rate of this step for this parameter.
    public let learningRate: Double
    /// The weight decay of this parameter.
    public let weightDecay: Double
    /// The number of updates of this parameter including this one, from 1.
    public let number: Int
    /// The gradient before ``scale`` and ``limit``, which the kernels of this module apply in their pass.
    let unadjustedGradient: Tensor
    /// The factor of the gradient, of accumulation and of clipping by norm.
    let scale: Float
    /// The largest magnitude of an element of the scaled gradient; infinity for no limit.
    let limit: Float

    /// Creates an update by hand, as a test of a rule needs it.
    /// - Parameters:
    ///   - gradient: Float32 in the shape of the parameter.
    ///   - learningRate: 0 or more.
    ///   - weightDecay: 0 or more.
    ///   - number: The number of updates of the parameter including this one, from 1.
    public init(gradient: Tensor, learningRate: Double, weightDecay: Double = 0, number: Int = 1) {
        self.init(
            unadjusted: gradient, scale: 1, limit: .infinity, learningRate: learningRate, weightDecay: weightDecay,
            number: number)
    }

    init(
        unadjusted gradient: Tensor, scale: Float, limit: Float, learningRate: Double, weightDecay: Double,
        number: Int
    ) {
        require(learningRate, .notNegative, "ParameterUpdate: learningRate")
        require(weightDecay, .notNegative, "ParameterUpdate: weightDecay")
        require(number >= 1, "ParameterUpdate: updates are counted from 1, not \(number)")
        unadjustedGradient = gradient
        self.scale = scale
        self.limit = limit
        self.learningRate = learningRate
        self.weightDecay = weightDecay
        self.number = number
    }

    /// The gradient of the loss by the parameter, scaled and clipped: float32 in the shape of the parameter.
    ///
    /// Calculated anew each time it is asked for where there is something to scale or to clip.
    public var gradient: Tensor {
        let scaled = scale == 1 ? unadjustedGradient : unadjustedGradient * scale
        return limit == .infinity ? scaled : scaled.clamped(min: -limit, max: limit)
    }
}
