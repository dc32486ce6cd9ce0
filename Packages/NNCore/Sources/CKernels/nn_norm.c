#include "include/nn_norm.h"

#include <stdlib.h>

#include "nn_math.h"
#include "nn_parts.h"

/// Few channels make inner loops too short for vectors, so several pixels are taken together: all
/// factors are repeated until a row, the period, has at least this many values.
enum { LEAST_PERIOD = 64 };

typedef struct {
    const nn_norm *norm;
    int64_t period, periods, total;
    const float *scale, *shift, *mean, *a, *b, *c;
    const void *gradient, *inner;
    void *output;
    float *partial;
} job;

static int64_t period_of(int64_t channels) {
    int64_t pixels = (LEAST_PERIOD + channels - 1) / channels;
    return pixels * channels;
}

static job make_job(const nn_norm *norm) {
    job j = {.norm = norm, .period = period_of(norm->channels), .total = norm->rows * norm->channels};
    j.periods = (j.total + j.period - 1) / j.period;
    return j;
}

/// A factor for each channel, repeated to a period; freed by the caller.
static float *repeat(const float *values, int64_t channels, int64_t period) {
    float *result = nn_allocate((size_t)period * sizeof(float));
    for (int64_t at = 0; at < period; at += channels)
        memcpy(result + at, values, (size_t)channels * sizeof(float));
    return result;
}

/// Adds the parts of a sum in order, and the pixels of a period to each other.
NN_CLONES static void fold(const float *restrict partial, int64_t stride, int64_t channels, int64_t period,
                           double *restrict sums) {
    for (int64_t c = 0; c < channels; c++) sums[c] = 0;
    for (int64_t part = 0; part < NN_PARTS; part++)
        for (int64_t at = 0; at < period; at += channels) {
            const float *restrict pixel = partial + part * stride + at;
            for (int64_t c = 0; c < channels; c++) sums[c] += (double)pixel[c];
        }
}

#define PLAIN(x) (x)

/// The loops for one element type: T, how it is read and written.
#define DEFINE_STATISTICS(TYPE, T, READ)                                                                   \
    NN_CLONES static void statistics_##TYPE(void *context, int64_t begin, int64_t end) {                   \
        const job *j = context;                                                                            \
        int64_t period = j->period;                                                                        \
        for (int64_t part = begin; part < end; part++) {                                                   \
            float *restrict sum = j->partial + part * 2 * period;                                          \
            float *restrict square = sum + period;                                                         \
            const float *restrict shift = j->shift;                                                        \
            memset(sum, 0, (size_t)period * 2 * sizeof(float));                                            \
            int64_t last = nn_part_begin(j->periods, part + 1);                                            \
            for (int64_t p = nn_part_begin(j->periods, part); p < last; p++) {                             \
                const T *restrict x = (const T *)j->norm->input + p * period;                              \
                int64_t count = j->total - p * period < period ? j->total - p * period : period;           \
                for (int64_t i = 0; i < count; i++) {                                                      \
                    float d = READ(x[i]) - shift[i];                                                       \
                    sum[i] += d;                                                                           \
                    square[i] += d * d;                                                                    \
                }                                                                                          \
            }                                                                                              \
        }                                                                                                  \
    }

#define DEFINE_FORWARD(TYPE, T, READ, WRITE, NAME, CODE)                                                   \
    NN_CLONES static void forward_##NAME##_##TYPE(void *context, int64_t begin, int64_t end) {             \
        const job *j = context;                                                                            \
        const float slope = j->norm->slope;                                                                \
        const float *restrict scale = j->scale, *restrict shift = j->shift;                                \
        for (int64_t p = begin; p < end; p++) {                                                            \
            int64_t at = p * j->period;                                                                    \
            int64_t count = j->total - at < j->period ? j->total - at : j->period;                         \
            const T *restrict x = (const T *)j->norm->input + at;                                          \
            T *restrict y = (T *)j->output + at;                                                           \
            if (j->norm->residual) {                                                                       \
                const T *restrict r = (const T *)j->norm->residual + at;                                   \
                for (int64_t i = 0; i < count; i++)                                                        \
                    y[i] = WRITE(nn_activate(CODE, slope, READ(x[i]) * scale[i] + shift[i] + READ(r[i]))); \
            } else {                                                                                       \
                for (int64_t i = 0; i < count; i++)                                                        \
                    y[i] = WRITE(nn_activate(CODE, slope, READ(x[i]) * scale[i] + shift[i]));              \
            }                                                                                              \
        }                                                                                                  \
    }

