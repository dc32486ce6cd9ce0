#include "nn_typed.h"

#include "include/nn_gather.h"

/// Elements of a row that one thread adds up: threads never share a place, so the order of sums is fixed.
enum { BLOCK = 64 };

typedef struct {
    void *to;
    const void *from;
    const int32_t *indices;
    int64_t length, count, inner;
} arguments;

NN_CLONES static int any_outside(const int32_t *indices, int64_t count, int64_t limit) {
    int result = 0;
    for (int64_t i = 0; i < count; i++) result |= (indices[i] < 0) | (indices[i] >= limit);
    return result;
}

int64_t nn_first_index_outside(const int32_t *indices, int64_t count, int64_t limit) {
    if (!any_outside(indices, count, limit)) return -1;
    int64_t i = 0;
    while (indices[i] >= 0 && indices[i] < limit) i++;
    return i;
}

static void gather_rows(void *context, int64_t begin, int64_t end) {
    const arguments *a = context;
    for (int64_t row = begin; row < end; row++) {
        const int64_t from = row / a->count * a->length + a->indices[row % a->count];
        memcpy((char *)a->to + row * a->inner, (const char *)a->from + from * a->inner, (size_t)a->inner);
    }
}

void nn_gather(void *to, const void *from, const int32_t *indices, int64_t outer, int64_t length,
               int64_t count, int64_t inner_bytes) {
    arguments a = {to, from, indices, length, count, inner_bytes};
    nn_parallel_for(outer * count, NN_GRAIN / (inner_bytes + 1) + 1, &a, gather_rows);
}

NN_INLINE void add_blocks(const arguments *a, int64_t begin, int64_t end, const int type) {
    const int64_t blocks = (a->inner + BLOCK - 1) / BLOCK;
    for (int64_t item = begin; item < end; item++) {
        const int64_t outer = item / blocks, first = item % blocks * BLOCK;
        const int64_t length = a->inner - first < BLOCK ? a->inner - first : BLOCK;
        for (int64_t i = 0; i < a->count; i++) {
            float *restrict to = (float *)a->to + (outer * a->length + a->indices[i]) * a->inner + first;
            const void *restrict from = nn_at(a->from, (outer * a->count + i) * a->inner + first, type);
            for (int64_t c = 0; c < length; c++) to[c] += nn_load(from, c, type);
        }
    }
}

NN_CLONES static void add_f32(void *context, int64_t begin, int64_t end) {
    add_blocks(context, begin, end, NN_FLOAT32);
}

NN_CLONES static void add_bf16(void *context, int64_t begin, int64_t end) {
    add_blocks(context, begin, end, NN_BFLOAT16);
}

void nn_scatter_add(float *to, const void *from, int32_t type, const int32_t *indices, int64_t outer,
                    int64_t length, int64_t count, int64_t inner) {
    arguments a = {to, from, indices, length, count, inner};
    nn_parallel_for(outer * ((inner + BLOCK - 1) / BLOCK), nn_rows_per_part(count * BLOCK), &a,
                    type == NN_BFLOAT16 ? add_bf16 : add_f32);
}
