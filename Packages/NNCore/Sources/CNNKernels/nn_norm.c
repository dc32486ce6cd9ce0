#include "include/nn_norm.h"

#include "nn_math.h"
#include "nn_parts.h"
#include "nn_typed.h"

/// Few channels make inner loops too short for vectors, so several pixels are taken together: all
/// factors are repeated until a row, the period, has at least this many values.
enum { LEAST_PERIOD = 64 };

/// The columns of a period whose sums stay in registers.
enum { TILE = 64 };

typedef struct {
    const nn_norm *norm;
    int64_t period, periods, total;
    const float *scale, *shift, *mean, *a, *b, *c;
    const void *gradient, *inner;
    void *output;
    /// For each part two sums of each column of a period, and room for what is added to them at once.
    double *partial;
    float *sums;
} job;

static job make_job(const nn_norm *norm) {
    const int64_t channels = norm->channels > 0 ? norm->channels : 1;
    job j = {.norm = norm, .period = (LEAST_PERIOD + channels - 1) / channels * channels};
    j.total = norm->rows * norm->channels;
    j.periods = (j.total + j.period - 1) / j.period;
    return j;
}

/// How many elements the period with this number has; the last one may be cut short.
NN_INLINE int64_t length_of(const job *j, int64_t period) {
    const int64_t left = j->total - period * j->period;
    return left < j->period ? left : j->period;
}

/// A factor for each channel, repeated to a period; freed by the caller.
static float *repeat(const float *values, int64_t channels, int64_t period) {
    float *result = nn_scratch(period, sizeof(float));
    for (int64_t at = 0; channels > 0 && at < period; at += channels)
        memcpy(result + at, values, (size_t)channels * sizeof(float));
    return result;
}

/// Adds the parts of a sum in order, and the pixels of a period to each other.
NN_CLONES static void fold(const double *partial, int64_t channels, int64_t period, double *sums) {
    memset(sums, 0, (size_t)channels * sizeof(double));
    for (int64_t part = 0; channels > 0 && part < NN_PARTS; part++)
        for (int64_t at = 0; at < period; at += channels)
            for (int64_t c = 0; c < channels; c++) sums[c] += partial[part * 2 * period + at + c];
}

/// Adds the distances of up to NN_TERMS rows of `width` columns from `origin`, and their squares.
///
/// In float the distances are from about the mean of these rows, so that neither an origin far away nor one
/// outlier costs digits of the others. That the sums in double refer to one value of the data costs none that
/// matter: its own square is in them.
NN_INLINE void sum_tile(const void *restrict x, int64_t stride, int64_t rows, const int64_t width,
                        const float *restrict origin, double *restrict sum, double *restrict square, const int type) {
    float shift[TILE], sums[TILE], squares[TILE];
    const float share = 1.0f / (float)rows;
    for (int64_t l = 0; l < width; l++) shift[l] = sums[l] = squares[l] = 0;
    for (int64_t row = 0; row < rows; row++) {
        const void *restrict at = nn_at(x, row * stride, type);
        for (int64_t l = 0; l < width; l++) shift[l] += nn_load(at, l, type) * share;
    }
    for (int64_t row = 0; row < rows; row++) {
        const void *restrict at = nn_at(x, row * stride, type);
        for (int64_t l = 0; l < width; l++) {
            const float d = nn_load(at, l, type) - shift[l];
            sums[l] += d;
            squares[l] += d * d;
        }
    }
    for (int64_t l = 0; l < width; l++) {
        const double e = (double)shift[l] - (double)origin[l], s = (double)sums[l], n = (double)rows;
        sum[l] += s + n * e;
        square[l] += (double)squares[l] + e * (2 * s + n * e);
    }
}

