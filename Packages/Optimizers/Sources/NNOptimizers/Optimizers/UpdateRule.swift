import NNLayers

/// How an optimizer changes one parameter; ``Optimizer`` applies it to all of them.
///
/// A rule of your own keeps what it remembers of a parameter in tensors of the parameter's shape, which
/// the optimizer holds for it and saves in checkpoints:
///
/// ```swift
/// struct SignDescent: UpdateRule {
///     let stateNames: [String] = []
///
///     func update(_ parameter: inout Tensor, state: inout [Tensor], with update: ParameterUpdate) {
///         ...
///     }
/// }
/// ```
public protocol UpdateRule: Sendable {
    /// The names of the tensors that are kept for each parameter; they start as zeros.
    var stateNames: [String] { get }

    /// Changes a parameter and its state, in the order of ``stateNames``, in place.
    func update(_ parameter: inout Tensor, state: inout [Tensor], with update: ParameterUpdate)
}

/// What an update rule works from.
public struct ParameterUpdate {
    /// The gradient by the parameter: float32 in its shape.
    public var gradient: Tensor
    /// What must be done to the gradient first: accumulation and clipping. The fused steps of NNCore
    /// do it in the same pass.
    public var adjustment: GradientAdjustment
    /// The learning rate of this step and parameter.
    public var learningRate: Double
    /// The weight decay of this parameter.
    public var weightDecay: Double
    /// How many updates the parameter has had with this one, from 1.
    public var number: Int

    /// What an ``Optimizer`` gives a rule; made by hand to try one.
    public init(
        gradient: Tensor, adjustment: GradientAdjustment = GradientAdjustment(), learningRate: Double,
        weightDecay: Double = 0, number: Int = 1
    ) {
        require(number >= 1, "ParameterUpdate: updates are counted from 1, not \(number)")
        self.gradient = gradient
        self.adjustment = adjustment
        self.learningRate = learningRate
        self.weightDecay = weightDecay
        self.number = number
    }
}
