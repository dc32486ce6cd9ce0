/// One axis of a convolution or of its gradient by the input: which taps of which pixels a result is the sum of.
#ifndef NN_AXIS_H
#define NN_AXIS_H

#include "nn_internal.h"

/// One axis: result i is the sum over taps t of pixel offset + i * stride + t * dilation, times the weight
/// first_tap + t * tap_step. It is stored at first + i * step.
typedef struct {
    int64_t count, length, taps, stride, dilation, offset;
    int64_t first_tap, tap_step, first, step;
} nn_axis;

NN_INLINE int64_t nn_common_divisor(int64_t a, int64_t b) {
    while (b != 0) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

NN_INLINE int64_t nn_least(int64_t a, int64_t b) { return a < b ? a : b; }

/// The axis of a convolution. A lone tap or result is at no distance from others, however large the setting.
NN_INLINE nn_axis nn_convolution_axis(int64_t count, int64_t length, int64_t taps, int64_t stride, int64_t dilation,
                                      int64_t padding) {
    return (nn_axis){.count = count, .length = length, .taps = taps, .stride = count > 1 ? stride : 1,
                     .dilation = taps > 1 ? dilation : 1, .offset = -padding, .tap_step = 1, .step = 1};
}

/// The pixels r, r + stride, ... of an axis as results of a convolution of the gradient by its `count` results: pixel x
/// gets tap k of result (x + padding - k * dilation) / stride where that is a whole number.
NN_INLINE nn_axis nn_transposed_axis(int64_t r, int64_t length, int64_t count, int64_t taps, int64_t stride,
                                     int64_t dilation, int64_t padding) {
    if (taps == 1) dilation = 1;
    const int64_t common = nn_common_divisor(stride, dilation), every = stride / common;
    nn_axis a = {.count = (length - r - 1) / stride + 1, .length = count, .stride = 1, .dilation = dilation / common,
                 .first = r, .step = length - r > stride ? stride : 1};
    int64_t first = 0;
    while (first < nn_least(every, taps) && (r + padding - first * dilation) % stride != 0) first++;
    if (first == nn_least(every, taps)) return a;
    a.taps = (taps - first - 1) / every + 1;
    // From the last tap to the first, so that pixels are read from left to right.
    a.first_tap = first + (a.taps - 1) * every;
    a.tap_step = a.taps > 1 ? -every : 1;
    a.offset = (r + padding - a.first_tap * dilation) / stride;
    return a;
}

#endif
