#include "nn_parts.h"
#include "nn_typed.h"

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

/// The terms of one pixel of the result are those of its row times those of its column.
typedef struct {
    const int64_t *rows, *columns;
    const float *row_weights, *column_weights;
    int64_t row_count, column_count;
} window;

NN_INLINE window window_of(const arguments *a, int64_t y, int64_t x) {
    const int64_t row = a->rows->offsets[y], column = a->columns->offsets[x];
    return (window){a->rows->positions + row, a->columns->positions + column,
                    a->rows->weights + row, a->columns->weights + column,
                    a->rows->offsets[y + 1] - row, a->columns->offsets[x + 1] - column};
}

NN_INLINE void list_terms(term *terms, const arguments *a, const window *w) {
    for (int64_t i = 0; i < w->row_count; i++)
        for (int64_t j = 0; j < w->column_count; j++)
            *terms++ = (term){w->rows[i] * a->from_width + w->columns[j], w->row_weights[i] * w->column_weights[j]};
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

/// All channels of one pixel, for any count; the terms are never listed, since a window may be the whole image.
NN_INLINE void sum_many(const arguments *a, const window *w, int64_t image, int64_t output, const int type) {
    for (int64_t begin = 0; begin < a->channels; begin += BLOCK) {
        const int64_t length = a->channels - begin < BLOCK ? a->channels - begin : BLOCK;
        float sums[BLOCK] = {0};
        double totals[BLOCK] = {0};
        int64_t terms = 0;
        for (int64_t i = 0; i < w->row_count; i++) {
            const void *row = nn_at(a->from, image + w->rows[i] * a->from_width * a->channels + begin, type);
            for (int64_t j = 0; j < w->column_count; j++) {
                const void *from = nn_at(row, w->columns[j] * a->channels, type);
                const float weight = w->row_weights[i] * w->column_weights[j];
                for (int64_t c = 0; c < length; c++) sums[c] += weight * nn_load(from, c, type);
                if (++terms % NN_TERMS == 0) nn_flush(totals, sums, length);
            }
        }
        for (int64_t c = 0; c < length; c++)
            nn_store(a->to, output + begin + c, (float)(totals[c] + (double)sums[c]), type);
    }
}

/// Rows [begin, end) of all results.
NN_INLINE void resample_rows(const arguments *a, int64_t begin, int64_t end, const int type) {
    for (int64_t item = begin; item < end; item++) {
        const int64_t image = item / a->rows->length * a->from_height * a->from_width * a->channels;
        for (int64_t x = 0; x < a->columns->length; x++) {
            const int64_t output = (item * a->columns->length + x) * a->channels;
            const window w = window_of(a, item % a->rows->length, x);
            const int64_t count = w.row_count * w.column_count;
            term terms[FEW];
            if (count <= FEW) list_terms(terms, a, &w);
            // Nearest and bilinear resizing, 2x2 and 3x3 means; the others are rare.
            switch (count) {
                case 1: sum_few(a, terms, 1, image, output, type); break;
                case 2: sum_few(a, terms, 2, image, output, type); break;
                case 4: sum_few(a, terms, 4, image, output, type); break;
                case 9: sum_few(a, terms, 9, image, output, type); break;
                default: sum_many(a, &w, image, output, type);
            }
        }
    }
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