NN_INLINE void statistics_parts(const job *j, int64_t begin, int64_t end, const int type) {
    const int64_t period = j->period;
    for (int64_t part = begin; part < end; part++) {
        double *sum = j->partial + part * 2 * period, *square = sum + period;
        memset(sum, 0, (size_t)(2 * period) * sizeof(double));
        const int64_t last = nn_part_begin(j->periods, part + 1);
        for (int64_t p = nn_part_begin(j->periods, part), rows; p < last; p += rows) {
            const int64_t columns = length_of(j, p);
            rows = nn_terms(last - p);
            // A period that is cut short comes alone.
            if (columns == period && length_of(j, p + rows - 1) < period) rows--;
            const void *x = nn_at(j->norm->input, p * period, type);
            for (int64_t l = 0, width; l < columns; l += width) {
                const int64_t left = columns - l;
                width = left >= 64 ? 64 : left >= 32 ? 32 : left >= 16 ? 16 : left >= 8 ? 8 : left;
                const void *at = nn_at(x, l, type);
                switch (width) {
                    case 64: sum_tile(at, period, rows, 64, j->shift + l, sum + l, square + l, type); break;
                    case 32: sum_tile(at, period, rows, 32, j->shift + l, sum + l, square + l, type); break;
                    case 16: sum_tile(at, period, rows, 16, j->shift + l, sum + l, square + l, type); break;
                    case 8: sum_tile(at, period, rows, 8, j->shift + l, sum + l, square + l, type); break;
                    default: sum_tile(at, period, rows, width, j->shift + l, sum + l, square + l, type);
                }
            }
        }
    }
}

NN_INLINE void forward_periods(const job *j, int64_t begin, int64_t end, const int code, const int type) {
    const float slope = j->norm->slope, *restrict scale = j->scale, *restrict shift = j->shift;
    for (int64_t p = begin; p < end; p++) {
        const int64_t at = p * j->period, count = length_of(j, p);
        const void *restrict x = nn_at(j->norm->input, at, type);
        void *restrict y = nn_mutable_at(j->output, at, type);
        if (j->norm->residual) {
            const void *restrict r = nn_at(j->norm->residual, at, type);
            for (int64_t i = 0; i < count; i++) {
                const float v = nn_load(x, i, type) * scale[i] + shift[i] + nn_load(r, i, type);
                nn_store(y, i, nn_activate(code, slope, v), type);
            }
        } else {
            for (int64_t i = 0; i < count; i++)
                nn_store(y, i, nn_activate(code, slope, nn_load(x, i, type) * scale[i] + shift[i]), type);
        }
    }
}

NN_INLINE void sums_parts(const job *j, int64_t begin, int64_t end, const int code, const int type) {
    const float slope = j->norm->slope;
    const int64_t period = j->period;
    const float *restrict scale = j->scale, *restrict shift = j->shift, *restrict mean = j->mean;
    for (int64_t part = begin; part < end; part++) {
        float *restrict sum = j->sums + part * 2 * period, *restrict product = sum + period;
        double *total = j->partial + part * 2 * period;
        memset(sum, 0, (size_t)(2 * period) * sizeof(float));
        memset(total, 0, (size_t)(2 * period) * sizeof(double));
        const int64_t first = nn_part_begin(j->periods, part), last = nn_part_begin(j->periods, part + 1);
        for (int64_t p = first; p < last; p++) {
            const int64_t at = p * period, count = length_of(j, p);
            const void *restrict x = nn_at(j->norm->input, at, type);
            const void *restrict dy = nn_at(j->gradient, at, type);
            if (j->norm->residual && j->output) {
                const void *restrict r = nn_at(j->norm->residual, at, type);
                void *restrict inner = nn_mutable_at(j->output, at, type);
                for (int64_t i = 0; i < count; i++) {
                    const float v = nn_load(x, i, type);
                    const float y = v * scale[i] + shift[i] + nn_load(r, i, type);
                    const float g = nn_load(dy, i, type) * nn_activation_slope(code, slope, y);
                    nn_store(inner, i, g, type);
                    sum[i] += g;
                    product[i] += g * (v - mean[i]);
                }
            } else {
                for (int64_t i = 0; i < count; i++) {
                    const float v = nn_load(x, i, type);
                    const float g =
                        nn_load(dy, i, type) * nn_activation_slope(code, slope, v * scale[i] + shift[i]);
                    sum[i] += g;
                    product[i] += g * (v - mean[i]);
                }
            }
            if ((p - first) % NN_TERMS == NN_TERMS - 1 || p == last - 1) nn_flush(total, sum, 2 * period);
        }
    }
}

