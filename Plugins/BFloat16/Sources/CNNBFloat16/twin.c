/// What all kernels calculate, in plain loops: the sum of all products, exact but for the last bits of double precision,
/// rounded once. Kernels add in float32, a tile or a pair at a time: they are held to 2^-20 of the sum of the products'
/// magnitudes.
///
/// What instructions for bfloat16 do to denormal numbers is done here too: operands and results are zero in their place.
#include <math.h>

#include "nn_cast.h"
#include "nn_threads.h"
#include "nn_unary.h"
#include "tiles.h"

static double flushed(double x) { return fabs(x) < 0x1p-126 ? 0 : x; }

/// A number as it is multiplied: rounded to bfloat16, or as two numbers.
typedef struct {
    double high, low;
} factor;

static float cut(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits &= 0xffff0000;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static factor factor_of(float x, int divides) {
    float high = nn_from_bf16(nn_to_bf16(x)), low = 0;
    if (divides) {
        // Rounding must not make infinity of a large number.
        const int cuts = isinf(high) && !isinf(x);
        if (cuts) high = cut(x);
        if (isfinite(x)) low = cuts ? cut(x - high) : nn_from_bf16(nn_to_bf16(x - high));
    }
    return (factor){flushed(high), flushed(low)};
}

static float value_at(const void *values, int is_float, int64_t index) {
    return is_float ? ((const float *)values)[index] : nn_from_bf16(((const nn_bf16 *)values)[index]);
}

/// The product without that of both low parts, in which infinity times zero is NaN.
static double product(factor x, factor y, int divides) {
    return divides ? x.high * y.low + x.low * y.high + x.high * y.high : x.high * y.high;
}

typedef struct {
    const nn_bf16_products *plan;
    const void *left, *right;
    nn_bf16_epilogue epilogue;
    void *result;
} call;

static double sum_of(const call *c, int64_t row, int64_t column) {
    const nn_bf16_products *p = c->plan;
    const nn_bf16_shape *s = &p->shape;
    const int divides = p->is_float;
    double sum = 0;
    if (p->use == NN_BF16_MATRICES) {
        for (int64_t k = 0; k < p->inner; k++) {
            const int64_t i = p->transposes_left ? k * p->rows + row : row * p->inner + k;
            const int64_t j = p->transposes_right ? column * p->inner + k : k * p->columns + column;
            sum += product(factor_of(value_at(c->left, p->is_float, i), divides),
                           factor_of(value_at(c->right, p->is_float, j), divides), divides);
        }
        return sum;
    }
    const int is_turned = p->use == NN_BF16_INPUT_GRADIENT;
    const int64_t height = is_turned ? s->height : s->out_height, width = is_turned ? s->width : s->out_width;
    for (int64_t tap = 0; tap < p->taps; tap++) {
        const int64_t pixel =
            pixel_under(s, is_turned, tap, row / (height * width), row / width % height, row % width);
        if (pixel < 0) continue;
        for (int64_t k = 0; k < p->inner; k++) {
            const int64_t o = is_turned ? k : column, i = is_turned ? column : k;
            const float w = ((const float *)c->right)[(o * s->channels + i) * p->taps + tap];
            sum += product(factor_of(value_at(c->left, p->is_float, pixel * p->inner + k), divides),
                           factor_of(w, divides), divides);
        }
    }
    return sum;
}

static void multiply_rows(void *context, int64_t begin, int64_t end) {
    const call *c = context;
    const nn_bf16_products *p = c->plan;
    const nn_bf16_epilogue *e = &c->epilogue;
    for (int64_t row = begin; row < end; row++)
        for (int64_t column = 0; column < p->columns; column++) {
            const int64_t index = row * p->columns + column;
            float x = (float)flushed(sum_of(c, row, column));
            if (e->bias) x += e->bias[column];
            if (e->residual) x += value_at(e->residual, e->is_float, index);
            if (e->activation != NN_IDENTITY) {
                const float sum = x;
                nn_unary(e->activation, e->slope, 0, NN_FLOAT32, &x, &sum, 1);
            }
            if (e->is_float) ((float *)c->result)[index] = x;
            else ((nn_bf16 *)c->result)[index] = nn_to_bf16(x);
        }
}

void twin_multiply(const nn_bf16_products *p, const void *left, const void *right, nn_bf16_epilogue epilogue,
                   void *result) {
    call c = {p, left, right, epilogue, result};
    nn_parallel_for(p->rows, 1, &c, multiply_rows);
}

typedef struct {
    const nn_bf16_sums *plan;
    const void *input, *output_gradient;
    float *gradient;
} gradient_call;

static void add_channels(void *context, int64_t begin, int64_t end) {
    const gradient_call *c = context;
    const nn_bf16_shape *s = &c->plan->shape;
    const int64_t taps = c->plan->taps, area = s->out_height * s->out_width;
    const int divides = c->plan->is_float;
    for (int64_t o = begin; o < end; o++)
        for (int64_t i = 0; i < s->channels; i++)
            for (int64_t tap = 0; tap < taps; tap++) {
                double sum = 0;
                for (int64_t k = 0; k < c->plan->pixels; k++) {
                    const int64_t pixel = pixel_under(s, 0, tap, k / area, k % area / s->out_width, k % s->out_width);
                    if (pixel < 0) continue;
                    const float x = value_at(c->input, divides, pixel * s->channels + i);
                    const float y = value_at(c->output_gradient, divides, k * s->out_channels + o);
                    sum += product(factor_of(x, divides), factor_of(y, divides), divides);
                }
                c->gradient[(o * s->channels + i) * taps + tap] = (float)flushed(sum);
            }
}

void twin_weight_gradient(const nn_bf16_sums *p, const void *input, const void *output_gradient, float *gradient) {
    gradient_call c = {p, input, output_gradient, gradient};
    nn_parallel_for(p->shape.out_channels, 1, &c, add_channels);
}
