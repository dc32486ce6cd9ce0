/// What the files of dense convolutions share.
#ifndef NN_CONVOLVE_H
#define NN_CONVOLVE_H

#include "include/nn_convolution.h"

#include "nn_axis.h"

/// Products of some pixels with one panel of filters, added up over the taps of a window.
typedef struct {
    int64_t taps, channels;
    /// For each tap `pitch` addresses of pixels; those outside the image are an address of zeros.
    const float *const *pixels;
    int64_t pitch;
    /// Where the filters of each tap begin in the panel.
    const int64_t *offsets;
} nn_window_products;

/// What becomes of the sums, and where they go.
typedef struct {
    const nn_convolution_epilogue *epilogue;
    float *output;
    /// All channels of an output pixel.
    int64_t channels;
} nn_convolve_results;

/// The loops for vectors of one length.
typedef struct {
    /// Filters of a panel: two vectors. Pixels whose sums fit into the registers.
    int64_t panel, rows;
    /// Multiplies `rows` pixels from `first` on, adds and activates, and writes up to `panel` channels from `channel` on
    /// of the pixels at `places`.
    void (*multiply)(const nn_window_products *, const float *filters, int64_t first, int64_t rows,
                     const nn_convolve_results *, const int64_t *places, int64_t channel, int64_t width);
} nn_convolve_loops;

/// The longest vectors that the processor has and so many filters fill.
const nn_convolve_loops *nn_choose_convolve_loops(int64_t filters);

#endif