/// `output` may be `gradient` or `inner`: each element is read before it is written, so no restrict there.
NN_INLINE void input_periods(const job *j, int64_t begin, int64_t end, const int code, const int type) {
    const float slope = j->norm->slope, *restrict scale = j->scale, *restrict shift = j->shift;
    const float *restrict a = j->a, *restrict b = j->b, *restrict c = j->c;
    for (int64_t p = begin; p < end; p++) {
        const int64_t at = p * j->period, count = length_of(j, p);
        const void *x = nn_at(j->norm->input, at, type);
        const void *dy = nn_at(j->inner ? j->inner : j->gradient, at, type);
        void *dx = nn_mutable_at(j->output, at, type);
        if (j->inner) {
#pragma clang loop vectorize(assume_safety)
            for (int64_t i = 0; i < count; i++)
                nn_store(dx, i, a[i] * nn_load(dy, i, type) + b[i] * nn_load(x, i, type) + c[i], type);
        } else {
#pragma clang loop vectorize(assume_safety)
            for (int64_t i = 0; i < count; i++) {
                const float v = nn_load(x, i, type);
                const float g = nn_load(dy, i, type) * nn_activation_slope(code, slope, v * scale[i] + shift[i]);
                nn_store(dx, i, a[i] * g + b[i] * v + c[i], type);
            }
        }
    }
}

typedef void (*loop)(void *, int64_t, int64_t);

NN_CLONES static void statistics_f32(void *context, int64_t begin, int64_t end) {
    statistics_parts(context, begin, end, NN_FLOAT32);
}
NN_CLONES static void statistics_bf16(void *context, int64_t begin, int64_t end) {
    statistics_parts(context, begin, end, NN_BFLOAT16);
}

#define NN_DEFINE_LOOP(NAME, FUNCTION, CODE, TYPE)                           \
    NN_CLONES static void NAME(void *context, int64_t begin, int64_t end) { \
        FUNCTION((const job *)context, begin, end, CODE, TYPE);              \
    }
