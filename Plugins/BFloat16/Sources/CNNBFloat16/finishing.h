/// Blocks of sums to what is asked for.
#ifndef FINISHING_H
#define FINISHING_H

#include "nn_cast.h"
#include "nn_unary.h"
#include "vectors.h"

static void add(const float *block, int rows, int columns, float *sums, int64_t stride, int is_first) {
    for (int i = 0; i < SIDE * rows; i++)
        for (int j = 0; j < SIDE * columns; j += SIDE) {
            floats x, y;
            memcpy(&x, block + i * BLOCK + j, sizeof x);
            float *to = sums + i * stride + j;
            if (!is_first) {
                memcpy(&y, to, sizeof y);
                x += y;
            }
            memcpy(to, &x, sizeof x);
        }
}

static void finish(float *block, const block_results *r) {
    const nn_bf16_epilogue *e = r->epilogue;
    for (int64_t i = 0; i < r->height; i++) {
        float *x = block + i * BLOCK;
        const int64_t first = (r->row + i) * r->columns + r->column;
        if (e->bias)
            for (int64_t j = 0; j < r->width; j++) x[j] += e->bias[r->column + j];
        if (e->residual && e->is_float) {
            const float *residual = (const float *)e->residual + first;
            for (int64_t j = 0; j < r->width; j++) x[j] += residual[j];
        } else if (e->residual) {
            const nn_bf16 *residual = (const nn_bf16 *)e->residual + first;
            for (int64_t j = 0; j < r->width; j++) x[j] += nn_from_bf16(residual[j]);
        }
        float activated[BLOCK];
        if (e->activation != NN_IDENTITY) {
            nn_unary(e->activation, e->slope, 0, NN_FLOAT32, activated, x, r->width);
            x = activated;
        }
        if (e->is_float) memcpy((float *)r->result + first, x, (size_t)r->width * sizeof *x);
        else
            for (int64_t j = 0; j < r->width; j++) ((nn_bf16 *)r->result)[first + j] = nn_to_bf16(x[j]);
    }
}

#endif
