/// oneDNN 2.6 to 3.x, opened when the program runs.
///
/// Its headers are not used, so that one build works with every version. What is declared here has the form and the
/// values of version 3, which are the same in 3.1, 3.2, 3.7 and 3.12; `version2.c` makes version 2.6 look like it.
#ifndef ONEDNN_H
#define ONEDNN_H

#include <stddef.h>
#include <stdint.h>

enum { ONEDNN_RANK = 12 };

typedef int onednn_status;
enum { onednn_success = 0 };

typedef int onednn_data_type;
enum { onednn_bfloat16 = 2, onednn_float32 = 3, onednn_int32 = 4, onednn_uint8 = 6 };

typedef int onednn_algorithm;
enum {
    onednn_convolution_direct = 1,
    onednn_eltwise_relu = 32,
    onednn_eltwise_tanh = 33,
    onednn_eltwise_soft_relu = 39,
    onednn_eltwise_logistic = 41,
    onednn_eltwise_swish = 44,
    onednn_eltwise_clip = 46,
    onednn_eltwise_gelu_erf = 49,
    onednn_eltwise_mish = 51,
    onednn_eltwise_hardswish = 52,
    onednn_binary_add = 0x1fff0,
};

enum { onednn_forward_training = 64, onednn_format_any = 1, onednn_scratchpad_user = 1, onednn_cpu = 1 };

typedef int onednn_query;
enum {
    onednn_query_implementation = 8,
    onednn_query_source = 129,
    onednn_query_source_gradient = 130,
    onednn_query_weights = 131,
    onednn_query_weights_gradient = 132,
    onednn_query_result = 133,
    onednn_query_result_gradient = 134,
    onednn_query_scratchpad = 136,
};

enum {
    onednn_argument_source = 1,
    onednn_argument_second_source = 2,
    onednn_argument_result = 17,
    onednn_argument_weights = 33,
    onednn_argument_bias = 41,
    onednn_argument_scratchpad = 80,
    onednn_argument_source_gradient = 129,
    onednn_argument_result_gradient = 145,
    onednn_argument_weights_gradient = 161,
};

/// What oneDNN makes code for, in the values of version 3; a larger set has all bits of a smaller one.
typedef unsigned onednn_isa;
enum {
    onednn_isa_sse41 = 0x1,
    onednn_isa_avx = 0x3,
    onednn_isa_avx2 = 0x7,
    onednn_isa_avx512 = 0x27,
    onednn_isa_avx512_vnni = 0x67,
    onednn_isa_avx512_bf16 = 0xe7,
    onednn_isa_avx512_fp16 = 0x1ef,
    onednn_isa_amx = 0xfef,
};

typedef struct {
    int major, minor, patch;
    const char *_Nullable hash;
    unsigned cpu_runtime, gpu_runtime;
} onednn_version;

typedef struct onednn_engine_object *onednn_engine;
typedef struct onednn_stream_object *onednn_stream;
typedef struct onednn_memory_object *onednn_memory;
typedef struct onednn_attributes_object *onednn_attributes;
typedef struct onednn_post_operations_object *onednn_post_operations;
typedef struct onednn_primitive_object *onednn_primitive;
typedef struct onednn_plan_object *onednn_plan;
typedef struct onednn_descriptor_object *onednn_descriptor;

typedef struct {
    int number;
    onednn_memory _Nullable memory;
} onednn_argument;

/// The order of a tensor's elements in memory, as oneDNN chose it.
typedef struct {
    /// Whether the order is plain strides with blocks within; nothing else is true of it otherwise.
    int is_blocked;
    int rank;
    onednn_data_type data_type;
    int64_t dimensions[ONEDNN_RANK], padded_dimensions[ONEDNN_RANK], strides[ONEDNN_RANK];
    int block_count;
    int64_t block_lengths[ONEDNN_RANK], block_dimensions[ONEDNN_RANK];
    /// Bytes in memory.
    size_t size;
} onednn_layout;

