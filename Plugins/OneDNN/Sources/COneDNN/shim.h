/// oneDNN's types, and the type of each function that is looked up when a program runs.
///
/// The library is opened by name and not linked, so that a program starts without it, says what is
/// missing and calculates with the next backend.
#include <oneapi/dnnl/dnnl.h>

#define NN_FUNCTION_TYPE(name) typedef __typeof__(&name) name##_function

NN_FUNCTION_TYPE(dnnl_version);
NN_FUNCTION_TYPE(dnnl_get_effective_cpu_isa);
NN_FUNCTION_TYPE(dnnl_engine_create);
NN_FUNCTION_TYPE(dnnl_stream_create);
NN_FUNCTION_TYPE(dnnl_memory_desc_init_by_tag);
NN_FUNCTION_TYPE(dnnl_memory_desc_init_by_strides);
NN_FUNCTION_TYPE(dnnl_memory_desc_get_size);
NN_FUNCTION_TYPE(dnnl_memory_desc_equal);
NN_FUNCTION_TYPE(dnnl_memory_create);
NN_FUNCTION_TYPE(dnnl_memory_set_data_handle);
NN_FUNCTION_TYPE(dnnl_memory_destroy);
NN_FUNCTION_TYPE(dnnl_dilated_convolution_forward_desc_init);
NN_FUNCTION_TYPE(dnnl_dilated_convolution_backward_data_desc_init);
NN_FUNCTION_TYPE(dnnl_dilated_convolution_backward_weights_desc_init);
NN_FUNCTION_TYPE(dnnl_matmul_desc_init);
NN_FUNCTION_TYPE(dnnl_primitive_desc_create);
NN_FUNCTION_TYPE(dnnl_primitive_desc_destroy);
NN_FUNCTION_TYPE(dnnl_primitive_desc_query);
NN_FUNCTION_TYPE(dnnl_primitive_desc_query_md);
NN_FUNCTION_TYPE(dnnl_primitive_create);
NN_FUNCTION_TYPE(dnnl_primitive_destroy);
NN_FUNCTION_TYPE(dnnl_primitive_execute);
NN_FUNCTION_TYPE(dnnl_primitive_attr_create);
NN_FUNCTION_TYPE(dnnl_primitive_attr_destroy);
NN_FUNCTION_TYPE(dnnl_primitive_attr_set_post_ops);
NN_FUNCTION_TYPE(dnnl_primitive_attr_set_scratchpad_mode);
NN_FUNCTION_TYPE(dnnl_post_ops_create);
NN_FUNCTION_TYPE(dnnl_post_ops_destroy);
NN_FUNCTION_TYPE(dnnl_post_ops_append_eltwise);
NN_FUNCTION_TYPE(dnnl_post_ops_append_binary);
