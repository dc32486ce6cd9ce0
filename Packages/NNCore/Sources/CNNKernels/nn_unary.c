#include "nn_math.h"

#include "include/nn_cast.h"
#include "include/nn_unary.h"

typedef struct {
    void *to;
    const void *from, *gradient;
    float a, b;
} arguments;

#define NN_PLAIN(x) (x)

#define NN_DEFINE_VALUE(NAME, STORED, READ, WRITE, EXPRESSION)                               \
    NN_CLONES static void NAME(void *context, int64_t begin, int64_t end) {                  \
        const arguments *p = context;                                                        \
        STORED *restrict to = p->to;                                                         \
        const STORED *restrict from = p->from;                                               \
        float a = p->a, b = p->b;                                                            \
        (void)a, (void)b;                                                                    \
        for (int64_t i = begin; i < end; i++) {                                              \
            float x = READ(from[i]);                                                         \
            to[i] = WRITE(EXPRESSION);                                                       \
        }                                                                                    \
    }

#define NN_DEFINE_GRADIENT(NAME, STORED, READ, WRITE, EXPRESSION)                            \
    NN_CLONES static void NAME(void *context, int64_t begin, int64_t end) {                  \
        const arguments *p = context;                                                        \
        STORED *restrict to = p->to;                                                         \
        const STORED *restrict saved = p->from;                                              \
        const STORED *restrict gradient = p->gradient;                                       \
        float a = p->a, b = p->b;                                                            \
        (void)a, (void)b;                                                                    \
        for (int64_t i = begin; i < end; i++) {                                              \
            float x = READ(saved[i]);                                                        \
            to[i] = WRITE(READ(gradient[i]) * (EXPRESSION));                                 \
        }                                                                                    \
    }

#define NN_DEFINE_VALUES(NAME, VALUE)                                                        \
    NN_DEFINE_VALUE(NAME##_f32, float, NN_PLAIN, NN_PLAIN, VALUE)                            \
    NN_DEFINE_VALUE(NAME##_bf16, nn_bf16, nn_from_bf16, nn_to_bf16, VALUE)

/// VALUE and SLOPE in terms of the x that is read, see nn_unary_gradient for which that is.
#define NN_DEFINE(NAME, VALUE, SLOPE)                                                        \
    NN_DEFINE_VALUES(NAME, VALUE)                                                            \
    NN_DEFINE_GRADIENT(NAME##_gradient_f32, float, NN_PLAIN, NN_PLAIN, SLOPE)                \
    NN_DEFINE_GRADIENT(NAME##_gradient_bf16, nn_bf16, nn_from_bf16, nn_to_bf16, SLOPE)

#define NN_DEFINE_ACTIVATION(NAME, CODE)                                                     \
    NN_DEFINE(activation_##NAME, nn_activate(CODE, a, x), nn_activation_slope(CODE, a, x))

NN_FOR_EACH_ACTIVATION(NN_DEFINE_ACTIVATION)

NN_INLINE float nn_sign(float x) { return x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : x; }

NN_DEFINE(exp, nn_exp(x), x)
NN_DEFINE(log, nn_log(x), 1.0f / x)
NN_DEFINE(sqrt, nn_sqrt(x), 0.5f / x)
NN_DEFINE(rsqrt, 1.0f / nn_sqrt(x), -0.5f * x * x * x)
NN_DEFINE(square, x * x, 2.0f * x)
NN_DEFINE(abs, __builtin_fabsf(x), nn_sign(x))
NN_DEFINE_VALUES(sign, nn_sign(x))
// The reduction of large angles has no short form without branches; these two serve encodings of
// positions, not inner loops.
NN_DEFINE(sin, sinf(x), cosf(x))
NN_DEFINE(cos, cosf(x), -sinf(x))
NN_DEFINE(erf, nn_erf(x), 1.12837917f * nn_exp(-x * x))
NN_DEFINE_VALUES(floor, __builtin_elementwise_floor(x))
NN_DEFINE_VALUES(round, __builtin_elementwise_roundeven(x))
NN_DEFINE(power_of, powf(x, a), a == 0.0f ? 0.0f : a * powf(x, a - 1.0f))
NN_DEFINE(clamp, nn_min(nn_max(x, a), b), ((x >= a) & (x <= b)) ? 1.0f : 0.0f)
NN_DEFINE_VALUES(affine, x * a + b)
NN_DEFINE(reciprocal, 1.0f / x, -x * x)
NN_DEFINE_VALUES(divided_by, x / a)
NN_DEFINE(quotient, a / x, -(a / x) / x)

#define NN_VALUES(NAME) {NAME##_f32, NAME##_bf16}
#define NN_GRADIENTS(NAME) {NAME##_gradient_f32, NAME##_gradient_bf16}
#define NN_DIFFERENTIABLE(M)                                                                 \
    [NN_EXP] = M(exp), [NN_LOG] = M(log), [NN_SQRT] = M(sqrt), [NN_RSQRT] = M(rsqrt),        \
    [NN_SQUARE] = M(square), [NN_ABS] = M(abs), [NN_SIN] = M(sin), [NN_COS] = M(cos),        \
    [NN_ERF] = M(erf), [NN_POWER_OF] = M(power_of), [NN_CLAMP] = M(clamp),                   \
    [NN_RECIPROCAL] = M(reciprocal), [NN_QUOTIENT] = M(quotient)
#define NN_ACTIVATION_VALUES(NAME, CODE) [CODE] = NN_VALUES(activation_##NAME),
#define NN_ACTIVATION_GRADIENTS(NAME, CODE) [CODE] = NN_GRADIENTS(activation_##NAME),

static void (*const values[][2])(void *, int64_t, int64_t) = {
    NN_FOR_EACH_ACTIVATION(NN_ACTIVATION_VALUES) NN_DIFFERENTIABLE(NN_VALUES),
    [NN_SIGN] = NN_VALUES(sign), [NN_FLOOR] = NN_VALUES(floor), [NN_ROUND] = NN_VALUES(round),
    [NN_AFFINE] = NN_VALUES(affine), [NN_DIVIDED_BY] = NN_VALUES(divided_by)};
static void (*const gradients[][2])(void *, int64_t, int64_t) = {
    NN_FOR_EACH_ACTIVATION(NN_ACTIVATION_GRADIENTS) NN_DIFFERENTIABLE(NN_GRADIENTS)};

void nn_unary(int function, float a, float b, int type, void *to, const void *from, int64_t count) {
    arguments p = {to, from, NULL, a, b};
    nn_parallel_for(count, NN_GRAIN / 4, &p, values[function][type]);
}

void nn_unary_gradient(int function, float a, float b, int type, void *to, const void *gradient,
                       const void *saved, int64_t count) {
    arguments p = {to, saved, gradient, a, b};
    nn_parallel_for(count, NN_GRAIN / 4, &p, gradients[function][type]);
}