/// The functions that are used, in the form of version 3. A plan is oneDNN's "primitive descriptor".
typedef struct {
    onednn_version version;
    onednn_isa isa;
    /// The number of the tensor that the first post-operation reads.
    int residual_argument;

    onednn_status (*_Nonnull engine_create)(onednn_engine _Nullable *_Nonnull, int kind, size_t index);
    onednn_status (*_Nonnull engine_destroy)(onednn_engine _Nonnull);
    onednn_status (*_Nonnull stream_create)(onednn_stream _Nullable *_Nonnull, onednn_engine _Nonnull, unsigned flags);
    onednn_status (*_Nonnull stream_destroy)(onednn_stream _Nonnull);

    onednn_status (*_Nonnull descriptor_any)(onednn_descriptor _Nullable *_Nonnull, int rank,
                                             const int64_t *_Nonnull dimensions, onednn_data_type, int format);
    onednn_status (*_Nonnull descriptor_strided)(onednn_descriptor _Nullable *_Nonnull, int rank,
                                                 const int64_t *_Nonnull dimensions, onednn_data_type,
                                                 const int64_t *_Nonnull strides);
    onednn_status (*_Nonnull descriptor_destroy)(onednn_descriptor _Nonnull);
    void (*_Nonnull descriptor_read)(onednn_descriptor _Nonnull, onednn_layout *_Nonnull);

    onednn_status (*_Nonnull memory_create)(onednn_memory _Nullable *_Nonnull, onednn_descriptor _Nonnull,
                                            onednn_engine _Nonnull, void *_Nullable address);
    onednn_status (*_Nonnull memory_set_address)(onednn_memory _Nonnull, void *_Nullable address);
    onednn_status (*_Nonnull memory_destroy)(onednn_memory _Nonnull);

    onednn_status (*_Nonnull post_operations_create)(onednn_post_operations _Nullable *_Nonnull);
    onednn_status (*_Nonnull post_operations_destroy)(onednn_post_operations _Nonnull);
    onednn_status (*_Nonnull append_eltwise)(onednn_post_operations _Nonnull, onednn_algorithm, float alpha,
                                             float beta);
    onednn_status (*_Nonnull append_binary)(onednn_post_operations _Nonnull, onednn_algorithm,
                                            onednn_descriptor _Nonnull);
    onednn_status (*_Nonnull attributes_create)(onednn_attributes _Nullable *_Nonnull);
    onednn_status (*_Nonnull attributes_destroy)(onednn_attributes _Nonnull);
    onednn_status (*_Nonnull attributes_set_post_operations)(onednn_attributes _Nonnull,
                                                             onednn_post_operations _Nonnull);
    onednn_status (*_Nonnull attributes_set_scratchpad)(onednn_attributes _Nonnull, int mode);

    onednn_status (*_Nonnull plan_forward)(onednn_plan _Nullable *_Nonnull, onednn_engine _Nonnull, int propagation,
                                           onednn_algorithm, onednn_descriptor _Nonnull source,
                                           onednn_descriptor _Nonnull weights, onednn_descriptor _Nullable bias,
                                           onednn_descriptor _Nonnull result, const int64_t *_Nonnull strides,
                                           const int64_t *_Nonnull dilations, const int64_t *_Nonnull before,
                                           const int64_t *_Nonnull after, onednn_attributes _Nonnull);
    onednn_status (*_Nonnull plan_input_gradient)(onednn_plan _Nullable *_Nonnull, onednn_engine _Nonnull,
                                                  onednn_algorithm, onednn_descriptor _Nonnull source,
                                                  onednn_descriptor _Nonnull weights, onednn_descriptor _Nonnull result,
                                                  const int64_t *_Nonnull strides, const int64_t *_Nonnull dilations,
                                                  const int64_t *_Nonnull before, const int64_t *_Nonnull after,
                                                  onednn_plan _Nonnull forward, onednn_attributes _Nonnull);
    onednn_status (*_Nonnull plan_weight_gradient)(onednn_plan _Nullable *_Nonnull, onednn_engine _Nonnull,
                                                   onednn_algorithm, onednn_descriptor _Nonnull source,
                                                   onednn_descriptor _Nonnull weights, onednn_descriptor _Nullable bias,
                                                   onednn_descriptor _Nonnull result, const int64_t *_Nonnull strides,
                                                   const int64_t *_Nonnull dilations, const int64_t *_Nonnull before,
                                                   const int64_t *_Nonnull after, onednn_plan _Nonnull forward,
                                                   onednn_attributes _Nonnull);
    onednn_status (*_Nonnull plan_product)(onednn_plan _Nullable *_Nonnull, onednn_engine _Nonnull,
                                           onednn_descriptor _Nonnull source, onednn_descriptor _Nonnull weights,
                                           onednn_descriptor _Nullable bias, onednn_descriptor _Nonnull result,
                                           onednn_attributes _Nonnull);
    onednn_status (*_Nonnull plan_destroy)(onednn_plan _Nonnull);
    onednn_status (*_Nonnull plan_query)(onednn_plan _Nonnull, onednn_query, int index, void *_Nonnull result);
    /// Belongs to the plan.
    onednn_descriptor _Nullable (*_Nonnull plan_descriptor)(onednn_plan _Nonnull, onednn_query, int index);

    onednn_status (*_Nonnull primitive_create)(onednn_primitive _Nullable *_Nonnull, onednn_plan _Nonnull);
    onednn_status (*_Nonnull primitive_destroy)(onednn_primitive _Nonnull);
    onednn_status (*_Nonnull primitive_execute)(onednn_primitive _Nonnull, onednn_stream _Nonnull, int count,
                                                const onednn_argument *_Nonnull);
} onednn_library;

/// Opens a library file, or the one that the dynamic linker knows by a name without slashes.
///
/// A process uses one library: after the first that opens, other files are refused.
/// - Returns: NULL where it cannot be used, with the reason in `reason`.
const onednn_library *_Nullable onednn_open(const char *_Nonnull path, char *_Nonnull reason, size_t reason_size);

/// The file of the library that `onednn_open` returned, as the dynamic linker found it.
const char *_Nonnull onednn_path(void);

#endif
