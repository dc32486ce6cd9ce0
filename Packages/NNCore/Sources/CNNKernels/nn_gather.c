#include "nn_parts.h"
#include "nn_typed.h"

#include "include/nn_cast.h"
#include "include/nn_gather.h"

/// Elements of a row that are added up at once.
enum { BLOCK = 64 };

typedef struct {
    void *to;
    const void *from;
    const int32_t *indices;
    int64_t length, count, inner;
    /// The places whose index is i, in order: places[starts[i]] to places[starts[i + 1] - 1].
    const int64_t *starts, *positions;
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

NN_CLONES static int any_beyond_int32(const int64_t *from, int64_t count) {
    int result = 0;
    for (int64_t i = 0; i < count; i++) result |= (from[i] < INT32_MIN) | (from[i] > INT32_MAX);
    return result;
}

int64_t nn_narrow(int32_t *to, const int64_t *from, int64_t count) {
    nn_cast(to, NN_INT32, from, NN_INT64, count);
    if (!any_beyond_int32(from, count)) return -1;
    int64_t i = 0;
    while (from[i] >= INT32_MIN && from[i] <= INT32_MAX) i++;
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
                const void *restrict from = nn_at(a->from, (outer * a->count + a->positions[i]) * a->inner + c, type);
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
    int64_t *starts = nn_scratch(length + 2, sizeof(int64_t)), *positions = nn_scratch(count, sizeof(int64_t));
    memset(starts, 0, (size_t)(length + 2) * sizeof(int64_t));
    for (int64_t i = 0; i < count; i++) starts[indices[i] + 2]++;
    for (int64_t i = 0; i < length; i++) starts[i + 2] += starts[i + 1];
    for (int64_t i = 0; i < count; i++) positions[starts[indices[i] + 1]++] = i;
    arguments a = {.to = to, .from = from, .length = length, .count = count, .inner = inner,
                   .starts = starts, .positions = positions};
    nn_parallel_for(outer * length, nn_rows_per_part((count / (length + 1) + 1) * inner), &a,
                    type == NN_BFLOAT16 ? add_bf16 : add_f32);
    nn_free(positions);
    nn_free(starts);
}

/// Columns whose sums are made side by side by nn_add_along.
enum { LANES = 8 };

#define NN_DEFINE_TAKE(TYPE)                                                                      \
    static void take_##TYPE(void *context, int64_t begin, int64_t end) {                          \
        const arguments *a = context;                                                             \
        TYPE *restrict to = a->to;                                                                \
        const TYPE *restrict from = a->from;                                                      \
        for (int64_t row = begin; row < end; row++) {                                             \
            const int64_t first = row / a->count * a->length * a->inner, start = row * a->inner;  \
            for (int64_t k = 0; k < a->inner; k++)                                                \
                to[start + k] = from[first + a->indices[start + k] * a->inner + k];               \
        }                                                                                         \
    }

NN_DEFINE_TAKE(uint8_t)
NN_DEFINE_TAKE(uint16_t)
NN_DEFINE_TAKE(uint32_t)
NN_DEFINE_TAKE(uint64_t)

void nn_take_along(void *to, const void *from, const int32_t *indices, int element_size, int64_t outer,
                   int64_t length, int64_t count, int64_t inner) {
    arguments a = {.to = to, .from = from, .indices = indices, .length = length, .count = count, .inner = inner};
    nn_parallel_for(outer * count, nn_rows_per_part(inner), &a,
                    element_size == 1   ? take_uint8_t
                    : element_size == 2 ? take_uint16_t
                    : element_size == 4 ? take_uint32_t
                                        : take_uint64_t);
}

/// Columns [begin, end) of all outer items: each is summed by one thread, in order.
NN_INLINE void add_columns(const arguments *a, int64_t begin, int64_t end, const int type) {
    const int64_t lanes = a->inner < LANES ? a->inner : LANES;
    double *totals = nn_scratch(a->length * lanes, sizeof(double));
    float *to = a->to;
    for (int64_t column = begin, width; column < end; column += width) {
        const int64_t outer = column / a->inner, k = column % a->inner;
        width = a->inner - k < lanes ? a->inner - k : lanes;
        if (width > end - column) width = end - column;
        memset(totals, 0, (size_t)(a->length * lanes) * sizeof(double));
        for (int64_t i = 0; i < a->count; i++) {
            const int64_t start = (outer * a->count + i) * a->inner + k;
            for (int64_t l = 0; l < width; l++)
                totals[a->indices[start + l] * lanes + l] += (double)nn_load(a->from, start + l, type);
        }
        for (int64_t j = 0; j < a->length; j++)
            for (int64_t l = 0; l < width; l++)
                to[(outer * a->length + j) * a->inner + k + l] = (float)totals[j * lanes + l];
    }
    nn_free(totals);
}

NN_CLONES static void add_columns_f32(void *context, int64_t begin, int64_t end) {
    add_columns(context, begin, end, NN_FLOAT32);
}

NN_CLONES static void add_columns_bf16(void *context, int64_t begin, int64_t end) {
    add_columns(context, begin, end, NN_BFLOAT16);
}

void nn_add_along(float *to, const void *from, int32_t type, const int32_t *indices, int64_t outer, int64_t length,
                  int64_t count, int64_t inner) {
    if (length == 0) return;
    arguments a = {.to = to, .from = from, .indices = indices, .length = length, .count = count, .inner = inner};
    nn_parallel_for(outer * inner, nn_rows_per_part(length + count), &a,
                    type == NN_BFLOAT16 ? add_columns_bf16 : add_columns_f32);
}
