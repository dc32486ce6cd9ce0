#include "nn_typed.h"

#include "include/nn_global_average_pool.h"
#include "include/nn_reduce.h"

typedef struct {
    void *to;
    const void *from;
    int64_t pixels, channels;
} arguments;

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

NN_DEFINE_BODY(spread_f32, spread, NN_FLOAT32)
NN_DEFINE_BODY(spread_bf16, spread, NN_BFLOAT16)

void nn_global_average_pool(void *to, const void *from, int32_t type, int64_t batch, int64_t pixels,
                            int64_t channels) {
    nn_reduce(NN_REDUCE_SUM, 1 / (double)pixels, type, to, type, from, batch, pixels, channels);
}

void nn_global_average_pool_gradient(void *to, const void *from, int32_t type, int64_t batch,
                                     int64_t pixels, int64_t channels) {
    arguments a = {to, from, pixels, channels};
    nn_parallel_for(batch * pixels, nn_rows_per_part(channels), &a,
                    type == NN_BFLOAT16 ? spread_bf16 : spread_f32);
}
