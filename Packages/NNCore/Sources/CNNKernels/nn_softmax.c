#include "nn_math.h"
#include "nn_parts.h"
#include "nn_typed.h"

#include "include/nn_softmax.h"

typedef struct {
    void *to;
    const void *from, *gradient;
    int64_t length, inner;
} arguments;

/// The maximum of a line is kept in this many lanes, because a single one would not vectorize.
enum { LANES = 16 };

// One line of elements `stride` apart. `type` is a constant wherever these are inlined, and so is
// stride 1, the common case.

NN_INLINE float line_maximum(const void *from, int64_t length, int64_t stride, const int type) {
    float lanes[LANES];
    for (int l = 0; l < LANES; l++) lanes[l] = -INFINITY;
    int64_t i = 0;
    for (; i + LANES <= length; i += LANES)
        for (int l = 0; l < LANES; l++) lanes[l] = nn_max(nn_load(from, (i + l) * stride, type), lanes[l]);
    for (; i < length; i++) lanes[0] = nn_max(nn_load(from, i * stride, type), lanes[0]);
    for (int l = 1; l < LANES; l++) lanes[0] = nn_max(lanes[l], lanes[0]);
    return lanes[0];
}

/// The exponential is calculated twice rather than stored, so that bfloat16 loses nothing in between.
NN_INLINE void softmax_line(const int is_logarithm, void *restrict to, const void *restrict from, int64_t length,
                            int64_t stride, const int type) {
#pragma clang fp reassociate(on) contract(fast)
    float maximum = line_maximum(from, length, stride, type);
    // -1, since the ones are counted without the first.
    double total = 0, more = -1;
    for (int64_t first = 0; first < length; first += NN_LINE_TERMS) {
        const int64_t last = length - first < NN_LINE_TERMS ? length : first + NN_LINE_TERMS;
        float sum = 0, ones = 0;
        for (int64_t i = first; i < last; i++) {
            const float x = nn_load(from, i * stride, type) - maximum;
            if (is_logarithm) {
                // The ones apart: beside them the small terms, all that the logarithm shows, would be rounded.
                sum += x == 0.0f ? 0.0f : nn_exp(x);
                ones += x == 0.0f ? 1.0f : 0.0f;
            } else {
                sum += nn_exp(x);
            }
        }
        total += (double)sum;
        more += (double)ones;
    }
    float logarithm = is_logarithm ? (float)log1p(total + more) : 0, scale = (float)(1.0 / total);
    for (int64_t i = 0; i < length; i++) {
        float x = nn_load(from, i * stride, type) - maximum;
        nn_store(to, i * stride, is_logarithm ? x - logarithm : nn_exp(x) * scale, type);
    }
}

NN_INLINE void gradient_line(const int is_logarithm, void *restrict to, const void *restrict gradient,
                             const void *restrict result, int64_t length, int64_t stride, const int type) {
#pragma clang fp reassociate(on) contract(fast)
    double total = 0;
    for (int64_t first = 0; first < length; first += NN_LINE_TERMS) {
        const int64_t last = length - first < NN_LINE_TERMS ? length : first + NN_LINE_TERMS;
        float part = 0;
        for (int64_t i = first; i < last; i++) {
            float g = nn_load(gradient, i * stride, type);
            part += is_logarithm ? g : g * nn_load(result, i * stride, type);
        }
        total += (double)part;
    }
    const float sum = (float)total;
    for (int64_t i = 0; i < length; i++) {
        float g = nn_load(gradient, i * stride, type), y = nn_load(result, i * stride, type);
        nn_store(to, i * stride, is_logarithm ? g - nn_exp(y) * sum : (g - sum) * y, type);
    }
}

#define NN_DEFINE_PARTS(NAME, IS_LOGARITHM, TYPE)                                                 \
    NN_CLONES static void NAME(void *context, int64_t begin, int64_t end) {                       \
        const arguments *a = context;                                                             \
        for (int64_t line = begin; line < end; line++) {                                          \
            int64_t start = line / a->inner * a->length * a->inner + line % a->inner;             \
            void *to = nn_mutable_at(a->to, start, TYPE);                                         \
            const void *from = nn_at(a->from, start, TYPE);                                       \
            if (a->inner == 1) softmax_line(IS_LOGARITHM, to, from, a->length, 1, TYPE);          \
            else softmax_line(IS_LOGARITHM, to, from, a->length, a->inner, TYPE);                 \
        }                                                                                         \
    }                                                                                             \
    NN_CLONES static void NAME##_gradient(void *context, int64_t begin, int64_t end) {            \
        const arguments *a = context;                                                             \
        for (int64_t line = begin; line < end; line++) {                                          \
            int64_t start = line / a->inner * a->length * a->inner + line % a->inner;             \
            void *to = nn_mutable_at(a->to, start, TYPE);                                         \
            const void *gradient = nn_at(a->gradient, start, TYPE), *result = nn_at(a->from, start, TYPE); \
            if (a->inner == 1) gradient_line(IS_LOGARITHM, to, gradient, result, a->length, 1, TYPE); \
            else gradient_line(IS_LOGARITHM, to, gradient, result, a->length, a->inner, TYPE);    \
        }                                                                                         \
    }

NN_DEFINE_PARTS(softmax_f32, 0, NN_FLOAT32)
NN_DEFINE_PARTS(softmax_bf16, 0, NN_BFLOAT16)
NN_DEFINE_PARTS(log_softmax_f32, 1, NN_FLOAT32)
NN_DEFINE_PARTS(log_softmax_bf16, 1, NN_BFLOAT16)

typedef void (*part_function)(void *, int64_t, int64_t);
static const part_function values[2][2] = {{softmax_f32, softmax_bf16}, {log_softmax_f32, log_softmax_bf16}};
static const part_function gradients[2][2] = {
    {softmax_f32_gradient, softmax_bf16_gradient},
    {log_softmax_f32_gradient, log_softmax_bf16_gradient},
};

static void run(part_function part, arguments *a, int64_t lines) {
    nn_parallel_for(lines, NN_GRAIN / 4 / (a->length + 1) + 1, a, part);
}

void nn_softmax(int is_logarithm, int type, void *to, const void *from, int64_t outer, int64_t length,
                int64_t inner) {
    arguments a = {to, from, NULL, length, inner};
    run(values[is_logarithm][type], &a, outer * inner);
}

void nn_softmax_gradient(int is_logarithm, int type, void *to, const void *gradient, const void *result,
                         int64_t outer, int64_t length, int64_t inner) {
    arguments a = {to, result, gradient, length, inner};
    run(gradients[is_logarithm][type], &a, outer * inner);
}