#define DEFINE_BACKWARD_SUMS(TYPE, T, READ, WRITE, NAME, CODE)                                             \
    NN_CLONES static void sums_##NAME##_##TYPE(void *context, int64_t begin, int64_t end) {                \
        const job *j = context;                                                                            \
        const float slope = j->norm->slope;                                                                \
        int64_t period = j->period;                                                                        \
        const float *restrict scale = j->scale, *restrict shift = j->shift, *restrict mean = j->mean;      \
        for (int64_t part = begin; part < end; part++) {                                                   \
            float *restrict sum = j->partial + part * 2 * period;                                          \
            float *restrict product = sum + period;                                                        \
            memset(sum, 0, (size_t)period * 2 * sizeof(float));                                            \
            int64_t last = nn_part_begin(j->periods, part + 1);                                            \
            for (int64_t p = nn_part_begin(j->periods, part); p < last; p++) {                             \
                int64_t at = p * period;                                                                   \
                int64_t count = j->total - at < period ? j->total - at : period;                           \
                const T *restrict x = (const T *)j->norm->input + at;                                      \
                const T *restrict dy = (const T *)j->gradient + at;                                        \
                const T *restrict r = j->norm->residual ? (const T *)j->norm->residual + at : 0;           \
                T *restrict inner = j->output ? (T *)j->output + at : 0;                                   \
                if (r && inner) {                                                                          \
                    for (int64_t i = 0; i < count; i++) {                                                  \
                        float v = READ(x[i]);                                                              \
                        float g = READ(dy[i])                                                              \
                            * nn_activation_slope(CODE, slope, v * scale[i] + shift[i] + READ(r[i]));      \
                        inner[i] = WRITE(g);                                                               \
                        sum[i] += g;                                                                       \
                        product[i] += g * (v - mean[i]);                                                   \
                    }                                                                                      \
                } else {                                                                                   \
                    for (int64_t i = 0; i < count; i++) {                                                  \
                        float v = READ(x[i]);                                                              \
                        float g = READ(dy[i]) * nn_activation_slope(CODE, slope, v * scale[i] + shift[i]); \
                        sum[i] += g;                                                                       \
                        product[i] += g * (v - mean[i]);                                                   \
                    }                                                                                      \
                }                                                                                          \
            }                                                                                              \
        }                                                                                                  \
    }

/// `output` may be `gradient`: each element is read before it is written, so no restrict there.
#define DEFINE_BACKWARD_INPUT(TYPE, T, READ, WRITE, NAME, CODE)                                            \
    NN_CLONES static void input_##NAME##_##TYPE(void *context, int64_t begin, int64_t end) {               \
        const job *j = context;                                                                            \
        const float slope = j->norm->slope;                                                                \
        const float *restrict scale = j->scale, *restrict shift = j->shift;                                \
        const float *restrict a = j->a, *restrict b = j->b, *restrict c = j->c;                            \
        for (int64_t p = begin; p < end; p++) {                                                            \
            int64_t at = p * j->period;                                                                    \
            int64_t count = j->total - at < j->period ? j->total - at : j->period;                         \
            const T *x = (const T *)j->norm->input + at;                                                   \
            T *dx = (T *)j->output + at;                                                                   \
            const T *dy = (const T *)(j->inner ? j->inner : j->gradient) + at;                             \
            if (j->inner) {                                                                                \
                _Pragma("clang loop vectorize(assume_safety)")                                             \
                for (int64_t i = 0; i < count; i++)                                                        \
                    dx[i] = WRITE(a[i] * READ(dy[i]) + b[i] * READ(x[i]) + c[i]);                          \
            } else {                                                                                       \
                _Pragma("clang loop vectorize(assume_safety)")                                             \
                for (int64_t i = 0; i < count; i++) {                                                      \
                    float v = READ(x[i]);                                                                  \
                    float g = READ(dy[i]) * nn_activation_slope(CODE, slope, v * scale[i] + shift[i]);     \
                    dx[i] = WRITE(a[i] * g + b[i] * v + c[i]);                                             \
                }                                                                                          \
            }                                                                                              \
        }                                                                                                  \
    }

