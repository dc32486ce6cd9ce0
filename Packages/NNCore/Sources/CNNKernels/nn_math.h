/// Elementary functions and activations in float32, without branches, so that loops over them vectorize.
///
/// Largest errors in units in the last place: exp, log, erf, softplus 2, tanh, sigmoid, silu 3, mish 5;
/// gelu and the slopes that change their sign are within 3e-7 absolutely. NaN stays NaN, and large
/// values go to the limit. libm is not used here because a call ends vectorization.
#ifndef NN_MATH_H
#define NN_MATH_H

#include "nn_internal.h"

#include "include/nn_unary.h"

NN_INLINE float nn_min(float x, float limit) { return x > limit ? limit : x; }
NN_INLINE float nn_max(float x, float limit) { return x < limit ? limit : x; }
NN_INLINE float nn_sqrt(float x) { return __builtin_elementwise_sqrt(x); }

NN_INLINE uint32_t nn_bits(float x) {
    uint32_t bits;
    memcpy(&bits, &x, 4);
    return bits;
}

NN_INLINE float nn_float(uint32_t bits) {
    float x;
    memcpy(&x, &bits, 4);
    return x;
}

/// 2^n for a whole number -126 <= n <= 127.
NN_INLINE float nn_power_of_two(int32_t n) { return nn_float((uint32_t)(n + 127) << 23); }

/// Splits x into n ln 2 + r with |r| <= ln 2 / 2, and gives n and exp(r) - 1.
/// Range reduction and polynomial are those of expf in Cephes (Moshier 1992).
NN_INLINE float nn_exp_reduced(float x, int32_t *n) {
    // Adding 1.5 * 2^23 rounds to a whole number, which then stands in the low bits.
    const float rounder = 12582912.0f;
    float shifted = x * 1.44269504f + rounder;
    *n = (int32_t)nn_bits(shifted) - 0x4b400000;
    float whole = shifted - rounder;
    float r = (x - whole * 0.693359375f) + whole * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    return p * (r * r) + r;
}

NN_INLINE float nn_exp(float x) {
    int32_t n;
    float p = nn_exp_reduced(nn_max(nn_min(x, 89.0f), -104.0f), &n) + 1.0f;
    // Two factors, because 2^n itself may be out of range where the product is not.
    int32_t half = n >> 1;
    return p * nn_power_of_two(half) * nn_power_of_two(n - half);
}

/// exp(x) for -87 <= x <= 88, where one factor is enough.
NN_INLINE float nn_exp_bounded(float x) {
    int32_t n;
    float p = nn_exp_reduced(x, &n) + 1.0f;
    return p * nn_power_of_two(n);
}

/// The exponent e for which x / 2^e is in [sqrt(1/2), sqrt(2)), for a normal number.
NN_INLINE int32_t nn_exponent(float x) { return (int32_t)(nn_bits(x) - 0x3f3504f3) >> 23; }

/// x / 2^e
NN_INLINE float nn_mantissa(float x, int32_t e) { return nn_float(nn_bits(x) - ((uint32_t)e << 23)); }

/// log((1 + f) 2^exponent) for 1 + f in [sqrt(1/2), sqrt(2)), by the polynomial of logf in Cephes (Moshier 1992).
NN_INLINE float nn_log_of_parts(float f, int32_t exponent) {
    float e = (float)exponent;
    float p = 7.0376836292e-2f;
    p = p * f - 1.1514610310e-1f;
    p = p * f + 1.1676998740e-1f;
    p = p * f - 1.2420140846e-1f;
    p = p * f + 1.4249322787e-1f;
    p = p * f - 1.6668057665e-1f;
    p = p * f + 2.0000714765e-1f;
    p = p * f - 2.4999993993e-1f;
    p = p * f + 3.3333331174e-1f;
    float square = f * f;
    float y = p * f * square - e * 2.12194440e-4f;
    return (f + (y - 0.5f * square)) + e * 0.693359375f;
}

