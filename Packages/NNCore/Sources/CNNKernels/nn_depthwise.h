/// What the files of depthwise convolutions share.
#ifndef NN_DEPTHWISE_H
#define NN_DEPTHWISE_H

#include "include/nn_convolution.h"

#include "nn_axis.h"

/// The pixels of a row whose windows share columns, and some channels of them: the vectors ("units") of the channels
/// are counted, and the last one overlaps the one before if need be.
typedef struct {
    int is_bfloat16;
    int64_t channels, units;
    /// The results, and the rows of the window that are inside the image.
    int64_t count, rows;
    /// Columns of the window, how many columns two neighbouring results are apart, weights from one unit to the next,
    /// and from one column to the next.
    int64_t taps, step, unit_pitch, tap_pitch;
    /// For each row `pitch` addresses of pixels; those outside the image are an address of zeros.
    const char *const *columns;
    int64_t pitch;
    /// For each row the weights of its first column, or the sums of the gradient by them.
    float *const *weights;

    /// For the results: what is added to them, where they go, and how many bytes they are apart.
    const float *bias;
    const char *residual;
    char *output;
    int64_t output_pitch;
    void (*activate)(float *values, int64_t count, float slope);
    float slope;

    /// For the gradient by the weights: the addresses of the gradient's pixels, with zeros up to a whole block.
    const char *const *gradients;
} nn_line;

/// The loops for vectors of one length.
typedef struct {
    int64_t lanes;
    void (*forward)(const nn_line *);
    void (*backward)(const nn_line *);
    /// Sums of floats move into doubles and start again.
    void (*flush)(double *, float *, int64_t);
} nn_depthwise_loops;

/// The longest vectors that the processor has and the channels fill.
const nn_depthwise_loops *nn_choose_depthwise_loops(int64_t channels, int is_bfloat16);

/// Results that are computed together; longest.
enum { NN_BLOCK = 8 };

NN_INLINE int64_t nn_units(int64_t channels, int64_t unit) { return (channels + unit - 1) / unit; }
NN_INLINE int64_t nn_unit_begin(int64_t index, int64_t channels, int64_t unit) {
    return nn_least(index * unit, channels - unit);
}

/// Channels that are computed together, so that the weights stay in the first cache and the rows under a window in the
/// second; the last part has the rest too.
NN_INLINE int64_t nn_slab(const nn_filter *w, int64_t width) {
    int64_t weights = 4096 / (w->kernel_height * w->kernel_width);
    int64_t rows = (1 << 17) / ((w->kernel_height + 1) * (width > 0 ? width : 1));
    int64_t slab = nn_least(nn_least(weights, rows), 512) / 64 * 64;
    return slab < 64 ? 64 : slab;
}

/// Where result `index` is on an axis if those come one after the other that share rows: every `step`th one.
NN_INLINE int64_t nn_in_turn(int64_t index, int64_t count, int64_t step) {
    int64_t least = count / step, more = count % step, long_ones = more * (least + 1);
    return index < long_ones ? index / (least + 1) + index % (least + 1) * step
                             : more + (index - long_ones) / least + (index - long_ones) % least * step;
}

/// The results of an axis with the same remainder by this number have windows of the same columns.
NN_INLINE int64_t nn_turns(const nn_axis *a) { return a->dilation / nn_common_divisor(a->stride, a->dilation); }

/// The addresses of what a line reads of one row, for the results remainder, remainder + turns, ..., in whole blocks.
NN_INLINE void nn_find_columns(const nn_axis *a, int64_t remainder, int64_t pitch, const char *row, int64_t pixel,
                               const char *zeros, const char **columns) {
    const int64_t x = a->offset + remainder * a->stride, step = a->dilation;
    const int64_t before = x >= 0 ? 0 : nn_least((step - 1 - x) / step, pitch);
    const int64_t end = x >= a->length ? 0 : nn_least((a->length - 1 - x) / step + 1, pitch);
    for (int64_t i = 0; i < before; i++) columns[i] = zeros;
    for (int64_t i = before; i < end; i++) columns[i] = row + (x + i * step) * pixel;
    for (int64_t i = before > end ? before : end; i < pitch; i++) columns[i] = zeros;
}

/// How many columns the results of one remainder have, up to whole blocks.
NN_INLINE int64_t nn_column_count(const nn_axis *a, int64_t turns) {
    int64_t results = (a->count + turns - 1) / turns;
    return ((results + NN_BLOCK - 1) / NN_BLOCK * NN_BLOCK - 1) * (a->stride * turns / a->dilation) + a->taps;
}

#endif
