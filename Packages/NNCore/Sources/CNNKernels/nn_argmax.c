#include "nn_typed.h"

#include "include/nn_argmax.h"

/// The columns that are compared side by side.
enum { LANES = 32 };

typedef struct {
    void *values;
    int32_t *to;
    const void *from;
    int64_t length, inner, k;
} arguments;

/// Whether x comes before the best so far; it does not where both are equal or NaN.
NN_INLINE int is_greater(float x, float best) { return (x > best) | ((x != x) & (best == best)); }

/// The best row of each of width <= LANES columns.
NN_INLINE void best_rows(const void *from, int64_t rows, int64_t stride, int64_t width, float *restrict best,
                         int32_t *restrict row, const int type) {
    for (int64_t l = 0; l < width; l++) {
        best[l] = nn_load(from, l, type);
        row[l] = 0;
    }
    for (int64_t r = 1; r < rows; r++) {
        for (int64_t l = 0; l < width; l++) {
            float x = nn_load(from, r * stride + l, type);
            int is_better = is_greater(x, best[l]);
            best[l] = is_better ? x : best[l];
            row[l] = is_better ? (int32_t)r : row[l];
        }
    }
}

/// The best element of a line, read as rows of LANES columns whose results are compared at the end.
NN_INLINE int32_t best_of_line(const void *from, int64_t length, const int type) {
    float best[LANES], value = nn_load(from, 0, type);
    int32_t row[LANES], index = 0;
    int64_t rows = length / LANES;
    if (rows > 0) {
        best_rows(from, rows, LANES, LANES, best, row, type);
        for (int32_t l = 0; l < LANES; l++) {
            int32_t candidate = row[l] * LANES + l;
            int is_tie = !is_greater(best[l], value) && !is_greater(value, best[l]);
            if (is_greater(best[l], value) || (is_tie && candidate < index)) {
                value = best[l];
                index = candidate;
            }
        }
    }
    for (int64_t i = rows * LANES; i < length; i++) {
        float x = nn_load(from, i, type);
        if (is_greater(x, value)) {
            value = x;
            index = (int32_t)i;
        }
    }
    return index;
}

NN_INLINE void argmax(const arguments *a, int64_t begin, int64_t end, const int type) {
    if (a->inner == 1) {
        for (int64_t i = begin; i < end; i++)
            a->to[i] = best_of_line(nn_at(a->from, i * a->length, type), a->length, type);
        return;
    }
    for (int64_t i = begin, width; i < end; i += width) {
        int64_t outer = i / a->inner, column = i % a->inner;
        width = a->inner - column < LANES ? a->inner - column : LANES;
        if (width > end - i) width = end - i;
        float best[LANES];
        const void *from = nn_at(a->from, outer * a->length * a->inner + column, type);
        best_rows(from, a->length, a->inner, width, best, a->to + i, type);
    }
}

/// Insertion into the sorted best so far: k is small, and most elements fail the first test.
NN_INLINE void top_k(const arguments *a, int64_t begin, int64_t end, const int type) {
    for (int64_t line = begin; line < end; line++) {
        const void *from = nn_at(a->from, line * a->length, type);
        void *values = nn_mutable_at(a->values, line * a->k, type);
        int32_t *indices = a->to + line * a->k;
        int64_t count = 0;
        for (int64_t i = 0; i < a->length; i++) {
            float x = nn_load(from, i, type);
            if (count == a->k && !is_greater(x, nn_load(values, count - 1, type))) continue;
            int64_t position = count < a->k ? count++ : count - 1;
            for (; position > 0 && is_greater(x, nn_load(values, position - 1, type)); position--) {
                nn_store(values, position, nn_load(values, position - 1, type), type);
                indices[position] = indices[position - 1];
            }
            nn_store(values, position, x, type);
            indices[position] = (int32_t)i;
        }
    }
}

#define NN_DEFINE_PARTS(NAME)                                                                     \
    NN_CLONES static void NAME##_f32(void *context, int64_t begin, int64_t end) {                 \
        NAME(context, begin, end, NN_FLOAT32);                                                    \
    }                                                                                             \
    NN_CLONES static void NAME##_bf16(void *context, int64_t begin, int64_t end) {                \
        NAME(context, begin, end, NN_BFLOAT16);                                                   \
    }

NN_DEFINE_PARTS(argmax)
NN_DEFINE_PARTS(top_k)

void nn_argmax(int type, int32_t *to, const void *from, int64_t outer, int64_t length, int64_t inner) {
    arguments a = {NULL, to, from, length, inner, 1};
    nn_parallel_for(outer * inner, NN_GRAIN / (length + 1) + 1, &a, type ? argmax_bf16 : argmax_f32);
}

void nn_top_k(int type, void *values, int32_t *indices, const void *from, int64_t lines, int64_t length,
              int64_t k) {
    if (k == 0) return;
    arguments a = {values, indices, from, length, 1, k};
    nn_parallel_for(lines, NN_GRAIN / (length + 1) + 1, &a, type ? top_k_bf16 : top_k_f32);
}
