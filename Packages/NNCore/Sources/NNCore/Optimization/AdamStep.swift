import CNNKernels
import Foundation

/// A step of Adam (Kingma and Ba 2015), or of AdamW (Loshchilov and Hutter 2019), as PyTorch defines
/// them, in one pass over memory.
///
/// With g the adjusted gradient and t the number of the step: m ← β₁ · m + (1 - β₁) · g;
/// v ← β₂ · v + (1 - β₂) · g²; p ← p - learningRate · m̂ / (√v̂ + epsilon), where
/// m̂ = m / (1 - β₁ᵗ) and v̂ = v / (1 - β₂ᵗ). Weight decay is added to the gradient; decoupled, it
/// shrinks the parameter by learningRate · weightDecay instead.
public struct AdamStep: Sendable, Hashable {
    public var learningRate: Double
    public var beta1: Double
    public var beta2: Double
    public var epsilon: Double
    public var weightDecay: Double
    /// Whether weight decay is that of AdamW.
    public var decouplesWeightDecay: Bool

    public init(
        learningRate: Double, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
        weightDecay: Double = 0, decouplesWeightDecay: Bool = false
    ) {
        require(learningRate, .notNegative, "AdamStep: learningRate")
        require(beta1, .fractionBelowOne, "AdamStep: beta1")
        require(beta2, .fractionBelowOne, "AdamStep: beta2")
        require(epsilon, .positive, "AdamStep: epsilon")
        require(weightDecay, .notNegative, "AdamStep: weightDecay")
        self.learningRate = learningRate
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.weightDecay = weightDecay
        self.decouplesWeightDecay = decouplesWeightDecay
    }

    /// Changes a parameter and the running mean and mean square of its gradients.
    ///
    /// - Parameters:
    ///   - number: How many steps of this parameter there are with this one, from 1.
    ///   - gradient: float32 in the shape of the parameter, as the other tensors are.
    public func update(
        _ parameter: inout Tensor, mean: inout Tensor, variance: inout Tensor, number: Int, gradient: Tensor,
        adjustment: GradientAdjustment = GradientAdjustment()
    ) {
        requireUpdatable("AdamStep", parameter, mean, variance, gradient)
        require(number >= 1, "AdamStep: steps are counted from 1, not \(number)")
        let count = Int64(parameter.elementCount)
        let options = kernelOptions(number: number)
        parameter.withKernelPointer { parameter in
            mean.withKernelPointer { mean in
                variance.withKernelPointer { variance in
                    gradient.withScalars { gradient in
                        nn_adam(
                            parameter, gradient.baseAddress!, mean, variance, count, options,
                            adjustment.kernelValue)
                    }
                }
            }
        }
    }

    private func kernelOptions(number: Int) -> nn_adam_options {
        nn_adam_options(
            step_size: Float(learningRate / (1 - pow(beta1, Double(number)))),
            root_scale: Float(1 / (1 - pow(beta2, Double(number))).squareRoot()),
            mean_rate: Float(1 - beta1), variance_kept: Float(beta2), variance_rate: Float(1 - beta2),
            epsilon: Float(epsilon),
            weight_decay: decouplesWeightDecay ? 0 : Float(weightDecay),
            shrink: decouplesWeightDecay ? Float(1 - learningRate * weightDecay) : 1)
    }
}