#define NN_DEFINE_LOOPS(NAME, CODE)                                     \
    NN_DEFINE_LOOP(forward_##NAME##_f32, forward_periods, CODE, NN_FLOAT32)  \
    NN_DEFINE_LOOP(forward_##NAME##_bf16, forward_periods, CODE, NN_BFLOAT16) \
    NN_DEFINE_LOOP(sums_##NAME##_f32, sums_parts, CODE, NN_FLOAT32)          \
    NN_DEFINE_LOOP(sums_##NAME##_bf16, sums_parts, CODE, NN_BFLOAT16)        \
    NN_DEFINE_LOOP(input_##NAME##_f32, input_periods, CODE, NN_FLOAT32)      \
    NN_DEFINE_LOOP(input_##NAME##_bf16, input_periods, CODE, NN_BFLOAT16)

NN_FOR_EACH_ACTIVATION(NN_DEFINE_LOOPS)

#define NN_FORWARD_ROW(NAME, CODE) {forward_##NAME##_f32, forward_##NAME##_bf16},
#define NN_SUMS_ROW(NAME, CODE) {sums_##NAME##_f32, sums_##NAME##_bf16},
#define NN_INPUT_ROW(NAME, CODE) {input_##NAME##_f32, input_##NAME##_bf16},
static const loop forward_loops[][2] = {NN_FOR_EACH_ACTIVATION(NN_FORWARD_ROW)};
static const loop sums_loops[][2] = {NN_FOR_EACH_ACTIVATION(NN_SUMS_ROW)};
static const loop input_loops[][2] = {NN_FOR_EACH_ACTIVATION(NN_INPUT_ROW)};

void nn_norm_statistics(const nn_norm *norm, float *mean, float *variance) {
    job j = make_job(norm);
    const int64_t channels = norm->channels;
    float *first = nn_scratch(channels, sizeof(float));
    for (int64_t c = 0; c < channels; c++)
        first[c] = norm->rows == 0 ? 0
                   : norm->is_bfloat16 ? nn_load(norm->input, c, NN_BFLOAT16)
                                       : nn_load(norm->input, c, NN_FLOAT32);
    float *shift = repeat(first, channels, j.period);
    double *sums = nn_scratch(2 * channels, sizeof(double)), *squares = sums + channels;
    j.shift = shift;
    j.partial = nn_scratch(NN_PARTS * 2 * j.period, sizeof(double));
    nn_for_each_part(j.total, &j, norm->is_bfloat16 ? statistics_bf16 : statistics_f32);
    fold(j.partial, channels, j.period, sums);
    fold(j.partial + j.period, channels, j.period, squares);
    const double rows = norm->rows > 0 ? (double)norm->rows : 1;
    for (int64_t c = 0; c < channels; c++) {
        const double d = sums[c] / rows, v = squares[c] / rows - d * d;
        mean[c] = (float)((double)first[c] + d);
        variance[c] = v < 0 ? 0.0f : (float)v;
    }
    nn_free(sums);
    nn_free(j.partial);
    nn_free(shift);
    nn_free(first);
}

void nn_norm_forward(const nn_norm *norm, void *output) {
    job j = make_job(norm);
    float *scale = repeat(norm->scale, norm->channels, j.period);
    float *shift = repeat(norm->shift, norm->channels, j.period);
    j.scale = scale;
    j.shift = shift;
    j.output = output;
    nn_parallel_for(j.periods, NN_GRAIN / j.period + 1, &j, forward_loops[norm->activation][norm->is_bfloat16]);
    nn_free(shift);
    nn_free(scale);
}

void nn_norm_backward_sums(const nn_norm *norm, const void *gradient, const float *mean, void *inner, float *sums,
                           float *products) {
    job j = make_job(norm);
    const int64_t channels = norm->channels, period = j.period;
    float *scale = repeat(norm->scale, channels, period);
    float *shift = repeat(norm->shift, channels, period);
    float *means = repeat(mean, channels, period);
    j.scale = scale;
    j.shift = shift;
    j.mean = means;
    j.gradient = gradient;
    j.output = inner;
    j.sums = nn_scratch(NN_PARTS * 2 * period, sizeof(float));
    j.partial = nn_scratch(NN_PARTS * 2 * period, sizeof(double));
    nn_for_each_part(j.total, &j, sums_loops[norm->activation][norm->is_bfloat16]);
    double *total = nn_scratch(channels, sizeof(double));
    fold(j.partial, channels, period, total);
    for (int64_t c = 0; c < channels; c++) sums[c] = (float)total[c];
    fold(j.partial + period, channels, period, total);
    for (int64_t c = 0; c < channels; c++) products[c] = (float)total[c];
    nn_free(total);
    nn_free(j.partial);
    nn_free(j.sums);
    nn_free(means);
    nn_free(shift);
    nn_free(scale);
}

void nn_norm_backward_input(const nn_norm *norm, const void *gradient, const void *inner, const float *a,
                            const float *b, const float *c, void *output) {
    job j = make_job(norm);
    const float *given[5] = {norm->scale, norm->shift, a, b, c};
    float *repeated[5];
    for (int i = 0; i < 5; i++) repeated[i] = repeat(given[i], norm->channels, j.period);
    j.scale = repeated[0];
    j.shift = repeated[1];
    j.a = repeated[2];
    j.b = repeated[3];
    j.c = repeated[4];
    j.gradient = gradient;
    j.inner = inner;
    j.output = output;
    nn_parallel_for(j.periods, NN_GRAIN / j.period + 1, &j, input_loops[norm->activation][norm->is_bfloat16]);
    for (int i = 0; i < 5; i++) nn_free(repeated[i]);
}
