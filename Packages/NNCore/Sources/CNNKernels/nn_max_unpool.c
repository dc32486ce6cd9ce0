#include "nn_internal.h"

#include "include/nn_max_unpool.h"

/// Channels that one thread takes of one image. Threads never share an image's channels, so the order
/// in which equal indices are written is fixed.
enum { BLOCK = 64 };

typedef struct {
    void *to;
    const void *from;
    const int32_t *indices;
    int64_t count, plane, channels;
} arguments;

#define NN_DEFINE_UNPOOL(TYPE, NAME)                                                                   \
    NN_CLONES static void scatter_##NAME(void *context, int64_t begin, int64_t end) {                  \
        const arguments *a = context;                                                                  \
        const int64_t blocks = (a->channels + BLOCK - 1) / BLOCK;                                      \
        for (int64_t item = begin; item < end; item++) {                                               \
            const int64_t image = item / blocks, first = item % blocks * BLOCK;                        \
            const int64_t last = first + BLOCK < a->channels ? first + BLOCK : a->channels;            \
            TYPE *restrict to = (TYPE *)a->to + image * a->plane * a->channels;                        \
            for (int64_t i = 0; i < a->count; i++) {                                                   \
                const int64_t pixel = (image * a->count + i) * a->channels;                            \
                const TYPE *restrict from = (const TYPE *)a->from + pixel;                             \
                const int32_t *restrict indices = a->indices + pixel;                                  \
                for (int64_t c = first; c < last; c++) to[indices[c] * a->channels + c] = from[c];     \
            }                                                                                          \
        }                                                                                              \
    }                                                                                                  \
                                                                                                       \
    NN_CLONES static void gather_##NAME(void *context, int64_t begin, int64_t end) {                   \
        const arguments *a = context;                                                                  \
        for (int64_t item = begin; item < end; item++) {                                               \
            TYPE *restrict to = (TYPE *)a->to + item * a->channels;                                    \
            const TYPE *restrict from = (const TYPE *)a->from + item / a->count * a->plane * a->channels; \
            const int32_t *restrict indices = a->indices + item * a->channels;                         \
            for (int64_t c = 0; c < a->channels; c++) to[c] = from[indices[c] * a->channels + c];      \
        }                                                                                              \
    }

NN_DEFINE_UNPOOL(uint16_t, 16)
NN_DEFINE_UNPOOL(uint32_t, 32)

void nn_max_unpool(void *to, const void *from, const int32_t *indices, int32_t element_size, int64_t batch,
                   int64_t count, int64_t to_count, int64_t channels) {
    arguments a = {to, from, indices, count, to_count, channels};
    nn_zero(to, (size_t)(batch * to_count * channels * element_size));
    nn_parallel_for(batch * ((channels + BLOCK - 1) / BLOCK), nn_rows_per_part(count * BLOCK), &a,
                    element_size == 2 ? scatter_16 : scatter_32);
}

void nn_max_unpool_gradient(void *to, const void *from, const int32_t *indices, int32_t element_size,
                            int64_t batch, int64_t count, int64_t from_count, int64_t channels) {
    arguments a = {to, from, indices, count, from_count, channels};
    nn_parallel_for(batch * count, nn_rows_per_part(channels), &a, element_size == 2 ? gather_16 : gather_32);
}