#define DEFINE_LOOPS(NAME, CODE)                                             \
    DEFINE_FORWARD(f32, float, PLAIN, PLAIN, NAME, CODE)                     \
    DEFINE_FORWARD(bf16, nn_bf16, nn_from_bf16, nn_to_bf16, NAME, CODE)      \
    DEFINE_BACKWARD_SUMS(f32, float, PLAIN, PLAIN, NAME, CODE)               \
    DEFINE_BACKWARD_SUMS(bf16, nn_bf16, nn_from_bf16, nn_to_bf16, NAME, CODE) \
    DEFINE_BACKWARD_INPUT(f32, float, PLAIN, PLAIN, NAME, CODE)              \
    DEFINE_BACKWARD_INPUT(bf16, nn_bf16, nn_from_bf16, nn_to_bf16, NAME, CODE)

DEFINE_STATISTICS(f32, float, PLAIN)
DEFINE_STATISTICS(bf16, nn_bf16, nn_from_bf16)
NN_FOR_EACH_ACTIVATION(DEFINE_LOOPS)

typedef void (*loop)(void *, int64_t, int64_t);
#define FORWARD_ROW(NAME, CODE) {forward_##NAME##_f32, forward_##NAME##_bf16},
#define SUMS_ROW(NAME, CODE) {sums_##NAME##_f32, sums_##NAME##_bf16},
#define INPUT_ROW(NAME, CODE) {input_##NAME##_f32, input_##NAME##_bf16},
static const loop forward_loops[][2] = {NN_FOR_EACH_ACTIVATION(FORWARD_ROW)};
static const loop sums_loops[][2] = {NN_FOR_EACH_ACTIVATION(SUMS_ROW)};
static const loop input_loops[][2] = {NN_FOR_EACH_ACTIVATION(INPUT_ROW)};

void nn_norm_statistics(const nn_norm *norm, float *mean, float *variance) {
    job j = make_job(norm);
    int64_t channels = norm->channels, period = j.period;
    float *first = nn_allocate((size_t)channels * sizeof(float));
    for (int64_t c = 0; c < channels; c++)
        first[c] = norm->is_bfloat16 ? nn_from_bf16(((const nn_bf16 *)norm->input)[c])
                                     : ((const float *)norm->input)[c];
    float *shift = repeat(first, channels, period);
    j.shift = shift;
    j.partial = nn_allocate((size_t)(NN_PARTS * 2 * period) * sizeof(float));
    nn_for_each_part(j.total, &j, norm->is_bfloat16 ? statistics_bf16 : statistics_f32);
    double *sums = nn_allocate((size_t)(2 * channels) * sizeof(double)), *squares = sums + channels;
    fold(j.partial, 2 * period, channels, period, sums);
    fold(j.partial + period, 2 * period, channels, period, squares);
    for (int64_t c = 0; c < channels; c++) {
        double d = sums[c] / (double)norm->rows;
        double v = squares[c] / (double)norm->rows - d * d;
        mean[c] = (float)((double)first[c] + d);
        variance[c] = v > 0 ? (float)v : 0.0f;
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
    int64_t channels = norm->channels, period = j.period;
    float *scale = repeat(norm->scale, channels, period);
    float *shift = repeat(norm->shift, channels, period);
    float *means = repeat(mean, channels, period);
    j.scale = scale;
    j.shift = shift;
    j.mean = means;
    j.gradient = gradient;
    j.output = inner;
    j.partial = nn_allocate((size_t)(NN_PARTS * 2 * period) * sizeof(float));
    nn_for_each_part(j.total, &j, sums_loops[norm->activation][norm->is_bfloat16]);
    double *total = nn_allocate((size_t)channels * sizeof(double));
    fold(j.partial, 2 * period, channels, period, total);
    for (int64_t c = 0; c < channels; c++) sums[c] = (float)total[c];
    fold(j.partial + period, 2 * period, channels, period, total);
    for (int64_t c = 0; c < channels; c++) products[c] = (float)total[c];
    nn_free(total);
    nn_free(j.partial);
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
