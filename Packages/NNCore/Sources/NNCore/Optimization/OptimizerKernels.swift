import CNNKernels

/// The kernels of optimizers on tensors; each is one pass over memory.
///
/// For the update rules of `NNOptimizers` (`@_spi(Kernels) import NNCore`), which document and check the settings.
/// All tensors are float32 of one shape. The gradient is adjusted first: clamp(scale · gradient, -limit, limit).
@_spi(Kernels)
public enum OptimizerKernels {
    /// A step of stochastic gradient descent, `nn_sgd`.
    /// - Parameter state: The momentum, or nothing.
    public static func sgd(
        _ parameter: inout Tensor, state: inout [Tensor], gradient: Tensor, scale: Float, limit: Float,
        learningRate: Float, weightDecay: Float, momentum: Float, dampening: Float, nesterov: Bool
    ) {
        requireUpdatable("sgd", parameter, state + [gradient])
        let count = Int64(parameter.elementCount)
        let adjustment = nn_gradient_adjustment(scale: scale, limit: limit)
        let options = nn_sgd_options(
            learning_rate: learningRate, weight_decay: weightDecay, momentum: momentum, fresh: 1 - dampening,
            nesterov: nesterov ? 1 : 0)
        parameter.withKernelPointer { parameter in
            gradient.withScalars(as: Float.self) { gradient in
                guard let gradient = gradient.baseAddress else { return }
                if state.isEmpty {
                    nn_sgd(parameter, gradient, nil, count, options, adjustment)
                } else {
                    state[0].withKernelPointer { nn_sgd(parameter, gradient, $0, count, options, adjustment) }
                }
            }
        }
    }

    /// A step of Adam, `nn_adam`.
    /// - Parameters:
    ///   - state: The running means of the gradients and of their squares.
    ///   - stepSize: learningRate / (1 - beta1ᵗ).
    ///   - rootScale: 1 / √(1 - beta2ᵗ).
    ///   - weightDecay: Added to the gradient, times the parameter.
    ///   - shrinkage: The factor of the parameter before the step.
    public static func adam(
        _ parameter: inout Tensor, state: inout [Tensor], gradient: Tensor, scale: Float, limit: Float,
        stepSize: Float, rootScale: Float, beta1: Double, beta2: Double, epsilon: Float, weightDecay: Float,
        shrinkage: Float
    ) {
        requireUpdatable("adam", parameter, state + [gradient])
        let count = Int64(parameter.elementCount)
        let adjustment = nn_gradient_adjustment(scale: scale, limit: limit)
        let options = nn_adam_options(
            step_size: stepSize, root_scale: rootScale, mean_rate: Float(1 - beta1), variance_kept: Float(beta2),
            variance_rate: Float(1 - beta2), epsilon: epsilon, weight_decay: weightDecay, shrink: shrinkage)
        // Taken out, since two elements of one array cannot be changed at once.
        var squares = state.removeLast()
        parameter.withKernelPointer { parameter in
            state[0].withKernelPointer { mean in
                squares.withKernelPointer { squares in
                    gradient.withScalars(as: Float.self) { gradient in
                        guard let gradient = gradient.baseAddress else { return }
                        nn_adam(parameter, gradient, mean, squares, count, options, adjustment)
                    }
                }
            }
        }
        state.append(squares)
    }
}

extension Tensor {
    /// Calls `body` with the values of a float32 tensor for writing, unless there are none.
    mutating func withKernelPointer(_ body: (UnsafeMutablePointer<Float>) -> Void) {
        withMutableScalars(as: Float.self) { if let base = $0.baseAddress { body(base) } }
    }
}

/// Traps unless all tensors of an update are float32 and have the shape of the parameter.
func requireUpdatable(_ name: String, _ parameter: Tensor, _ others: [Tensor]) {
    for tensor in [parameter] + others {
        require(
            tensor.dataType == .float32 && tensor.shape == parameter.shape,
            "\(name): \(tensor.specification) for a parameter of \(parameter.specification)")
    }
}
