/// oneDNN 2.6 and 2.7 in the form of version 3: descriptors were structures of the caller's, an operation was described
/// before it was planned, and some numbers were others.
#include "version2.h"

#include <stdlib.h>
#include <string.h>

enum { FORMAT_BLOCKED = 2 };

/// `dnnl_memory_desc_t` of version 2.
struct onednn_descriptor_object {
    int rank;
    int64_t dimensions[ONEDNN_RANK];
    int data_type;
    int64_t padded_dimensions[ONEDNN_RANK], padded_offsets[ONEDNN_RANK], offset;
    int format_kind;
    struct {
        int64_t strides[ONEDNN_RANK];
        int block_count;
        int64_t block_lengths[ONEDNN_RANK], block_dimensions[ONEDNN_RANK];
    } blocking;
    struct {
        uint64_t flags;
        char rest[72];
    } extra;
};

_Static_assert(sizeof(struct onednn_descriptor_object) == 696, "the size that oneDNN 2.6 writes");
_Static_assert(offsetof(struct onednn_descriptor_object, blocking) == 320, "where oneDNN 2.6 writes the blocks");
_Static_assert(offsetof(struct onednn_descriptor_object, extra) == 616, "where oneDNN 2.6 writes the flags");

/// `dnnl_convolution_desc_t` (5,976 bytes) or `dnnl_matmul_desc_t` (2,800 bytes), which only oneDNN reads.
typedef struct {
    _Alignas(16) char bytes[8192];
} operation;

typedef const struct onednn_descriptor_object *constant_descriptor;
typedef const int64_t *numbers;

static struct {
    onednn_status (*init_by_tag)(onednn_descriptor, int, numbers, int, int);
    onednn_status (*init_by_strides)(onednn_descriptor, int, numbers, int, numbers);
    size_t (*size)(constant_descriptor);
    onednn_status (*forward)(operation *, int, int, constant_descriptor, constant_descriptor, constant_descriptor,
                             constant_descriptor, numbers, numbers, numbers, numbers);
    onednn_status (*input_gradient)(operation *, int, constant_descriptor, constant_descriptor, constant_descriptor,
                                    numbers, numbers, numbers, numbers);
    onednn_status (*weight_gradient)(operation *, int, constant_descriptor, constant_descriptor, constant_descriptor,
                                     constant_descriptor, numbers, numbers, numbers, numbers);
    onednn_status (*product)(operation *, constant_descriptor, constant_descriptor, constant_descriptor,
                             constant_descriptor);
    onednn_status (*plan)(onednn_plan *, const operation *, onednn_attributes, onednn_engine, onednn_plan);
    onednn_status (*append_eltwise)(onednn_post_operations, float, int, float, float);
} two;

static onednn_status descriptor_any(onednn_descriptor *result, int rank, numbers dimensions, int type, int format) {
    *result = calloc(1, sizeof **result);
    return *result ? two.init_by_tag(*result, rank, dimensions, type, format) : 1;
}

static onednn_status descriptor_strided(onednn_descriptor *result, int rank, numbers dimensions, int type,
                                        numbers strides) {
    *result = calloc(1, sizeof **result);
    return *result ? two.init_by_strides(*result, rank, dimensions, type, strides) : 1;
}

static onednn_status descriptor_destroy(onednn_descriptor descriptor) {
    free(descriptor);
    return onednn_success;
}

static void descriptor_read(onednn_descriptor descriptor, onednn_layout *layout) {
    memset(layout, 0, sizeof *layout);
    layout->rank = descriptor->rank;
    layout->size = two.size(descriptor);
    layout->is_blocked = descriptor->format_kind == FORMAT_BLOCKED && descriptor->extra.flags == 0;
    if (!layout->is_blocked) return;
    size_t bytes = sizeof layout->dimensions;
    layout->data_type = descriptor->data_type;
    memcpy(layout->dimensions, descriptor->dimensions, bytes);
    memcpy(layout->padded_dimensions, descriptor->padded_dimensions, bytes);
    memcpy(layout->strides, descriptor->blocking.strides, bytes);
    layout->block_count = descriptor->blocking.block_count;
    memcpy(layout->block_lengths, descriptor->blocking.block_lengths, bytes);
    memcpy(layout->block_dimensions, descriptor->blocking.block_dimensions, bytes);
}

