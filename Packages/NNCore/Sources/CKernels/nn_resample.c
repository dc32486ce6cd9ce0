#include "nn_typed.h"

#include <stdlib.h>

#include "include/nn_resample.h"

enum { BLOCK = 64, FEW = 9 };

/// A pixel of the source and its part in a pixel of the result.
typedef struct {
    int64_t pixel;
    float weight;
} term;

typedef struct {
    void *to;
    const void *from;
    int64_t from_height, from_width, channels;
    const nn_axis_weights *rows, *columns;
} arguments;

static int64_t largest_count(const nn_axis_weights *axis) {
    int64_t result = 0;
    for (int64_t i = 0; i < axis->length; i++) {
        const int64_t count = axis->offsets[i + 1] - axis->offsets[i];
        result = count > result ? count : result;
    }
    return result;
}

NN_INLINE int list_terms(term *terms, const arguments *a, int64_t y, int64_t x) {
    int count = 0;
    for (int32_t i = a->rows->offsets[y]; i < a->rows->offsets[y + 1]; i++) {
        const int64_t row = a->rows->positions[i] * a->from_width;
        for (int32_t j = a->columns->offsets[x]; j < a->columns->offsets[x + 1]; j++)
            terms[count++] = (term){row + a->columns->positions[j], a->rows->weights[i] * a->columns->weights[j]};
    }
    return count;
}

/// All channels of one pixel; the sums stay in registers, because `count` is a constant.
NN_INLINE void sum_few(const arguments *a, const term *terms, const int count, int64_t image, int64_t output,
                       const int type) {
    void *restrict to = nn_mutable_at(a->to, output, type);
    const void *from[FEW];
    float weights[FEW];
    for (int i = 0; i < count; i++) {
        from[i] = nn_at(a->from, image + terms[i].pixel * a->channels, type);
        weights[i] = terms[i].weight;
    }
    for (int64_t c = 0; c < a->channels; c++) {
        float sum = 0;
        for (int i = 0; i < count; i++) sum += weights[i] * nn_load(from[i], c, type);
        nn_store(to, c, sum, type);
    }
}

/// All channels of one pixel, for any count.
NN_INLINE void sum_many(const arguments *a, const term *terms, int count, int64_t image, int64_t output,
                        const int type) {
    for (int64_t begin = 0; begin < a->channels; begin += BLOCK) {
        const int64_t length = a->channels - begin < BLOCK ? a->channels - begin : BLOCK;
        float sums[BLOCK] = {0};
        for (int i = 0; i < count; i++) {
            const void *from = nn_at(a->from, image + terms[i].pixel * a->channels + begin, type);
            for (int64_t c = 0; c < length; c++) sums[c] += terms[i].weight * nn_load(from, c, type);
        }
        for (int64_t c = 0; c < length; c++) nn_store(a->to, output + begin + c, sums[c], type);
    }
}

/// Rows [begin, end) of all results.
NN_INLINE void resample_rows(const arguments *a, int64_t begin, int64_t end, const int type) {
    const int64_t most = largest_count(a->rows) * largest_count(a->columns);
    term *terms = malloc((size_t)(most > 0 ? most : 1) * sizeof(term));
    if (!terms) abort();
    for (int64_t item = begin; item < end; item++) {
        const int64_t image = item / a->rows->length * a->from_height * a->from_width * a->channels;
        for (int64_t x = 0; x < a->columns->length; x++) {
            const int64_t output = (item * a->columns->length + x) * a->channels;
            const int count = list_terms(terms, a, item % a->rows->length, x);
            // Nearest and bilinear resizing, 2x2 and 3x3 means; the others are rare.
            switch (count) {
                case 1: sum_few(a, terms, 1, image, output, type); break;
                case 2: sum_few(a, terms, 2, image, output, type); break;
                case 4: sum_few(a, terms, 4, image, output, type); break;
                case 9: sum_few(a, terms, 9, image, output, type); break;
                default: sum_many(a, terms, count, image, output, type);
            }
        }
    }
    free(terms);
}

NN_CLONES static void resample_f32(void *context, int64_t begin, int64_t end) {
    resample_rows(context, begin, end, NN_FLOAT32);
}

NN_CLONES static void resample_bf16(void *context, int64_t begin, int64_t end) {
    resample_rows(context, begin, end, NN_BFLOAT16);
}

void nn_resample(void *to, const void *from, int32_t type, int64_t batch, int64_t from_height,
                 int64_t from_width, int64_t channels, nn_axis_weights rows, nn_axis_weights columns) {
    arguments a = {to, from, from_height, from_width, channels, &rows, &columns};
    nn_parallel_for(batch * rows.length, nn_rows_per_part(columns.length * channels), &a,
                    type == NN_BFLOAT16 ? resample_bf16 : resample_f32);
}
