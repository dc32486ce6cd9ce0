#if OneDNN
import COneDNN
import Foundation
import NNCore

/// The functions of oneDNN's C API, found when the program runs.
///
/// The library is not linked: a program starts on a machine without it and calculates with the next
/// backend, see ``OneDNNBackend/init()``.
struct OneDNNLibrary: @unchecked Sendable {
    // Sendable: pointers to functions, which never change.
    let version: dnnl_version_function
    let effectiveISA: dnnl_get_effective_cpu_isa_function
    let engineCreate: dnnl_engine_create_function
    let streamCreate: dnnl_stream_create_function
    let memoryDescriptorByTag: dnnl_memory_desc_init_by_tag_function
    let memoryDescriptorByStrides: dnnl_memory_desc_init_by_strides_function
    let memoryDescriptorSize: dnnl_memory_desc_get_size_function
    let memoryDescriptorEqual: dnnl_memory_desc_equal_function
    let memoryCreate: dnnl_memory_create_function
    let memorySetHandle: dnnl_memory_set_data_handle_function
    let memoryDestroy: dnnl_memory_destroy_function
    let convolutionForward: dnnl_dilated_convolution_forward_desc_init_function
    let convolutionInputGradient: dnnl_dilated_convolution_backward_data_desc_init_function
    let convolutionWeightGradient: dnnl_dilated_convolution_backward_weights_desc_init_function
    let matmul: dnnl_matmul_desc_init_function
    let primitiveDescriptorCreate: dnnl_primitive_desc_create_function
    let primitiveDescriptorDestroy: dnnl_primitive_desc_destroy_function
    let primitiveDescriptorQuery: dnnl_primitive_desc_query_function
    let primitiveDescriptorQueryMemory: dnnl_primitive_desc_query_md_function
    let primitiveCreate: dnnl_primitive_create_function
    let primitiveDestroy: dnnl_primitive_destroy_function
    let primitiveExecute: dnnl_primitive_execute_function
    let attributesCreate: dnnl_primitive_attr_create_function
    let attributesDestroy: dnnl_primitive_attr_destroy_function
    let attributesSetPostOperations: dnnl_primitive_attr_set_post_ops_function
    let attributesSetScratchpadMode: dnnl_primitive_attr_set_scratchpad_mode_function
    let postOperationsCreate: dnnl_post_ops_create_function
    let postOperationsDestroy: dnnl_post_ops_destroy_function
    let appendElementwise: dnnl_post_ops_append_eltwise_function
    let appendBinary: dnnl_post_ops_append_binary_function

    /// The name that the dynamic linker knows oneDNN 2 by. The calls differ in version 3.
    static let fileName = "libdnnl.so.2"

    /// Opens the library.
    /// - Throws: ``EngineError`` where it is not installed or lacks a function.
    init() throws(EngineError) {
        guard let handle = dlopen(Self.fileName, RTLD_NOW | RTLD_LOCAL) else {
            throw EngineError(
                "oneDNN (\(Self.fileName)) is not on this machine; install it (Debian: apt-get install libdnnl-dev) "
                    + "for convolutions several times faster.")
        }
        func find<Function>(_ name: String) throws(EngineError) -> Function {
            guard let address = dlsym(handle, name) else {
                throw EngineError("\(Self.fileName) has no function '\(name)'; oneDNN 2.6 or a later 2.x is needed.")
            }
            return unsafeBitCast(address, to: Function.self)
        }
        version = try find("dnnl_version")
        effectiveISA = try find("dnnl_get_effective_cpu_isa")
        engineCreate = try find("dnnl_engine_create")
        streamCreate = try find("dnnl_stream_create")
        memoryDescriptorByTag = try find("dnnl_memory_desc_init_by_tag")
        memoryDescriptorByStrides = try find("dnnl_memory_desc_init_by_strides")
        memoryDescriptorSize = try find("dnnl_memory_desc_get_size")
        memoryDescriptorEqual = try find("dnnl_memory_desc_equal")
        memoryCreate = try find("dnnl_memory_create")
        memorySetHandle = try find("dnnl_memory_set_data_handle")
        memoryDestroy = try find("dnnl_memory_destroy")
        convolutionForward = try find("dnnl_dilated_convolution_forward_desc_init")
        convolutionInputGradient = try find("dnnl_dilated_convolution_backward_data_desc_init")
        convolutionWeightGradient = try find("dnnl_dilated_convolution_backward_weights_desc_init")
        matmul = try find("dnnl_matmul_desc_init")
        primitiveDescriptorCreate = try find("dnnl_primitive_desc_create")
        primitiveDescriptorDestroy = try find("dnnl_primitive_desc_destroy")
        primitiveDescriptorQuery = try find("dnnl_primitive_desc_query")
        primitiveDescriptorQueryMemory = try find("dnnl_primitive_desc_query_md")
        primitiveCreate = try find("dnnl_primitive_create")
        primitiveDestroy = try find("dnnl_primitive_destroy")
        primitiveExecute = try find("dnnl_primitive_execute")
        attributesCreate = try find("dnnl_primitive_attr_create")
        attributesDestroy = try find("dnnl_primitive_attr_destroy")
        attributesSetPostOperations = try find("dnnl_primitive_attr_set_post_ops")
        attributesSetScratchpadMode = try find("dnnl_primitive_attr_set_scratchpad_mode")
        postOperationsCreate = try find("dnnl_post_ops_create")
        postOperationsDestroy = try find("dnnl_post_ops_destroy")
        appendElementwise = try find("dnnl_post_ops_append_eltwise")
        appendBinary = try find("dnnl_post_ops_append_binary")
    }
}
#endif
