#include "include/nn_cross_entropy.h"

#include <stdlib.h>

#include "nn_math.h"

/// Sums are made in this many parts, whatever the number of threads, and added in order.
enum { PARTS = 32 };

typedef struct {
    double loss, weight;
    int64_t bad_row;
} part_result;

typedef struct {
    const nn_cross_entropy *job;
    part_result *parts;
    float factor;
    float total_weight;
    void *gradient;
} pass;

NN_CLONES static void load_row(const nn_cross_entropy *job, int64_t row, float *restrict to) {
    int64_t classes = job->classes;
    if (job->is_bfloat16) {
        const nn_bf16 *restrict x = (const nn_bf16 *)job->logits + row * classes;
        for (int64_t c = 0; c < classes; c++) to[c] = nn_from_bf16(x[c]);
    } else {
        memcpy(to, (const float *)job->logits + row * classes, (size_t)classes * sizeof(float));
    }
}

/// Replaces the logits x by exp(x - max); gives the maximum and the sum.
NN_CLONES static void exponentials(float *restrict x, int64_t classes, float *maximum, float *sum) {
#pragma clang fp reassociate(on) contract(fast)
    float largest = -INFINITY, total = 0;
    for (int64_t c = 0; c < classes; c++) largest = x[c] > largest ? x[c] : largest;
    for (int64_t c = 0; c < classes; c++) {
        x[c] = nn_exp(x[c] - largest);
        total += x[c];
    }
    *maximum = largest;
    *sum = total;
}

/// The sum of w[c] (log of the normalizer - x[c]) over the classes, for label smoothing.
static float smoothed(const nn_cross_entropy *job, const float *x, float normalizer) {
    float sum = 0;
    for (int64_t c = 0; c < job->classes; c++)
        sum += (job->class_weights ? job->class_weights[c] : 1.0f) * (normalizer - x[c]);
    return sum;
}

static void forward_parts(void *context, int64_t begin, int64_t end) {
    const pass *p = context;
    const nn_cross_entropy *job = p->job;
    float *x = nn_allocate((size_t)job->classes * 2 * sizeof(float)), *e = x + job->classes;
    for (int64_t part = begin; part < end; part++) {
        part_result result = {0, 0, -1};
        int64_t last = job->rows * (part + 1) / PARTS;
        for (int64_t row = job->rows * part / PARTS; row < last; row++) {
            int32_t label = job->labels[row];
            if (label == job->ignore_index) continue;
            if (label < 0 || label >= job->classes) {
                if (result.bad_row < 0) result.bad_row = row;
                continue;
            }
            load_row(job, row, x);
            memcpy(e, x, (size_t)job->classes * sizeof(float));
            float maximum, sum;
            exponentials(e, job->classes, &maximum, &sum);
            float normalizer = maximum + logf(sum), weight = job->class_weights ? job->class_weights[label] : 1.0f;
            float loss = weight * (normalizer - x[label]);
            if (job->label_smoothing > 0)
                loss = (1 - job->label_smoothing) * loss
                    + job->label_smoothing / (float)job->classes * smoothed(job, x, normalizer);
            result.loss += (double)loss;
            result.weight += (double)weight;
        }
        p->parts[part] = result;
    }
    nn_free(x);
}

int64_t nn_cross_entropy_forward(const nn_cross_entropy *job, double *loss, double *weight) {
    part_result parts[PARTS];
    pass p = {.job = job, .parts = parts};
    nn_parallel_for(PARTS, job->rows * job->classes > NN_GRAIN ? 1 : PARTS, &p, forward_parts);
    *loss = 0;
    *weight = 0;
    int64_t bad_row = -1;
    for (int i = 0; i < PARTS; i++) {
        *loss += parts[i].loss;
        *weight += parts[i].weight;
        if (bad_row < 0) bad_row = parts[i].bad_row;
    }
    return bad_row;
}

/// With softmax p, smoothing s and class weights w the gradient by logit c is
/// (1 - s) w[y] (p[c] - [c = y]) + s / K (p[c] sum(w) - w[c]).
static void backward_rows(void *context, int64_t begin, int64_t end) {
    const pass *p = context;
    const nn_cross_entropy *job = p->job;
    int64_t classes = job->classes;
    float *x = nn_allocate((size_t)classes * sizeof(float));
    float smoothing = job->label_smoothing / (float)classes;
    for (int64_t row = begin; row < end; row++) {
        int32_t label = job->labels[row];
        if (label < 0 || label >= classes || label == job->ignore_index) {
            memset(x, 0, (size_t)classes * sizeof(float));
        } else {
            load_row(job, row, x);
            float maximum, sum;
            exponentials(x, classes, &maximum, &sum);
            float weight = (1 - job->label_smoothing) * (job->class_weights ? job->class_weights[label] : 1.0f);
            float scale = p->factor * (weight + smoothing * p->total_weight) / sum;
            for (int64_t c = 0; c < classes; c++) x[c] *= scale;
            if (smoothing > 0)
                for (int64_t c = 0; c < classes; c++)
                    x[c] -= p->factor * smoothing * (job->class_weights ? job->class_weights[c] : 1.0f);
            x[label] -= p->factor * weight;
        }
        if (job->is_bfloat16) {
            nn_bf16 *to = (nn_bf16 *)p->gradient + row * classes;
            for (int64_t c = 0; c < classes; c++) to[c] = nn_to_bf16(x[c]);
        } else {
            memcpy((float *)p->gradient + row * classes, x, (size_t)classes * sizeof(float));
        }
    }
    nn_free(x);
}

void nn_cross_entropy_backward(const nn_cross_entropy *job, float factor, void *gradient) {
    float total = 0;
    for (int64_t c = 0; c < job->classes; c++) total += job->class_weights ? job->class_weights[c] : 1.0f;
    pass p = {.job = job, .factor = factor, .total_weight = total, .gradient = gradient};
    nn_parallel_for(job->rows, NN_GRAIN / job->classes + 1, &p, backward_rows);
}
