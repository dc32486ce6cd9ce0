#if OneDNN
import COneDNN
import NNCore

/// How a primitive is run: with scratch memory of ours, and, before it writes an output, adding another
/// tensor and activating.
///
/// oneDNN's own scratch memory is returned to the system after each call; clearing its pages again took
/// a tenth of a training step.
final class PrimitiveAttributes {
    /// oneDNN's number for the tensor that the first post-operation reads.
    static let residualArgument = Int32(DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE) | DNNL_ARG_SRC_1

    let handle: dnnl_primitive_attr_t
    private let library: OneDNNLibrary

    /// Nil where oneDNN does not know the activation.
    init?(
        residual: dnnl_memory_desc_t? = nil, activation: Activation = .identity, _ library: OneDNNLibrary
    ) {
        var operations: dnnl_post_ops_t?
        var attributes: dnnl_primitive_attr_t?
        guard library.postOperationsCreate(&operations) == dnnl_success, let operations else { return nil }
        defer { _ = library.postOperationsDestroy(operations) }
        if var residual {
            guard library.appendBinary(operations, dnnl_binary_add, &residual) == dnnl_success else { return nil }
        }
        if activation != .identity {
            guard let (algorithm, alpha, beta) = activation.oneDNN,
                library.appendElementwise(operations, 1, algorithm, alpha, beta) == dnnl_success
            else { return nil }
        }
        guard library.attributesCreate(&attributes) == dnnl_success, let attributes else { return nil }
        self.library = library
        handle = attributes
        guard library.attributesSetPostOperations(attributes, operations) == dnnl_success,
            library.attributesSetScratchpadMode(attributes, dnnl_scratchpad_mode_user) == dnnl_success
        else { return nil }
    }

    deinit { _ = library.attributesDestroy(handle) }
}

extension Activation {
    /// oneDNN's algorithm with its two numbers.
    fileprivate var oneDNN: (dnnl_alg_kind_t, Float, Float)? {
        switch self {
        case .identity: nil
        case .relu: (dnnl_eltwise_relu, 0, 0)
        case .leakyReLU(let slope): (dnnl_eltwise_relu, slope, 0)
        case .mish: (dnnl_eltwise_mish, 0, 0)
        case .silu: (dnnl_eltwise_swish, 1, 0)
        case .gelu: (dnnl_eltwise_gelu_erf, 0, 0)
        case .sigmoid: (dnnl_eltwise_logistic, 0, 0)
        case .tanh: (dnnl_eltwise_tanh, 0, 0)
        case .softplus: (dnnl_eltwise_soft_relu, 0, 0)
        case .hardSwish: (dnnl_eltwise_hardswish, 0, 0)
        case .relu6: (dnnl_eltwise_clip, 0, 6)
        }
    }
}
#endif
