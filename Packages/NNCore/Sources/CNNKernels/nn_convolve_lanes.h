/// The inner loops of dense convolutions for vectors of LANES floats and ROWS pixels; included once for each length.
///
/// The sums of ROWS pixels by two vectors of filters stay in registers over all taps and channels.

#define NAME_OF(name, lanes) name##_##lanes
#define NAME_FOR(name, lanes) NAME_OF(name, lanes)
#define NAME(name) NAME_FOR(name, LANES)
#define FLOATS NAME(floats)
#define MASK NAME(mask)
#define PANEL (2 * LANES)
#define UNROLLED _Pragma("clang loop unroll(full)")

typedef float FLOATS __attribute__((vector_size(4 * LANES)));
typedef int32_t MASK __attribute__((vector_size(4 * LANES)));

NN_INLINE FLOATS NAME(load)(const float *from) {
    FLOATS value;
    memcpy(&value, from, sizeof value);
    return value;
}

NN_INLINE void NAME(multiply_rows)(const int rows, const nn_window_products *p, const float *filters, int64_t first,
                                   float *tile) {
    FLOATS sum[ROWS][2];
    UNROLLED for (int i = 0; i < rows; i++) sum[i][0] = sum[i][1] = (FLOATS){0};
    const float *const *pixels = p->pixels + first;
    for (int64_t tap = 0; tap < p->taps; tap++, pixels += p->pitch) {
        const float *x[ROWS], *w = filters + p->offsets[tap];
        UNROLLED for (int i = 0; i < rows; i++) x[i] = pixels[i];
        for (int64_t c = 0; c < p->channels; c++, w += PANEL) {
            const FLOATS left = NAME(load)(w), right = NAME(load)(w + LANES);
            UNROLLED for (int i = 0; i < rows; i++) {
                const FLOATS value = x[i][c] - (FLOATS){0};
                sum[i][0] += value * left;
                sum[i][1] += value * right;
            }
        }
    }
    memcpy(tile, sum, (size_t)rows * sizeof sum[0]);
}

/// One row of the tile to its pixel; `width` is a constant where it is whole.
NN_INLINE void NAME(finish_row)(float *row, const nn_convolution_epilogue *e, const float *bias, const float *residual,
                                float *output, int64_t width) {
    float added[PANEL] = {0};
    UNROLLED for (int j = 0; j < PANEL; j += LANES) {
        FLOATS y = NAME(load)(row + j);
        if (bias) y += NAME(load)(bias + j);
        if (residual && width == PANEL) y += NAME(load)(residual + j);
        else if (residual) {
            if (j == 0) memcpy(added, residual, (size_t)width * sizeof(float));
            y += NAME(load)(added + j);
        }
        // NaN is not less than 0, and stays.
        if (e && e->activation == NN_RELU) y = (FLOATS)((MASK)y & ~(y < 0));
        memcpy(row + j, &y, sizeof y);
    }
    if (e && e->activation > NN_RELU) {
        float values[PANEL];
        memcpy(values, row, sizeof values);
        nn_unary(e->activation, e->slope, 0, 0, row, values, PANEL);
    }
    memcpy(output, row, (size_t)width * sizeof(float));
}

static void NAME(multiply)(const nn_window_products *p, const float *filters, int64_t first, int64_t rows,
                           const nn_convolve_results *to, const int64_t *places, int64_t channel, int64_t width) {
    float tile[ROWS * PANEL] __attribute__((aligned(64)));
    switch (rows) {
#define CASE(count) \
    case count: if (count <= ROWS) NAME(multiply_rows)(count <= ROWS ? count : 1, p, filters, first, tile); break;
        CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6)
#if ROWS > 6
        CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12) CASE(13) CASE(14)
#endif
#undef CASE
    }
    const nn_convolution_epilogue *e = to->epilogue;
    float bias[PANEL] = {0};
    if (e && e->bias) memcpy(bias, e->bias + channel, (size_t)width * sizeof(float));
    for (int64_t i = 0; i < rows; i++) {
        const int64_t offset = places[i] * to->channels + channel;
        const float *residual = e && e->residual ? (const float *)e->residual + offset : NULL;
        if (width == PANEL) NAME(finish_row)(tile + i * PANEL, e, bias, residual, to->output + offset, PANEL);
        else NAME(finish_row)(tile + i * PANEL, e, bias, residual, to->output + offset, width);
    }
}

static const nn_convolve_loops NAME(loops) = {PANEL, ROWS, NAME(multiply)};

#undef NAME_OF
#undef NAME_FOR
#undef NAME
#undef FLOATS
#undef MASK
#undef PANEL
#undef UNROLLED
#undef LANES
#undef ROWS
