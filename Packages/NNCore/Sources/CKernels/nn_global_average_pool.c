#include "nn_typed.h"

#include "include/nn_global_average_pool.h"

/// Channels summed at once: few enough to stay in registers, two cache lines of bfloat16.
enum { BLOCK = 64 };

typedef struct {
    void *to;
    const void *from;
    int64_t pixels, channels;
} arguments;

NN_INLINE void sum_block(float *restrict sums, const void *from, int64_t pixels, int64_t channels,
                         const int64_t length, const int type) {
    for (int64_t i = 0; i < pixels; i++) {
        const void *pixel = nn_at(from, i * channels, type);
        for (int64_t c = 0; c < length; c++) sums[c] += nn_load(pixel, c, type);
    }
}

/// Blocks of channels, counted over all images.
NN_INLINE void average(const arguments *a, int64_t begin, int64_t end, const int type) {
    const int64_t blocks = (a->channels + BLOCK - 1) / BLOCK;
    const float scale = 1.0f / (float)a->pixels;
    for (int64_t item = begin; item < end; item++) {
        const int64_t image = item / blocks, first = item % blocks * BLOCK;
        const int64_t length = a->channels - first < BLOCK ? a->channels - first : BLOCK;
        const void *from = nn_at(a->from, image * a->pixels * a->channels + first, type);
        float sums[BLOCK] = {0};
        if (length == BLOCK) {
            sum_block(sums, from, a->pixels, a->channels, BLOCK, type);
        } else {
            sum_block(sums, from, a->pixels, a->channels, length, type);
        }
        const int64_t to = image * a->channels + first;
        for (int64_t c = 0; c < length; c++) nn_store(a->to, to + c, sums[c] * scale, type);
    }
}

/// Pixels, counted over all images.
NN_INLINE void spread(const arguments *a, int64_t begin, int64_t end, const int type) {
    const float scale = 1.0f / (float)a->pixels;
    for (int64_t pixel = begin; pixel < end; pixel++) {
        void *restrict to = nn_mutable_at(a->to, pixel * a->channels, type);
        const void *restrict from = nn_at(a->from, pixel / a->pixels * a->channels, type);
        for (int64_t c = 0; c < a->channels; c++) nn_store(to, c, nn_load(from, c, type) * scale, type);
    }
}

#define NN_DEFINE_BODY(NAME, FUNCTION, TYPE)                                 \
    NN_CLONES static void NAME(void *context, int64_t begin, int64_t end) { \
        FUNCTION((const arguments *)context, begin, end, TYPE);              \
    }

NN_DEFINE_BODY(average_f32, average, NN_FLOAT32)
NN_DEFINE_BODY(average_bf16, average, NN_BFLOAT16)
NN_DEFINE_BODY(spread_f32, spread, NN_FLOAT32)
NN_DEFINE_BODY(spread_bf16, spread, NN_BFLOAT16)

void nn_global_average_pool(void *to, const void *from, int32_t type, int64_t batch, int64_t pixels,
                            int64_t channels) {
    arguments a = {to, from, pixels, channels};
    nn_parallel_for(batch * ((channels + BLOCK - 1) / BLOCK), nn_rows_per_part(pixels * BLOCK), &a,
                    type == NN_BFLOAT16 ? average_bf16 : average_f32);
}

void nn_global_average_pool_gradient(void *to, const void *from, int32_t type, int64_t batch,
                                     int64_t pixels, int64_t channels) {
    arguments a = {to, from, pixels, channels};
    nn_parallel_for(batch * pixels, nn_rows_per_part(channels), &a,
                    type == NN_BFLOAT16 ? spread_bf16 : spread_f32);
}