NN_INLINE float nn_log(float x) {
    // Numbers below the normal range are scaled into it.
    int is_small = x < 1.17549435e-38f;
    float normal = is_small ? x * 8388608.0f : x;
    int32_t e = nn_exponent(normal);
    float y = nn_log_of_parts(nn_mantissa(normal, e) - 1.0f, e) - (is_small ? 15.9423852f : 0.0f);
    y = x == 0.0f ? -INFINITY : y;
    y = x < 0.0f ? NAN : y;
    return x < INFINITY ? y : x;
}

/// log(1 + u) for 0 <= u <= 1e38; what 1 + u loses in rounding is put back.
NN_INLINE float nn_log1p(float u) {
    float w = 1.0f + u;
    int32_t e = nn_exponent(w);
    float lost = (u - (w - 1.0f)) * nn_power_of_two(-e);
    return nn_log_of_parts((nn_mantissa(w, e) - 1.0f) + lost, e);
}

NN_INLINE float nn_sigmoid(float x) { return 1.0f / (1.0f + nn_exp(-x)); }

/// From exp(2|x|) - 1 without cancellation, so that small x keep their digits.
NN_INLINE float nn_tanh(float x) {
    int32_t n;
    float p = nn_exp_reduced(nn_min(2.0f * __builtin_fabsf(x), 20.0f), &n);
    float power = nn_power_of_two(n);
    float t = p * power + (power - 1.0f);
    return __builtin_copysignf(t / (t + 2.0f), x);
}

/// Minimax polynomials of N. Juffa (2018, public domain): one around 0, one below an exponential.
NN_INLINE float nn_erf(float x) {
    float a = __builtin_fabsf(x), square = x * x;
    float t = nn_min(a, 4.0f), t2 = t * t;
    float far = -1.72853470e-5f * t + 3.83197126e-4f;
    far = far * t2 + (-3.88396438e-3f * t + 2.42546219e-2f);
    far = far * t - 1.06777877e-1f;
    far = far * t - 6.34846687e-1f;
    far = far * t - 1.28717512e-1f;
    far = far * t - t;
    far = __builtin_copysignf(1.0f - nn_exp_bounded(far), x);
    float near = -5.96761703e-4f;
    near = near * square + 4.99119423e-3f;
    near = near * square - 2.67681349e-2f;
    near = near * square + 1.12819925e-1f;
    near = near * square - 3.76125336e-1f;
    near = near * square + 1.28379166e-1f;
    near = near * x + x;
    return a > 0.927734375f ? far : near;
}

// Activations and their derivatives by the input.

NN_INLINE float nn_relu(float x) { return nn_max(x, 0.0f); }
NN_INLINE float nn_relu_slope(float x) { return x > 0.0f ? 1.0f : 0.0f; }

NN_INLINE float nn_leaky_relu(float x, float slope) { return x > 0.0f ? x : slope * x; }
NN_INLINE float nn_leaky_relu_slope(float x, float slope) { return x > 0.0f ? 1.0f : slope; }

/// The range in which exp(x) and exp(-x) are normal numbers.
NN_INLINE float nn_bounded(float x) { return nn_max(nn_min(x, 87.0f), -87.0f); }

/// x tanh(log(1 + e)) = x n / (n + 2) with e = exp(x), n = e (e + 2). From x = 20 on the quotient is 1.
NN_INLINE float nn_mish(float x) {
    float b = nn_max(x, -87.0f);
    float e = nn_exp_bounded(nn_min(b, 20.0f));
    float n = e * (e + 2.0f);
    return b * (n / (n + 2.0f));
}

/// The same with d = 1 / (n + 2): d (n + 4 x e (e + 1) d).
NN_INLINE float nn_mish_slope(float x) {
    float b = nn_max(nn_min(x, 20.0f), -87.0f);
    float e = nn_exp_bounded(b);
    float n = e * (e + 2.0f), d = 1.0f / (n + 2.0f);
    return d * (n + 4.0f * b * e * (e + 1.0f) * d);
}

NN_INLINE float nn_silu(float x) {
    return nn_max(x, -87.0f) / (1.0f + nn_exp_bounded(-nn_bounded(x)));
}

/// With s = sigmoid(x): s (1 + x (1 - s)), where 1 - s = exp(-x) s.
NN_INLINE float nn_silu_slope(float x) {
    float b = nn_bounded(x), e = nn_exp_bounded(-b), s = 1.0f / (1.0f + e);
    return s * (1.0f + b * (e * s));
}

