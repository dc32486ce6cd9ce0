import CNNKernels

/// A step of stochastic gradient descent, as PyTorch defines it, in one pass over memory.
///
/// With g the adjusted gradient, p the parameter and m the momentum:
/// g ← g + weightDecay · p; m ← momentum · m + (1 - dampening) · g; p ← p - learningRate · m, or with
/// `nesterov` p ← p - learningRate · (g + momentum · m) (Sutskever et al. 2013).
public struct SGDStep: Sendable, Hashable {
    public var learningRate: Float
    public var momentum: Float
    public var dampening: Float
    public var nesterov: Bool
    public var weightDecay: Float

    public init(
        learningRate: Float, momentum: Float = 0, dampening: Float = 0, nesterov: Bool = false,
        weightDecay: Float = 0
    ) {
        require(learningRate, .notNegative, "SGDStep: learningRate")
        require(momentum, .fractionBelowOne, "SGDStep: momentum")
        require(dampening, .fraction, "SGDStep: dampening")
        require(weightDecay, .notNegative, "SGDStep: weightDecay")
        self.learningRate = learningRate
        self.momentum = momentum
        self.dampening = dampening
        self.nesterov = nesterov
        self.weightDecay = weightDecay
    }

    /// Changes a parameter and its momentum; all three tensors are float32 of one shape.
    public func update(
        _ parameter: inout Tensor, momentum: inout Tensor, gradient: Tensor,
        adjustment: GradientAdjustment = GradientAdjustment()
    ) {
        requireUpdatable("SGDStep", parameter, momentum, gradient)
        let count = Int64(parameter.elementCount)
        parameter.withKernelPointer { parameter in
            momentum.withKernelPointer { momentum in
                gradient.withScalars { gradient in
                    nn_sgd(
                        parameter, gradient.baseAddress!, momentum, count, kernelOptions, adjustment.kernelValue)
                }
            }
        }
    }

    /// Changes a parameter without momentum; both tensors are float32 of one shape.
    public func update(
        _ parameter: inout Tensor, gradient: Tensor, adjustment: GradientAdjustment = GradientAdjustment()
    ) {
        requireUpdatable("SGDStep", parameter, gradient)
        let count = Int64(parameter.elementCount)
        parameter.withKernelPointer { parameter in
            gradient.withScalars { gradient in
                nn_sgd(parameter, gradient.baseAddress!, nil, count, kernelOptions, adjustment.kernelValue)
            }
        }
    }

    private var kernelOptions: nn_sgd_options {
        nn_sgd_options(
            learning_rate: learningRate, weight_decay: weightDecay, momentum: momentum, fresh: 1 - dampening,
            nesterov: nesterov ? 1 : 0)
    }
}
