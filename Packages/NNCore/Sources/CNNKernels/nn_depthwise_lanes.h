/// The inner loops of depthwise convolutions for vectors of LANES floats; included once for each length.
///
/// Blocks of results stay in registers, so do the weights of a row of the window, and each pixel is loaded once for all
/// results that it is under. Bfloat16 comes in pairs, of which a shift and a mask make two vectors.

#define NAME_OF(name, lanes) name##_##lanes
#define NAME_FOR(name, lanes) NAME_OF(name, lanes)
#define NAME(name) NAME_FOR(name, LANES)
#define FLOATS NAME(floats)
#define INTEGERS NAME(integers)

typedef float FLOATS __attribute__((vector_size(4 * LANES)));
typedef uint32_t INTEGERS __attribute__((vector_size(4 * LANES)));

/// Sixteen registers hold the results of four pixels in bfloat16, thirty-two those of eight.
#define BLOCK(is_bfloat16) ((is_bfloat16) && LANES < 16 ? NN_BLOCK / 2 : NN_BLOCK)
#define UNROLLED _Pragma("clang loop unroll(full)")

NN_INLINE void NAME(load)(FLOATS *to, const char *pixel, int64_t channel, const int is_bfloat16) {
    INTEGERS bits;
    memcpy(&bits, pixel + channel * (is_bfloat16 ? 2 : 4), sizeof bits);
    if (is_bfloat16) {
        INTEGERS even = bits << 16, odd = bits & 0xffff0000u;
        memcpy(&to[0], &even, sizeof even);
        memcpy(&to[1], &odd, sizeof odd);
    } else
        memcpy(&to[0], &bits, sizeof bits);
}

/// As nn_to_bf16, in the upper half of each lane.
NN_INLINE INTEGERS NAME(rounded)(FLOATS value) {
    INTEGERS bits = (INTEGERS)value;
    INTEGERS rounded = bits + 0x7fff + ((bits >> 16) & 1), is_number = (INTEGERS)(value == value);
    return ((rounded & is_number) | ((bits | 0x400000) & ~is_number)) & 0xffff0000u;
}

NN_INLINE void NAME(store)(char *pixel, int64_t channel, const FLOATS *from, const int is_bfloat16) {
    if (is_bfloat16) {
        INTEGERS bits = NAME(rounded)(from[0]) >> 16 | NAME(rounded)(from[1]);
        memcpy(pixel + channel * 2, &bits, sizeof bits);
    } else
        memcpy(pixel + channel * 4, &from[0], sizeof from[0]);
}

/// `taps` and `step` are constants, or 0 for those of the line.
NN_INLINE void NAME(forward_block)(const nn_line *l, int64_t first, int64_t unit, const int taps, const int step,
                                   const int is_bfloat16) {
    const int block = BLOCK(is_bfloat16), parts = is_bfloat16 ? 2 : 1, width = LANES * parts;
    const int64_t channel = nn_unit_begin(unit, l->channels, width);
    FLOATS sum[NN_BLOCK * 2], start[2] = {{0}, {0}};
    if (l->bias) memcpy(start, l->bias + unit * width, (size_t)width * sizeof(float));
    UNROLLED for (int i = 0; i < block * parts; i++) sum[i] = start[i % parts];
    for (int64_t row = 0; row < l->rows; row++) {
        const char *const *column = l->columns + row * l->pitch + first * (step ? step : l->step);
        const float *weight = l->weights[row] + unit * l->unit_pitch;
        if (taps) {
            FLOATS w[7][2];
            UNROLLED for (int t = 0; t < taps; t++)
                memcpy(w[t], weight + t * l->tap_pitch, (size_t)width * sizeof(float));
            UNROLLED for (int j = 0; j < (block - 1) * step + taps; j++) {
                FLOATS x[2];
                NAME(load)(x, column[j], channel, is_bfloat16);
                UNROLLED for (int t = 0; t < taps; t++)
                    if (j >= t && (j - t) % step == 0 && (j - t) / step < block)
                        UNROLLED for (int p = 0; p < parts; p++) sum[(j - t) / step * parts + p] += x[p] * w[t][p];
            }
        } else
            for (int64_t t = 0; t < l->taps; t++) {
                FLOATS w[2];
                memcpy(w, weight + t * l->tap_pitch, (size_t)width * sizeof(float));
                UNROLLED for (int i = 0; i < block; i++) {
                    FLOATS x[2];
                    NAME(load)(x, column[i * l->step + t], channel, is_bfloat16);
                    UNROLLED for (int p = 0; p < parts; p++) sum[i * parts + p] += x[p] * w[p];
                }
            }
    }
    if (l->residual)
        for (int64_t i = 0; i < block && first + i < l->count; i++) {
            FLOATS x[2];
            NAME(load)(x, l->residual + (first + i) * l->output_pitch, channel, is_bfloat16);
            UNROLLED for (int p = 0; p < parts; p++) sum[i * parts + p] += x[p];
        }
    if (l->activate) {
        FLOATS values[NN_BLOCK * 2];
        UNROLLED for (int i = 0; i < block * parts; i++) values[i] = sum[i];
        l->activate((float *)values, block * width, l->slope);
        UNROLLED for (int i = 0; i < block * parts; i++) sum[i] = values[i];
    }
    UNROLLED for (int i = 0; i < block; i++)
        if (first + i < l->count)
            NAME(store)(l->output + (first + i) * l->output_pitch, channel, sum + i * parts, is_bfloat16);
}

