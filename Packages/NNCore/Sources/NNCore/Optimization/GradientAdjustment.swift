import CNNKernels

/// What is done to a gradient on its way into a parameter: scaled, then limited.
public struct GradientAdjustment: Sendable, Hashable {
    /// The factor of every element, as clipping by norm and averages over accumulated batches need.
    public var scale: Float
    /// The largest magnitude of an element after scaling; infinity for no limit.
    public var limit: Float

    public init(scale: Float = 1, limit: Float = .infinity) {
        require(scale, .finite, "GradientAdjustment: scale")
        require(limit >= 0, "GradientAdjustment: limit must be 0 or more, not \(limit)")
        self.scale = scale
        self.limit = limit
    }

    var kernelValue: nn_gradient_adjustment { nn_gradient_adjustment(scale: scale, limit: limit) }
}

extension Tensor {
    /// Calls `body` with the values of a float32 tensor for writing, for a kernel of an optimizer.
    mutating func withKernelPointer(_ body: (UnsafeMutablePointer<Float>) -> Void) {
        withMutableScalars(as: Float.self) { if let base = $0.baseAddress { body(base) } }
    }
}

/// Traps unless all tensors of an update are float32 and have the shape of the parameter.
func requireUpdatable(_ name: String, _ parameter: Tensor, _ others: Tensor...) {
    for tensor in [parameter] + others {
        require(
            tensor.dataType == .float32 && tensor.shape == parameter.shape,
            "\(name): \(tensor.specification) for a parameter of \(parameter.specification)")
    }
}