/// From |x| = 13 on the normal distribution is 0 or 1 to the last digit.
NN_INLINE float nn_gelu(float x) { return 0.5f * nn_max(x, -13.0f) * (1.0f + nn_erf(x * 0.707106781f)); }

NN_INLINE float nn_gelu_slope(float x) {
    float b = nn_max(nn_min(x, 13.0f), -13.0f);
    float density = 0.398942280f * nn_exp_bounded(-0.5f * b * b);
    return 0.5f * (1.0f + nn_erf(b * 0.707106781f)) + b * density;
}

/// From exp(-|x|), which keeps the digits of small slopes.
NN_INLINE float nn_sigmoid_slope(float x) {
    float e = nn_exp_bounded(-__builtin_fabsf(nn_bounded(x))), d = 1.0f / (1.0f + e);
    return e * d * d;
}

NN_INLINE float nn_tanh_slope(float x) { return 4.0f * nn_sigmoid_slope(2.0f * x); }

NN_INLINE float nn_softplus(float x) {
    return nn_max(x, 0.0f) + nn_log1p(nn_exp(-__builtin_fabsf(x)));
}
NN_INLINE float nn_softplus_slope(float x) { return nn_sigmoid(x); }

NN_INLINE float nn_relu6(float x) { return nn_min(nn_max(x, 0.0f), 6.0f); }
NN_INLINE float nn_relu6_slope(float x) { return ((x > 0.0f) & (x < 6.0f)) ? 1.0f : 0.0f; }

NN_INLINE float nn_hard_swish(float x) { return nn_max(x, -3.0f) * (nn_relu6(x + 3.0f) * (1.0f / 6.0f)); }
NN_INLINE float nn_hard_swish_slope(float x) {
    float inner = x * (1.0f / 3.0f) + 0.5f;
    return x <= -3.0f ? 0.0f : x >= 3.0f ? 1.0f : inner;
}

/// The activation with this code. In a loop the code must be a constant, or the loop does not vectorize:
/// make one loop for each code with NN_FOR_EACH_ACTIVATION.
NN_INLINE float nn_activate(int code, float slope, float x) {
    switch (code) {
        case NN_RELU: return nn_relu(x);
        case NN_LEAKY_RELU: return nn_leaky_relu(x, slope);
        case NN_MISH: return nn_mish(x);
        case NN_SILU: return nn_silu(x);
        case NN_GELU: return nn_gelu(x);
        case NN_SIGMOID: return nn_sigmoid(x);
        case NN_TANH: return nn_tanh(x);
        case NN_SOFTPLUS: return nn_softplus(x);
        case NN_HARD_SWISH: return nn_hard_swish(x);
        case NN_RELU6: return nn_relu6(x);
        default: return x;
    }
}

/// The derivative of nn_activate by x.
NN_INLINE float nn_activation_slope(int code, float slope, float x) {
    switch (code) {
        case NN_RELU: return nn_relu_slope(x);
        case NN_LEAKY_RELU: return nn_leaky_relu_slope(x, slope);
        case NN_MISH: return nn_mish_slope(x);
        case NN_SILU: return nn_silu_slope(x);
        case NN_GELU: return nn_gelu_slope(x);
        case NN_SIGMOID: return nn_sigmoid_slope(x);
        case NN_TANH: return nn_tanh_slope(x);
        case NN_SOFTPLUS: return nn_softplus_slope(x);
        case NN_HARD_SWISH: return nn_hard_swish_slope(x);
        case NN_RELU6: return nn_relu6_slope(x);
        default: return 1.0f;
    }
}

/// M(suffix, code) for each activation, to define one vectorized loop for each and a table of them.
#define NN_FOR_EACH_ACTIVATION(M)                                                              \
    M(identity, NN_IDENTITY) M(relu, NN_RELU) M(leaky_relu, NN_LEAKY_RELU) M(mish, NN_MISH)    \
    M(silu, NN_SILU) M(gelu, NN_GELU) M(sigmoid, NN_SIGMOID) M(tanh, NN_TANH)                  \
    M(softplus, NN_SOFTPLUS) M(hard_swish, NN_HARD_SWISH) M(relu6, NN_RELU6)

#endif
