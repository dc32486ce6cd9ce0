#ifndef NN_OPTIMIZERS_H
#define NN_OPTIMIZERS_H

#include <stdint.h>

/// What is done to a gradient before it is used: g = clamp(scale * g, -limit, limit).
typedef struct {
    float scale;
    float limit;
} nn_gradient_adjustment;

/// g += weight_decay * p; m = momentum * m + fresh * g; p -= learning_rate * g, or m, or with
/// nesterov g + momentum * m. Without a momentum tensor the middle step is left out.
typedef struct {
    float learning_rate;
    float weight_decay;
    float momentum;
    float fresh;
    int nesterov;
} nn_sgd_options;

void nn_sgd(float *_Nonnull parameter, const float *_Nonnull gradient, float *_Nullable momentum,
            int64_t count, nn_sgd_options options, nn_gradient_adjustment adjustment);

/// p *= shrink; g += weight_decay * p; m goes the part mean_rate of the way to g;
/// v = variance_kept * v + variance_rate * g * g; p -= step_size * m / (sqrt(v) * root_scale + epsilon).
/// The rates are 1 - beta, small numbers that would lose digits if they were found in float.
typedef struct {
    float step_size;
    float root_scale;
    float mean_rate;
    float variance_kept;
    float variance_rate;
    float epsilon;
    float weight_decay;
    float shrink;
} nn_adam_options;

void nn_adam(float *_Nonnull parameter, const float *_Nonnull gradient, float *_Nonnull mean,
             float *_Nonnull variance, int64_t count, nn_adam_options options,
             nn_gradient_adjustment adjustment);

/// average[i] = (1 - rate) * average[i] + rate * value[i], a step of an exponential moving average; exact for
/// the rates 0 and 1.
void nn_move_toward(float *_Nonnull average, const float *_Nonnull value, float rate, int64_t count);

/// The sum of the squares in double, the same for any number of threads.
double nn_sum_of_squares(const float *_Nonnull values, int64_t count);

#endif
