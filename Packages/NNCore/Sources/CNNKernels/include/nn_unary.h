#ifndef NN_UNARY_H
#define NN_UNARY_H

#include <stdint.h>

/// Functions of one number and up to two parameters a, b. The first are the activations, in the order
/// of Activation.kernelCode; a is the slope of the leaky ReLU.
enum {
    NN_IDENTITY, NN_RELU, NN_LEAKY_RELU, NN_MISH, NN_SILU, NN_GELU, NN_SIGMOID, NN_TANH, NN_SOFTPLUS,
    NN_HARD_SWISH, NN_RELU6,
    NN_EXP, NN_LOG, NN_SQRT, NN_RSQRT, NN_SQUARE, NN_ABS, NN_SIGN, NN_SIN, NN_COS, NN_ERF, NN_FLOOR,
    NN_ROUND,
    NN_POWER_OF,  // x^a
    NN_CLAMP,     // to a ... b
    NN_AFFINE,    // a x + b
    NN_RECIPROCAL,
    NN_DIVIDED_BY,  // x / a
    NN_QUOTIENT     // a / x
};

/// to[i] = function(from[i]), float32 or bfloat16.
void nn_unary(int function, float a, float b, int type, void *_Nonnull to, const void *_Nonnull from,
              int64_t count);

/// to[i] = gradient[i] * derivative of the function.
///
/// `saved` is the function's input; its result for NN_RELU, NN_LEAKY_RELU (a >= 0), NN_RELU6, NN_EXP,
/// NN_SQRT, NN_RSQRT and NN_RECIPROCAL. NN_SIGN, NN_FLOOR, NN_ROUND, NN_AFFINE and NN_DIVIDED_BY are
/// not taken: the derivative of these is constant.
void nn_unary_gradient(int function, float a, float b, int type, void *_Nonnull to,
                       const void *_Nonnull gradient, const void *_Nonnull saved, int64_t count);

#endif
