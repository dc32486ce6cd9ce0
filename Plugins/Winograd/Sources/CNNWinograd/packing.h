/// Weights to transformed weights.
#ifndef PACKING_H
#define PACKING_H

#include "points.h"

/// Into [point][panel][channel][2 * LANES], the order in which the products read them. For a gradient by the input,
/// input and output channels are exchanged and the taps turned by half a turn.
INLINE void pack_tiles(const int m, const nn_winograd_weights *w, const float *weight, int64_t panel, int64_t begin,
                       float *packed) {
    const int is_turned = w->is_gradient;
    const int64_t channels = is_turned ? w->outputs : w->inputs, out_channels = is_turned ? w->inputs : w->outputs;
    const int64_t step = is_turned ? w->inputs * 9 : 9, out_step = is_turned ? 9 : w->inputs * 9;
    const int64_t first = panel * 2 * LANES, width = least(out_channels - first, 2 * LANES);
    const int64_t count = least(channels - begin, BLOCK);
    const int64_t stride = winograd_weight_stride(channels, out_channels, 2 * LANES);
    // The weights of an output channel become a lane.
    float lanes[BLOCK][9][2 * LANES] __attribute__((aligned(64)));
    if (width < 2 * LANES) memset(lanes, 0, sizeof lanes);
    for (int64_t k = 0; k < width; k++)
        for (int64_t c = 0; c < count; c++) {
            const float *taps = weight + (first + k) * out_step + (begin + c) * step;
            UNROLL for (int tap = 0; tap < 9; tap++) lanes[c][is_turned ? 8 - tap : tap][k] = taps[tap];
        }
    for (int64_t c = 0; c < count; c++)
        for (int l = 0; l < 2 * LANES; l += LANES) {
            vec half[SPAN][3], line[3], r[SPAN];
            UNROLL for (int b = 0; b < 3; b++) {
                UNROLL for (int a = 0; a < 3; a++) line[a] = load(&lanes[c][a * 3 + b][l]);
                weight_line(m, line, r);
                UNROLL for (int a = 0; a < m + 2; a++) half[a][b] = r[a];
            }
            float *to = packed + first * channels + (begin + c) * 2 * LANES + l;
            UNROLL for (int a = 0; a < m + 2; a++) {
                weight_line(m, half[a], r);
                UNROLL for (int b = 0; b < m + 2; b++) store(to + (a * (m + 2) + b) * stride, r[b]);
            }
        }
}

static void pack(const nn_winograd_weights *w, const float *weight, int64_t panel, int64_t begin, float *packed) {
    if (w->tile == 4) pack_tiles(4, w, weight, panel, begin, packed);
    else pack_tiles(2, w, weight, panel, begin, packed);
}

#endif
