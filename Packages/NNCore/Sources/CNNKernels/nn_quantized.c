#include "nn_quantized.h"

#include "include/nn_cores.h"

int nn_quantized_has_isa(int isa) {
    switch (isa) {
        case NN_QUANTIZED_REFERENCE:
        case NN_QUANTIZED_PORTABLE: return 1;
#if defined(__x86_64__)
        case NN_QUANTIZED_AVX2: return nn_vector_level() >= 2;
        case NN_QUANTIZED_VNNI: return nn_vector_level() == 3 && __builtin_cpu_supports("avx512vnni");
#endif
        default: return 0;
    }
}

int nn_quantized_best_isa(void) {
    int isa = NN_QUANTIZED_VNNI;
    while (!nn_quantized_has_isa(isa)) isa--;
    return isa;
}

static const nn_quantized_loops *loops_of(int isa) {
    switch (isa) {
#if defined(__x86_64__)
        case NN_QUANTIZED_AVX2: return &nn_quantized_avx2;
        case NN_QUANTIZED_VNNI: return &nn_quantized_vnni;
#endif
        case NN_QUANTIZED_PORTABLE: return &nn_quantized_portable;
        default: return &nn_quantized_reference;
    }
}

int64_t nn_quantized_packed_size(const nn_quantized_window *window, int isa) {
    return loops_of(isa)->packed_size(window);
}

void nn_quantized_pack(const nn_quantized_window *window, int isa, const uint8_t *weight, void *packed) {
    loops_of(isa)->pack(window, weight, packed);
}

void nn_quantized_convolve(const nn_quantized_window *window, int isa, const uint8_t *images, int32_t zero_point,
                           const void *packed, const nn_quantized_epilogue *epilogue, void *output) {
    nn_quantized_window flat = *window;
    int is_pixelwise = flat.kernel_height == 1 && flat.kernel_width == 1 && flat.stride_height == 1 &&
                       flat.stride_width == 1 && flat.output_height == flat.height && flat.output_width == flat.width;
    if (is_pixelwise) {
        // Each pixel by itself: one image of one column, which divides evenly among the threads.
        flat.height = flat.output_height = flat.images * flat.height * flat.width;
        flat.width = flat.output_width = 1;
        flat.images = 1;
    }
    loops_of(isa)->convolve(&flat, images, zero_point, packed, epilogue, output);
}

typedef struct {
    const void *from;
    void *to;
    nn_affine affine;
} conversion;

NN_CLONES static void quantize_part(void *context, int64_t begin, int64_t end) {
    const conversion *c = context;
    const float *restrict from = c->from;
    uint8_t *restrict to = c->to;
    float inverse = 1.0f / c->affine.scale, zero_point = (float)c->affine.zero_point;
    for (int64_t i = begin; i < end; i++) to[i] = nn_quantized_byte(from[i], inverse, zero_point);
}

NN_CLONES static void dequantize_part(void *context, int64_t begin, int64_t end) {
    const conversion *c = context;
    const uint8_t *restrict from = c->from;
    float *restrict to = c->to;
    float scale = c->affine.scale;
    int32_t zero_point = c->affine.zero_point;
    for (int64_t i = begin; i < end; i++) to[i] = nn_quantized_float(from[i], scale, zero_point);
}

void nn_quantize(const float *from, int64_t count, nn_affine affine, uint8_t *to) {
    conversion c = {from, to, affine};
    nn_parallel_for(count, NN_GRAIN / 4, &c, quantize_part);
}

void nn_dequantize(const uint8_t *from, int64_t count, nn_affine affine, float *to) {
    conversion c = {from, to, affine};
    nn_parallel_for(count, NN_GRAIN / 4, &c, dequantize_part);
}
