#include "include/nn_cross_entropy.h"

#include "nn_parts.h"
#include "nn_softmax_block.h"

typedef struct {
    double loss, weight;
    int64_t bad_row;
} part_result;

typedef struct {
    const nn_cross_entropy *job;
    part_result *parts;
    float *probabilities;
    float factor;
    float total_weight;
    void *gradient;
} pass;

/// What is known of each row of a block, beside the exponentials of its logits.
typedef struct {
    nn_block_labels labels;
    /// The class weight of the label.
    float weight[NN_BLOCK];
    nn_block_sums sums;
    /// log(sum)
    float logarithm[NN_BLOCK];
    /// The exponential of the label's logit, and those of all other classes.
    float exponential[NN_BLOCK], rest[NN_BLOCK];
    /// -log(probability of the label), never as a difference of large numbers.
    float cost[NN_BLOCK];
} block_rows;

/// Reads up to NN_BLOCK rows: their logits to x, and the exponentials of these to e, which may be x.
NN_INLINE int64_t read_block(const nn_cross_entropy *job, int64_t row, int64_t count, float *x, float *e,
                             block_rows *b, const int type) {
    int64_t bad_row =
        nn_load_labels(&b->labels, job->labels, row, count, job->classes, job->ignore_index);
    float logit[NN_BLOCK];
    nn_load_block(x, job->logits, row, count, job->classes, type);
    for (int l = 0; l < NN_BLOCK; l++) {
        int32_t label = b->labels.label[l];
        b->weight[l] = job->class_weights ? job->class_weights[label] : 1.0f;
        logit[l] = x[(int64_t)label * NN_BLOCK + l];
    }
    nn_block_exponentials(e, x, job->classes, &b->sums);
    for (int l = 0; l < NN_BLOCK; l++) b->exponential[l] = e[(int64_t)b->labels.label[l] * NN_BLOCK + l];
    for (int l = 0; l < NN_BLOCK; l++) {
        const nn_block_sums *s = &b->sums;
        b->logarithm[l] = nn_log1p(s->others[l]);
        b->rest[l] = b->labels.label[l] == s->index[l] ? s->others[l] : s->sum[l] - b->exponential[l];
        b->cost[l] = (s->maximum[l] - logit[l]) + b->logarithm[l];
    }
    return bad_row;
}

/// (1 - p)^gamma for the probability p of the label (Lin et al. 2017).
NN_INLINE float focus(float rest, float gamma) { return nn_exp(gamma * nn_log(rest)); }

NN_INLINE void forward_parts(const pass *p, int64_t begin, int64_t end, const int type) {
    const nn_cross_entropy *job = p->job;
    const int64_t classes = job->classes;
    const float smoothing = job->label_smoothing, gamma = job->gamma;
    float *x = nn_scratch(classes * 2 * NN_BLOCK, sizeof(float)), *e = x + classes * NN_BLOCK;
    for (int64_t part = begin; part < end; part++) {
        part_result result = {0, 0, -1};
        int64_t last = nn_part_begin(job->rows, part + 1);
        for (int64_t row = nn_part_begin(job->rows, part); row < last; row += NN_BLOCK) {
            block_rows b;
            int64_t bad_row = read_block(job, row, last - row < NN_BLOCK ? last - row : NN_BLOCK, x, e, &b, type);
            if (result.bad_row < 0) result.bad_row = bad_row;
            float loss[NN_BLOCK];
            for (int l = 0; l < NN_BLOCK; l++) loss[l] = b.weight[l] * b.cost[l];
            // Not `> 0`, which would hide what is not a number.
            if (smoothing != 0) {
                double all[NN_BLOCK] = {0};
                for (int64_t first = 0; first < classes; first += NN_TERMS) {
                    const int64_t end_of_part = first + nn_terms(classes - first);
                    float sum[NN_BLOCK] = {0};
                    for (int64_t c = first; c < end_of_part; c++) {
                        float weight = job->class_weights ? job->class_weights[c] : 1.0f;
                        for (int l = 0; l < NN_BLOCK; l++)
                            sum[l] += weight * ((b.sums.maximum[l] - x[c * NN_BLOCK + l]) + b.logarithm[l]);
                    }
                    for (int l = 0; l < NN_BLOCK; l++) all[l] += (double)sum[l];
                }
                for (int l = 0; l < NN_BLOCK; l++)
                    loss[l] = (1 - smoothing) * loss[l] + smoothing / (float)classes * (float)all[l];
            }
            if (gamma != 0)
                for (int l = 0; l < NN_BLOCK; l++) loss[l] *= focus(b.rest[l] / b.sums.sum[l], gamma);
            for (int l = 0; l < NN_BLOCK; l++) {
                result.loss += b.labels.counts[l] ? (double)loss[l] : 0.0;
                result.weight += b.labels.counts[l] ? (double)b.weight[l] : 0.0;
            }
        }
        p->parts[part] = result;
    }
    nn_free(x);
}

