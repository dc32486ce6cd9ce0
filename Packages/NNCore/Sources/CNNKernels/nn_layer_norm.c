#include "nn_parts.h"
#include "nn_typed.h"

#include "include/nn_layer_norm.h"

typedef struct {
    void *to;
    float *statistics;
    const void *from;
    const void *input;
    const float *scale;
    const float *offset;
    float epsilon;
    int64_t rows, columns;
    /// For each part the sums of both gradients, and room for what is added to them at once.
    double *totals;
    float *sums;
} arguments;

NN_INLINE void normalize_rows(const arguments *a, int64_t begin, int64_t end, const int type) {
#pragma clang fp reassociate(on) contract(fast)
    const int64_t columns = a->columns;
    const float *restrict scale = a->scale, *restrict offset = a->offset;
    for (int64_t row = begin; row < end; row++) {
        const void *restrict from = nn_at(a->from, row * columns, type);
        void *restrict to = nn_mutable_at(a->to, row * columns, type);
        // Two passes: the sum of squares alone would cancel where the mean is large. The second one also finds
        // by how much the first missed the mean, so that a row of equal values is 0 to the last digit.
        double total = 0, rest = 0, squares = 0;
        for (int64_t first = 0; first < columns; first += NN_LINE_TERMS) {
            const int64_t last = columns - first < NN_LINE_TERMS ? columns : first + NN_LINE_TERMS;
            float sum = 0;
            for (int64_t c = first; c < last; c++) sum += nn_load(from, c, type);
            total += (double)sum;
        }
        const float near = (float)(total / (double)columns);
        for (int64_t first = 0; first < columns; first += NN_LINE_TERMS) {
            const int64_t last = columns - first < NN_LINE_TERMS ? columns : first + NN_LINE_TERMS;
            float sum = 0, square = 0;
            for (int64_t c = first; c < last; c++) {
                const float difference = nn_load(from, c, type) - near;
                sum += difference;
                square += difference * difference;
            }
            rest += (double)sum;
            squares += (double)square;
        }
        rest /= (double)columns;
        const float mean = (float)((double)near + rest);
        const float inverse = (float)(1 / sqrt(squares / (double)columns - rest * rest + (double)a->epsilon));
        a->statistics[2 * row] = mean;
        a->statistics[2 * row + 1] = inverse;
        if (offset) {
            for (int64_t c = 0; c < columns; c++)
                nn_store(to, c, (nn_load(from, c, type) - mean) * inverse * scale[c] + offset[c], type);
        } else {
            for (int64_t c = 0; c < columns; c++)
                nn_store(to, c, (nn_load(from, c, type) - mean) * inverse * scale[c], type);
        }
    }
}

NN_INLINE void differentiate_rows(const arguments *a, int64_t begin, int64_t end, const int type) {
#pragma clang fp reassociate(on) contract(fast)
    const int64_t columns = a->columns;
    const float *restrict scale = a->scale;
    for (int64_t row = begin; row < end; row++) {
        const void *restrict from = nn_at(a->from, row * columns, type);
        const void *restrict input = nn_at(a->input, row * columns, type);
        void *restrict to = nn_mutable_at(a->to, row * columns, type);
        const float mean = a->statistics[2 * row], inverse = a->statistics[2 * row + 1];
        double sums = 0, products = 0;
        for (int64_t first = 0; first < columns; first += NN_LINE_TERMS) {
            const int64_t last = columns - first < NN_LINE_TERMS ? columns : first + NN_LINE_TERMS;
            float sum = 0, product = 0;
            for (int64_t c = first; c < last; c++) {
                const float gradient = nn_load(from, c, type) * scale[c];
                sum += gradient;
                product += gradient * (nn_load(input, c, type) - mean);
            }
            sums += (double)sum;
            products += (double)product;
        }
        const float shift = (float)(sums / (double)columns);
        const float slope = (float)(products / (double)columns) * inverse * inverse;
        for (int64_t c = 0; c < columns; c++) {
            const float gradient = nn_load(from, c, type) * scale[c];
            nn_store(to, c, inverse * (gradient - shift - (nn_load(input, c, type) - mean) * slope), type);
        }
    }
}

