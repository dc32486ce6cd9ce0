#include "nn_parts.h"
#include "nn_typed.h"

#include "include/nn_gather.h"

/// Elements of a row that are added up at once.
enum { BLOCK = 64 };

typedef struct {
    void *to;
    const void *from;
    const int32_t *indices;
    int64_t length, count, inner;
    /// The places whose index is i, in order: places[starts[i]] to places[starts[i + 1] - 1].
    const int64_t *starts, *places;
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
    arguments a = {.to = to, .from = from, .indices = indices, .length = length, .count = count, .inner = inner_bytes};
    nn_parallel_for(outer * count, NN_GRAIN / (inner_bytes + 1) + 1, &a, gather_rows);
}

/// Rows [begin, end) of the result: each collects what goes to it, so that the order of its sum is fixed.
NN_INLINE void add_rows(const arguments *a, int64_t begin, int64_t end, const int type) {
    for (int64_t row = begin; row < end; row++) {
        const int64_t outer = row / a->length, index = row % a->length;
        const int64_t first = a->starts[index], last = a->starts[index + 1];
        float *restrict to = (float *)a->to + row * a->inner;
        for (int64_t c = 0; c < a->inner; c += BLOCK) {
            const int64_t width = a->inner - c < BLOCK ? a->inner - c : BLOCK;
            float sums[BLOCK] = {0};
            double totals[BLOCK] = {0};
            for (int64_t i = first; i < last; i++) {
                const void *restrict from = nn_at(a->from, (outer * a->count + a->places[i]) * a->inner + c, type);
                for (int64_t k = 0; k < width; k++) sums[k] += nn_load(from, k, type);
                if ((i - first) % NN_TERMS == NN_TERMS - 1) nn_flush(totals, sums, width);
            }
            for (int64_t k = 0; k < width; k++) to[c + k] = (float)(totals[k] + (double)sums[k]);
        }
    }
}

NN_CLONES static void add_f32(void *context, int64_t begin, int64_t end) {
    add_rows(context, begin, end, NN_FLOAT32);
}

NN_CLONES static void add_bf16(void *context, int64_t begin, int64_t end) {
    add_rows(context, begin, end, NN_BFLOAT16);
}

void nn_scatter_add(float *to, const void *from, int32_t type, const int32_t *indices, int64_t outer,
                    int64_t length, int64_t count, int64_t inner) {
    int64_t *starts = nn_scratch(length + 2, sizeof(int64_t)), *places = nn_scratch(count, sizeof(int64_t));
    memset(starts, 0, (size_t)(length + 2) * sizeof(int64_t));
    for (int64_t i = 0; i < count; i++) starts[indices[i] + 2]++;
    for (int64_t i = 0; i < length; i++) starts[i + 2] += starts[i + 1];
    for (int64_t i = 0; i < count; i++) places[starts[indices[i] + 1]++] = i;
    arguments a = {.to = to, .from = from, .length = length, .count = count, .inner = inner,
                   .starts = starts, .places = places};
    nn_parallel_for(outer * length, nn_rows_per_part((count / (length + 1) + 1) * inner), &a,
                    type == NN_BFLOAT16 ? add_bf16 : add_f32);
    nn_free(places);
    nn_free(starts);
}
