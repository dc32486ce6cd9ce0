#include "include/nn_cumulative_sum.h"

#include "nn_typed.h"

/// The columns that are summed side by side.
enum { LANES = 32 };

typedef struct {
    void *to;
    const void *from;
    int64_t length, inner;
    int is_reversed;
} arguments;

/// Columns of one outer item that a thread sums side by side.
typedef struct {
    /// Where the first element of the first column lies, and the distance to the next one.
    int64_t start, step, width;
} columns;

NN_INLINE columns columns_at(const arguments *a, int64_t column, int64_t end) {
    const int64_t outer = column / a->inner, inner = column % a->inner, left = a->inner - inner;
    int64_t width = left < LANES ? left : LANES;
    if (width > end - column) width = end - column;
    const int64_t start = outer * a->length * a->inner + inner;
    return a->is_reversed ? (columns){start + (a->length - 1) * a->inner, -a->inner, width}
                          : (columns){start, a->inner, width};
}

NN_INLINE void sum_floats(const arguments *a, int64_t begin, int64_t end, const int type) {
    for (int64_t column = begin; column < end;) {
        const columns c = columns_at(a, column, end);
        double totals[LANES] = {0};
        for (int64_t i = 0; i < a->length; i++) {
            const int64_t first = c.start + i * c.step;
            for (int64_t l = 0; l < c.width; l++) {
                totals[l] += (double)nn_load(a->from, first + l, type);
                nn_store(a->to, first + l, (float)totals[l], type);
            }
        }
        column += c.width;
    }
}

NN_INLINE int64_t integer_at(const void *from, int64_t index, const int type) {
    switch (type) {
        case NN_INT32: return ((const int32_t *)from)[index];
        case NN_INT64: return ((const int64_t *)from)[index];
        default: return ((const uint8_t *)from)[index];
    }
}

NN_INLINE void sum_integers(const arguments *a, int64_t begin, int64_t end, const int type) {
    for (int64_t column = begin; column < end;) {
        const columns c = columns_at(a, column, end);
        // Unsigned numbers wrap around where signed overflow would be undefined.
        uint64_t totals[LANES] = {0};
        for (int64_t i = 0; i < a->length; i++) {
            const int64_t first = c.start + i * c.step;
            for (int64_t l = 0; l < c.width; l++) {
                totals[l] += (uint64_t)integer_at(a->from, first + l, type);
                ((int64_t *)a->to)[first + l] = (int64_t)totals[l];
            }
        }
        column += c.width;
    }
}

#define NN_DEFINE_PART(NAME, FUNCTION, TYPE)                                                      \
    NN_CLONES static void NAME(void *context, int64_t begin, int64_t end) {                       \
        FUNCTION(context, begin, end, TYPE);                                                      \
    }

NN_DEFINE_PART(sum_f32, sum_floats, NN_FLOAT32)
NN_DEFINE_PART(sum_bf16, sum_floats, NN_BFLOAT16)
NN_DEFINE_PART(sum_i32, sum_integers, NN_INT32)
NN_DEFINE_PART(sum_i64, sum_integers, NN_INT64)
NN_DEFINE_PART(sum_u8, sum_integers, NN_UINT8)

void nn_cumulative_sum(int is_reversed, int type, void *to, const void *from, int64_t outer, int64_t length,
                       int64_t inner) {
    static void (*const parts[])(void *, int64_t, int64_t) = {sum_f32, sum_bf16, sum_i32, sum_i64, sum_u8};
    arguments a = {to, from, length, inner, is_reversed};
    nn_parallel_for(outer * inner, NN_GRAIN / (length + 1) + 1, &a, parts[type]);
}