/// Parts [begin, end) of the rows, each summed from its first row to its last.
NN_INLINE void sum_parts(const arguments *a, int64_t begin, int64_t end, const int type) {
    const int64_t columns = a->columns;
    for (int64_t part = begin; part < end; part++) {
        float *restrict scale = a->sums + part * 2 * columns, *restrict offset = scale + columns;
        double *total = a->totals + part * 2 * columns;
        memset(scale, 0, (size_t)(2 * columns) * sizeof(float));
        memset(total, 0, (size_t)(2 * columns) * sizeof(double));
        const int64_t first = nn_part_begin(a->rows, part), last = nn_part_begin(a->rows, part + 1);
        for (int64_t row = first; row < last; row++) {
            const void *restrict from = nn_at(a->from, row * columns, type);
            const void *restrict input = nn_at(a->input, row * columns, type);
            const float mean = a->statistics[2 * row], inverse = a->statistics[2 * row + 1];
            for (int64_t c = 0; c < columns; c++) {
                const float gradient = nn_load(from, c, type);
                scale[c] += gradient * (nn_load(input, c, type) - mean) * inverse;
                offset[c] += gradient;
            }
            if ((row - first) % NN_TERMS == NN_TERMS - 1 || row == last - 1) nn_flush(total, scale, 2 * columns);
        }
    }
}

#define NN_DEFINE_BODY(NAME, FUNCTION, TYPE)                                 \
    NN_CLONES static void NAME(void *context, int64_t begin, int64_t end) { \
        FUNCTION((const arguments *)context, begin, end, TYPE);              \
    }

NN_DEFINE_BODY(normalize_f32, normalize_rows, NN_FLOAT32)
NN_DEFINE_BODY(normalize_bf16, normalize_rows, NN_BFLOAT16)
NN_DEFINE_BODY(differentiate_f32, differentiate_rows, NN_FLOAT32)
NN_DEFINE_BODY(differentiate_bf16, differentiate_rows, NN_BFLOAT16)
NN_DEFINE_BODY(sum_f32, sum_parts, NN_FLOAT32)
NN_DEFINE_BODY(sum_bf16, sum_parts, NN_BFLOAT16)

void nn_layer_norm(void *to, float *statistics, const void *from, int32_t type, const float *scale,
                   const float *offset, float epsilon, int64_t rows, int64_t columns) {
    arguments a = {.to = to, .statistics = statistics, .from = from, .scale = scale, .offset = offset,
                   .epsilon = epsilon, .rows = rows, .columns = columns};
    nn_parallel_for(rows, nn_rows_per_part(columns), &a, type == NN_BFLOAT16 ? normalize_bf16 : normalize_f32);
}

void nn_layer_norm_gradient(void *to, const void *from, const void *input, int32_t type,
                            const float *statistics, const float *scale, int64_t rows, int64_t columns) {
    arguments a = {.to = to, .statistics = (float *)statistics, .from = from, .input = input, .scale = scale,
                   .rows = rows, .columns = columns};
    nn_parallel_for(rows, nn_rows_per_part(columns), &a,
                    type == NN_BFLOAT16 ? differentiate_bf16 : differentiate_f32);
}

void nn_layer_norm_parameter_gradients(float *to, const void *from, const void *input, int32_t type,
                                       const float *statistics, int64_t rows, int64_t columns) {
    arguments a = {.statistics = (float *)statistics, .from = from, .input = input,
                   .rows = rows, .columns = columns};
    a.totals = nn_scratch(NN_PARTS * 2 * columns, sizeof(double));
    a.sums = nn_scratch(NN_PARTS * 2 * columns, sizeof(float));
    nn_for_each_part(rows * columns, &a, type == NN_BFLOAT16 ? sum_bf16 : sum_f32);
    for (int64_t i = 0; i < 2 * columns; i++) {
        double sum = 0;
        for (int64_t part = 0; part < NN_PARTS; part++) sum += a.totals[part * 2 * columns + i];
        to[i] = (float)sum;
    }
    nn_free(a.sums);
    nn_free(a.totals);
}