NN_INLINE void NAME(backward_block)(const nn_line *l, int64_t first, int64_t unit, const int taps, const int step,
                                    const int is_bfloat16) {
    const int block = BLOCK(is_bfloat16), parts = is_bfloat16 ? 2 : 1, width = LANES * parts;
    const int64_t channel = nn_unit_begin(unit, l->channels, width);
    FLOATS g[NN_BLOCK][2];
    UNROLLED for (int i = 0; i < block; i++) NAME(load)(g[i], l->gradients[first + i], channel, is_bfloat16);
    for (int64_t row = 0; row < l->rows; row++) {
        const char *const *column = l->columns + row * l->pitch + first * (step ? step : l->step);
        float *sums = l->weights[row] + unit * l->unit_pitch;
        if (taps) {
            FLOATS sum[7][2];
            UNROLLED for (int t = 0; t < taps; t++)
                memcpy(sum[t], sums + t * l->tap_pitch, (size_t)width * sizeof(float));
            UNROLLED for (int j = 0; j < (block - 1) * step + taps; j++) {
                FLOATS x[2];
                NAME(load)(x, column[j], channel, is_bfloat16);
                UNROLLED for (int t = 0; t < taps; t++)
                    if (j >= t && (j - t) % step == 0 && (j - t) / step < block)
                        UNROLLED for (int p = 0; p < parts; p++) sum[t][p] += x[p] * g[(j - t) / step][p];
            }
            UNROLLED for (int t = 0; t < taps; t++)
                memcpy(sums + t * l->tap_pitch, sum[t], (size_t)width * sizeof(float));
        } else
            for (int64_t t = 0; t < l->taps; t++) {
                FLOATS sum[2];
                memcpy(sum, sums + t * l->tap_pitch, (size_t)width * sizeof(float));
                UNROLLED for (int i = 0; i < block; i++) {
                    FLOATS x[2];
                    NAME(load)(x, column[i * l->step + t], channel, is_bfloat16);
                    UNROLLED for (int p = 0; p < parts; p++) sum[p] += x[p] * g[i][p];
                }
                memcpy(sums + t * l->tap_pitch, sum, (size_t)width * sizeof(float));
            }
    }
}

/// All units of a block before the next block: pixels are read from memory in long pieces.
#define LOOP(direction, taps, step)                                                                             \
    if (l->is_bfloat16)                                                                                         \
        for (int64_t first = 0; first < l->count; first += BLOCK(1))                                            \
            for (int64_t unit = 0; unit < l->units; unit++) NAME(direction##_block)(l, first, unit, taps, step, 1); \
    else                                                                                                        \
        for (int64_t first = 0; first < l->count; first += BLOCK(0))                                            \
            for (int64_t unit = 0; unit < l->units; unit++) NAME(direction##_block)(l, first, unit, taps, step, 0);

#if LANES > 1
#define LINE(direction)                                                        \
    static void NAME(direction##_line)(const nn_line *l) {                     \
        switch (l->step == 1 || l->step == 2 ? 2 * l->taps + l->step : 0) {    \
            case 2 * 3 + 1: LOOP(direction, 3, 1) break;                       \
            case 2 * 3 + 2: LOOP(direction, 3, 2) break;                       \
            case 2 * 5 + 1: LOOP(direction, 5, 1) break;                       \
            case 2 * 5 + 2: LOOP(direction, 5, 2) break;                       \
            case 2 * 7 + 1: LOOP(direction, 7, 1) break;                       \
            case 2 * 7 + 2: LOOP(direction, 7, 2) break;                       \
            default: LOOP(direction, 0, 0)                                     \
        }                                                                      \
    }
#else
#define LINE(direction) \
    static void NAME(direction##_line)(const nn_line *l) { LOOP(direction, 0, 0) }
#endif

LINE(forward)
LINE(backward)

static void NAME(flush)(double *totals, float *sums, int64_t count) { nn_flush(totals, sums, count); }

static const nn_depthwise_loops NAME(loops) = {LANES, NAME(forward_line), NAME(backward_line), NAME(flush)};

#undef NAME_OF
#undef NAME_FOR
#undef NAME
#undef FLOATS
#undef INTEGERS
#undef BLOCK
#undef UNROLLED
#undef LOOP
#undef LINE
#undef LANES