static onednn_status append_eltwise(onednn_post_operations operations, int algorithm, float alpha, float beta) {
    static const struct {
        int now, then;
    } numbers_of_two[] = {
        {onednn_eltwise_relu, 0x1f},      {onednn_eltwise_tanh, 0x2f},     {onednn_eltwise_gelu_erf, 0x30},
        {onednn_eltwise_mish, 0x60},      {onednn_eltwise_hardswish, 0x70}, {onednn_eltwise_soft_relu, 0x9f},
        {onednn_eltwise_logistic, 0xaf},  {onednn_eltwise_swish, 0xdf},    {onednn_eltwise_clip, 0xff},
    };
    for (size_t i = 0; i < sizeof numbers_of_two / sizeof *numbers_of_two; i++)
        if (numbers_of_two[i].now == algorithm)
            return two.append_eltwise(operations, 1, numbers_of_two[i].then, alpha, beta);
    return 3;
}

static onednn_status plan_forward(onednn_plan *plan, onednn_engine engine, int propagation, int algorithm,
                                  onednn_descriptor source, onednn_descriptor weights, onednn_descriptor bias,
                                  onednn_descriptor result, numbers strides, numbers dilations, numbers before,
                                  numbers after, onednn_attributes attributes) {
    operation o;
    onednn_status status = two.forward(&o, propagation, algorithm, source, weights, bias, result, strides, dilations,
                                       before, after);
    return status ? status : two.plan(plan, &o, attributes, engine, NULL);
}

static onednn_status plan_input_gradient(onednn_plan *plan, onednn_engine engine, int algorithm,
                                         onednn_descriptor source, onednn_descriptor weights, onednn_descriptor result,
                                         numbers strides, numbers dilations, numbers before, numbers after,
                                         onednn_plan forward, onednn_attributes attributes) {
    operation o;
    onednn_status status =
        two.input_gradient(&o, algorithm, source, weights, result, strides, dilations, before, after);
    return status ? status : two.plan(plan, &o, attributes, engine, forward);
}

static onednn_status plan_weight_gradient(onednn_plan *plan, onednn_engine engine, int algorithm,
                                          onednn_descriptor source, onednn_descriptor weights, onednn_descriptor bias,
                                          onednn_descriptor result, numbers strides, numbers dilations, numbers before,
                                          numbers after, onednn_plan forward, onednn_attributes attributes) {
    operation o;
    onednn_status status =
        two.weight_gradient(&o, algorithm, source, weights, bias, result, strides, dilations, before, after);
    return status ? status : two.plan(plan, &o, attributes, engine, forward);
}

static onednn_status plan_product(onednn_plan *plan, onednn_engine engine, onednn_descriptor source,
                                  onednn_descriptor weights, onednn_descriptor bias, onednn_descriptor result,
                                  onednn_attributes attributes) {
    operation o;
    onednn_status status = two.product(&o, source, weights, bias, result);
    return status ? status : two.plan(plan, &o, attributes, engine, NULL);
}

const char *version2_adapt(onednn_library *library, function_finder find) {
    const struct {
        void *place;
        const char *name;
    } needed[] = {
        {&two.init_by_tag, "dnnl_memory_desc_init_by_tag"},
        {&two.init_by_strides, "dnnl_memory_desc_init_by_strides"},
        {&two.size, "dnnl_memory_desc_get_size"},
        {&two.forward, "dnnl_dilated_convolution_forward_desc_init"},
        {&two.input_gradient, "dnnl_dilated_convolution_backward_data_desc_init"},
        {&two.weight_gradient, "dnnl_dilated_convolution_backward_weights_desc_init"},
        {&two.product, "dnnl_matmul_desc_init"},
        {&two.plan, "dnnl_primitive_desc_create"},
        {&two.append_eltwise, "dnnl_post_ops_append_eltwise"},
    };
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        void *function = find(needed[i].name);
        if (!function) return needed[i].name;
        memcpy(needed[i].place, &function, sizeof function);
    }
    // Version 3 moved the bits of AMX and of VNNI in AVX2.
    if ((library->isa & 0x3e7) == 0x3e7) library->isa = onednn_isa_amx;
    if (library->isa == 0x407) library->isa = onednn_isa_avx2;
    library->residual_argument = 0x4000 | onednn_argument_second_source;
    library->descriptor_any = descriptor_any;
    library->descriptor_strided = descriptor_strided;
    library->descriptor_destroy = descriptor_destroy;
    library->descriptor_read = descriptor_read;
    library->append_eltwise = append_eltwise;
    library->plan_forward = plan_forward;
    library->plan_input_gradient = plan_input_gradient;
    library->plan_weight_gradient = plan_weight_gradient;
    library->plan_product = plan_product;
    return NULL;
}