NN_DEFINE_TYPED(forward, forward_parts)

int64_t nn_cross_entropy_forward(const nn_cross_entropy *job, double *loss, double *weight) {
    part_result parts[NN_PARTS];
    pass p = {.job = job, .parts = parts};
    nn_for_each_part(job->rows * job->classes, &p, job->is_bfloat16 ? forward_bf16 : forward_f32);
    *loss = 0;
    *weight = 0;
    int64_t bad_row = -1;
    for (int i = 0; i < NN_PARTS; i++) {
        *loss += parts[i].loss;
        *weight += parts[i].weight;
        if (bad_row < 0) bad_row = parts[i].bad_row;
    }
    return bad_row;
}

/// With softmax p, smoothing s and class weights w the gradient by logit c is
/// (1 - s) w[y] (p[c] - [c = y]) + s / K (p[c] sum(w) - w[c]).
/// With q = 1 - p[y], focusing multiplies it by q^gamma - gamma q^(gamma - 1) p[y] log(p[y]).
/// By the label's own logit it is made from q, since p - 1 loses what is left of a good prediction.
NN_INLINE void backward_blocks(const pass *p, int64_t begin, int64_t end, const int type) {
    const nn_cross_entropy *job = p->job;
    const int64_t classes = job->classes;
    const float smoothing = job->label_smoothing / (float)classes, gamma = job->gamma;
    float *x = nn_scratch(classes * NN_BLOCK, sizeof(float));
    for (int64_t block = begin; block < end; block++) {
        int64_t row = block * NN_BLOCK, count = job->rows - row < NN_BLOCK ? job->rows - row : NN_BLOCK;
        block_rows b;
        read_block(job, row, count, x, x, &b, type);
        float scale[NN_BLOCK], own[NN_BLOCK];
        for (int l = 0; l < NN_BLOCK; l++) {
            float rest = b.rest[l] / b.sums.sum[l], slope = 1;
            if (gamma != 0) {
                float cost = b.cost[l] * (b.exponential[l] / b.sums.sum[l]);
                slope = focus(rest, gamma) * (1 + gamma * cost / rest);
                slope = rest == 0 ? 0 : slope;
            }
            float hit = p->factor * (1 - job->label_smoothing) * b.weight[l];
            float spread = p->factor * smoothing * p->total_weight / b.sums.sum[l];
            scale[l] = (hit / b.sums.sum[l] + spread) * slope;
            own[l] = (b.exponential[l] * spread - hit * rest) * slope;
        }
        for (int64_t c = 0; c < classes; c++) {
            float all = p->factor * smoothing * (job->class_weights ? job->class_weights[c] : 1.0f);
            for (int l = 0; l < NN_BLOCK; l++) {
                float g = b.labels.label[l] == (int32_t)c ? own[l] : x[c * NN_BLOCK + l] * scale[l];
                x[c * NN_BLOCK + l] = b.labels.counts[l] ? g - all : 0.0f;
            }
        }
        nn_store_block(p->gradient, x, row, count, classes, type);
    }
    nn_free(x);
}

NN_DEFINE_TYPED(backward, backward_blocks)

static void for_each_block(pass *p, void (*body)(void *, int64_t, int64_t)) {
    nn_parallel_for((p->job->rows + NN_BLOCK - 1) / NN_BLOCK, NN_GRAIN / (NN_BLOCK * p->job->classes + 1) + 1, p, body);
}

void nn_cross_entropy_backward(const nn_cross_entropy *job, float factor, void *gradient) {
    double total = 0;
    for (int64_t c = 0; c < job->classes; c++) total += job->class_weights ? (double)job->class_weights[c] : 1.0;
    pass p = {.job = job, .factor = factor, .total_weight = (float)total, .gradient = gradient};
    for_each_block(&p, job->is_bfloat16 ? backward_bf16 : backward_f32);
}

NN_INLINE void probability_blocks(const pass *p, int64_t begin, int64_t end, const int type) {
    const nn_cross_entropy *job = p->job;
    float *x = nn_scratch(job->classes * NN_BLOCK, sizeof(float));
    for (int64_t block = begin; block < end; block++) {
        int64_t row = block * NN_BLOCK, count = job->rows - row < NN_BLOCK ? job->rows - row : NN_BLOCK;
        block_rows b;
        read_block(job, row, count, x, x, &b, type);
        for (int64_t l = 0; l < count; l++)
            p->probabilities[row + l] = b.labels.counts[l] ? b.exponential[l] / b.sums.sum[l] : 2.0f;
    }
    nn_free(x);
}

NN_DEFINE_TYPED(probabilities, probability_blocks)

void nn_label_probabilities(const nn_cross_entropy *job, float *to) {
    pass p = {.job = job, .probabilities = to};
    for_each_block(&p, job->is_bfloat16 ? probabilities_bf16 : probabilities_f32);
}
