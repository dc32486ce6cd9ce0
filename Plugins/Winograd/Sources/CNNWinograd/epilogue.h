/// What is done to the outputs of a tile before they are written: bias, residual, activation.
#ifndef EPILOGUE_H
#define EPILOGUE_H

#include "nn_unary.h"
#include "points.h"

/// Where the outputs of a tile lie: the first, the distances of rows and pixels, and how many of them exist.
typedef struct {
    int64_t offset, row, pixel, rows, columns, lanes;
} output_area;

/// The activations that every network has, in registers; the others by their loops over memory, which nn_math.h keeps
/// in one place.
INLINE void activate(const int m, int activation, float slope, vec y[4][4]) {
    const vec zero = {0};
#define FOR_EACH(VALUE)                            \
    UNROLL for (int a = 0; a < m; a++)             \
        UNROLL for (int b = 0; b < m; b++) {       \
            vec x = y[a][b];                       \
            y[a][b] = VALUE;                       \
        }                                          \
    break;
    switch (activation) {
        case NN_IDENTITY: break;
        // NaN is not less than 0, and stays.
        case NN_RELU: FOR_EACH(choose(x < zero, zero, x))
        case NN_LEAKY_RELU: FOR_EACH(choose(x > zero, x, slope * x))
        case NN_RELU6: {
            const vec six = splat(6);
            FOR_EACH(choose(x < zero, zero, choose(x > six, six, x)))
        }
        default: {
            float from[4 * 4 * LANES], to[4 * 4 * LANES];
            UNROLL for (int a = 0; a < m; a++)
                UNROLL for (int b = 0; b < m; b++) store(from + (a * m + b) * LANES, y[a][b]);
            nn_unary(activation, slope, 0, 0, to, from, m * m * LANES);
            UNROLL for (int a = 0; a < m; a++)
                UNROLL for (int b = 0; b < m; b++) y[a][b] = load(to + (a * m + b) * LANES);
        }
    }
#undef FOR_EACH
}

/// Writes the outputs of a tile in LANES channels from `channel` on.
INLINE void finish_outputs(const int m, const int is_bfloat16, const nn_winograd_epilogue *epilogue, int64_t channel,
                           const output_area *area, vec y[4][4], void *output) {
    const vec bias = epilogue->bias ? read_some(0, epilogue->bias, channel, area->lanes) : (vec){0};
    const int is_whole = area->rows == m && area->columns == m && area->lanes >= LANES;
    UNROLL for (int a = 0; a < m; a++)
        UNROLL for (int b = 0; b < m; b++) {
            y[a][b] += bias;
            if (!epilogue->residual || (!is_whole && (a >= area->rows || b >= area->columns))) continue;
            const int64_t i = area->offset + a * area->row + b * area->pixel;
            y[a][b] += is_whole ? read(is_bfloat16, epilogue->residual, i)
                                : read_some(is_bfloat16, epilogue->residual, i, area->lanes);
        }
    activate(m, epilogue->activation, epilogue->slope, y);
    if (is_whole) {
        UNROLL for (int a = 0; a < m; a++)
            UNROLL for (int b = 0; b < m; b++)
                write(is_bfloat16, output, area->offset + a * area->row + b * area->pixel, y[a][b]);
    } else {
        for (int64_t a = 0; a < area->rows; a++)
            for (int64_t b = 0; b < area->columns; b++)
                write_some(is_bfloat16, output, area->offset + a * area->row + b * area->pixel, y[a][b], area->lanes);
    }
}

#endif
