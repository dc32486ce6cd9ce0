import CNNOneDNN
import NNCore

/// How a primitive is run: with scratch memory of ours, and, before it writes an output, adding another
/// tensor and activating.
///
/// oneDNN's own scratch memory is returned to the system after each call; clearing its pages again took
/// a tenth of a training step.
final class PrimitiveAttributes {
    let handle: onednn_attributes
    private let library: OneDNNLibrary

    /// Nil where oneDNN does not know the activation.
    init?(residual: MemoryDescriptor? = nil, activation: Activation = .identity, _ library: OneDNNLibrary) {
        let functions = library.functions
        var operations: onednn_post_operations?
        var attributes: onednn_attributes?
        guard functions.post_operations_create(&operations) == onednn_success, let operations else { return nil }
        defer { _ = functions.post_operations_destroy(operations) }
        if let residual {
            guard
                functions.append_binary(operations, Int32(onednn_binary_add), residual.handle) == onednn_success
            else { return nil }
        }
        if activation != .identity {
            guard let (algorithm, alpha, beta) = activation.oneDNN,
                functions.append_eltwise(operations, Int32(algorithm), alpha, beta) == onednn_success
            else { return nil }
        }
        guard functions.attributes_create(&attributes) == onednn_success, let attributes else { return nil }
        self.library = library
        handle = attributes
        guard functions.attributes_set_post_operations(attributes, operations) == onednn_success,
            functions.attributes_set_scratchpad(attributes, Int32(onednn_scratchpad_user)) == onednn_success
        else { return nil }
    }

    deinit { _ = library.functions.attributes_destroy(handle) }
}

extension Activation {
    /// oneDNN's algorithm with its two numbers. Version 2 knows the last ones of softplus and hard swish by itself.
    fileprivate var oneDNN: (Int, Float, Float)? {
        switch self {
        case .identity: nil
        case .relu: (onednn_eltwise_relu, 0, 0)
        case .leakyReLU(let slope): (onednn_eltwise_relu, slope, 0)
        case .mish: (onednn_eltwise_mish, 0, 0)
        case .silu: (onednn_eltwise_swish, 1, 0)
        case .gelu: (onednn_eltwise_gelu_erf, 0, 0)
        case .sigmoid: (onednn_eltwise_logistic, 0, 0)
        case .tanh: (onednn_eltwise_tanh, 0, 0)
        case .softplus: (onednn_eltwise_soft_relu, 1, 0)
        case .hardSwish: (onednn_eltwise_hardswish, 1 / 6, 0.5)
        case .relu6: (onednn_eltwise_clip, 0, 6)
        }
    }
}
