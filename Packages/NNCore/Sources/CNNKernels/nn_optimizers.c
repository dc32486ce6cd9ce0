#include "nn_internal.h"

#include "include/nn_optimizers.h"

/// Comparisons and not fminf: a NaN must come through, so that a diverged run is noticed.
NN_INLINE float adjusted(float gradient, nn_gradient_adjustment adjustment) {
    float g = gradient * adjustment.scale;
    g = g > adjustment.limit ? adjustment.limit : g;
    return g < -adjustment.limit ? -adjustment.limit : g;
}

typedef struct {
    float *parameter;
    const float *gradient;
    float *momentum;
    nn_sgd_options options;
    nn_gradient_adjustment adjustment;
} sgd_arguments;

NN_CLONES static void sgd_plain(void *context, int64_t begin, int64_t end) {
    const sgd_arguments a = *(const sgd_arguments *)context;
    float *restrict p = a.parameter;
    const float *restrict gradient = a.gradient;
    for (int64_t i = begin; i < end; i++) {
        float g = adjusted(gradient[i], a.adjustment) + a.options.weight_decay * p[i];
        p[i] -= a.options.learning_rate * g;
    }
}

NN_CLONES static void sgd_momentum(void *context, int64_t begin, int64_t end) {
    const sgd_arguments a = *(const sgd_arguments *)context;
    float *restrict p = a.parameter;
    float *restrict m = a.momentum;
    const float *restrict gradient = a.gradient;
    const float of_gradient = a.options.nesterov ? 1 : 0;
    const float of_momentum = a.options.nesterov ? a.options.momentum : 1;
    for (int64_t i = begin; i < end; i++) {
        float g = adjusted(gradient[i], a.adjustment) + a.options.weight_decay * p[i];
        m[i] = a.options.momentum * m[i] + a.options.fresh * g;
        p[i] -= a.options.learning_rate * (of_gradient * g + of_momentum * m[i]);
    }
}

void nn_sgd(float *parameter, const float *gradient, float *momentum, int64_t count,
            nn_sgd_options options, nn_gradient_adjustment adjustment) {
    sgd_arguments a = {parameter, gradient, momentum, options, adjustment};
    nn_parallel_for(count, NN_GRAIN, &a, momentum ? sgd_momentum : sgd_plain);
}

/// (1 - rate) * a + rate * b, exact at both ends, and a where a = b: 1 - rate is rounded where rate is
/// small, and an average of a thousand steps would show it.
NN_INLINE float between(float a, float b, float rate) {
    return rate < 0.5f ? a + rate * (b - a) : b - (1.0f - rate) * (b - a);
}

typedef struct {
    float *parameter;
    const float *gradient;
    float *mean;
    float *variance;
    nn_adam_options options;
    nn_gradient_adjustment adjustment;
} adam_arguments;

NN_CLONES static void adam(void *context, int64_t begin, int64_t end) {
    const adam_arguments a = *(const adam_arguments *)context;
    float *restrict p = a.parameter;
    float *restrict m = a.mean;
    float *restrict v = a.variance;
    const float *restrict gradient = a.gradient;
    const nn_adam_options o = a.options;
    for (int64_t i = begin; i < end; i++) {
        float value = p[i] * o.shrink;
        float g = adjusted(gradient[i], a.adjustment) + o.weight_decay * value;
        m[i] = between(m[i], g, o.mean_rate);
        // Squared last, so that an enormous gradient does not overflow before its part of the average does.
        v[i] = o.variance_kept * v[i] + o.variance_rate * g * g;
        p[i] = value - o.step_size * m[i] / (sqrtf(v[i]) * o.root_scale + o.epsilon);
    }
}

void nn_adam(float *parameter, const float *gradient, float *mean, float *variance, int64_t count,
             nn_adam_options options, nn_gradient_adjustment adjustment) {
    adam_arguments a = {parameter, gradient, mean, variance, options, adjustment};
    nn_parallel_for(count, NN_GRAIN, &a, adam);
}

typedef struct {
    float *average;
    const float *value;
    float rate;
} move_arguments;

NN_CLONES static void move_toward(void *context, int64_t begin, int64_t end) {
    const move_arguments a = *(const move_arguments *)context;
    float *restrict average = a.average;
    const float *restrict value = a.value;
    for (int64_t i = begin; i < end; i++) average[i] = between(average[i], value[i], a.rate);
}

void nn_move_toward(float *average, const float *value, float rate, int64_t count) {
    move_arguments a = {average, value, rate};
    nn_parallel_for(count, NN_GRAIN, &a, move_toward);
}

/// In double, where no square of a float overflows or vanishes; within blocks of fixed length, then over them.
enum { BLOCK = 4096 };

typedef struct {
    const float *values;
    int64_t count;
    double *sums;
} square_arguments;

NN_CLONES static double sum_block(const float *restrict values, int64_t count) {
#pragma clang fp reassociate(on) contract(fast)
    double sum = 0;
    for (int64_t i = 0; i < count; i++) sum += (double)values[i] * (double)values[i];
    return sum;
}

static void sum_blocks(void *context, int64_t begin, int64_t end) {
    const square_arguments *a = context;
    for (int64_t block = begin; block < end; block++) {
        int64_t start = block * BLOCK, rest = a->count - start;
        a->sums[block] = sum_block(a->values + start, rest < BLOCK ? rest : BLOCK);
    }
}

double nn_sum_of_squares(const float *values, int64_t count) {
    if (count <= BLOCK) return sum_block(values, count);
    int64_t blocks = (count + BLOCK - 1) / BLOCK;
    double sums[1024], sum = 0;
    // Large tensors go through the table in rounds, so that no memory has to be asked for.
    for (int64_t first = 0; first < blocks; first += 1024) {
        int64_t round = blocks - first < 1024 ? blocks - first : 1024;
        square_arguments a = {values + first * BLOCK, count - first * BLOCK, sums};
        nn_parallel_for(round, NN_GRAIN / BLOCK, &a, sum_blocks);
        for (int64_t i = 0; i < round; i++) sum += sums[i];
    }
    return sum;
}
