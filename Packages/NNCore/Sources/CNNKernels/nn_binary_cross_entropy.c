#include "include/nn_binary_cross_entropy.h"

#include "nn_parts.h"
#include "nn_softmax_block.h"

typedef struct {
    double loss, rows;
    int64_t bad_row;
} part_result;

typedef struct {
    const nn_binary_cross_entropy *job;
    part_result *parts;
    float factor;
    void *gradient;
} pass;

/// The class for which a column stands.
NN_INLINE int32_t class_of(int64_t column, int64_t columns) { return columns == 1 ? 1 : (int32_t)column; }

NN_INLINE int64_t load_labels(const nn_binary_cross_entropy *job, nn_block_labels *to, int64_t row, int64_t count) {
    return nn_load_labels(to, job->labels, row, count, job->columns == 1 ? 2 : job->columns, job->ignore_index);
}

NN_INLINE void forward_parts(const pass *p, int64_t begin, int64_t end, const int type) {
    const nn_binary_cross_entropy *job = p->job;
    const int64_t columns = job->columns;
    float *x = nn_scratch(columns * NN_BLOCK, sizeof(float));
    for (int64_t part = begin; part < end; part++) {
        part_result result = {0, 0, -1};
        int64_t last = nn_part_begin(job->rows, part + 1);
        for (int64_t row = nn_part_begin(job->rows, part); row < last; row += NN_BLOCK) {
            int64_t count = last - row < NN_BLOCK ? last - row : NN_BLOCK;
            nn_block_labels b;
            int64_t bad_row = load_labels(job, &b, row, count);
            if (result.bad_row < 0) result.bad_row = bad_row;
            nn_load_block(x, job->logits, row, count, columns, type);
            for (int64_t first = 0; first < columns; first += NN_TERMS) {
                const int64_t end_of_part = first + nn_terms(columns - first);
                float loss[NN_BLOCK] = {0};
                for (int64_t c = first; c < end_of_part; c++) {
                    int32_t positive = class_of(c, columns);
                    float weight = job->positive_weights[c];
                    for (int l = 0; l < NN_BLOCK; l++) {
                        int is_positive = b.label[l] == positive;
                        float cost = nn_softplus(is_positive ? -x[c * NN_BLOCK + l] : x[c * NN_BLOCK + l]);
                        loss[l] += is_positive ? weight * cost : cost;
                    }
                }
                for (int l = 0; l < NN_BLOCK; l++) result.loss += b.counts[l] ? (double)loss[l] : 0.0;
            }
            for (int l = 0; l < NN_BLOCK; l++) result.rows += (double)b.counts[l];
        }
        p->parts[part] = result;
    }
    nn_free(x);
}

NN_DEFINE_TYPED(forward, forward_parts)

int64_t nn_binary_cross_entropy_forward(const nn_binary_cross_entropy *job, double *loss, double *rows) {
    part_result parts[NN_PARTS];
    pass p = {.job = job, .parts = parts};
    nn_for_each_part(job->rows * job->columns, &p, job->is_bfloat16 ? forward_bf16 : forward_f32);
    *loss = 0;
    *rows = 0;
    int64_t bad_row = -1;
    for (int i = 0; i < NN_PARTS; i++) {
        *loss += parts[i].loss;
        *rows += parts[i].rows;
        if (bad_row < 0) bad_row = parts[i].bad_row;
    }
    return bad_row;
}

NN_INLINE void backward_blocks(const pass *p, int64_t begin, int64_t end, const int type) {
    const nn_binary_cross_entropy *job = p->job;
    const int64_t columns = job->columns;
    float *x = nn_scratch(columns * NN_BLOCK, sizeof(float));
    for (int64_t block = begin; block < end; block++) {
        int64_t row = block * NN_BLOCK, count = job->rows - row < NN_BLOCK ? job->rows - row : NN_BLOCK;
        nn_block_labels b;
        load_labels(job, &b, row, count);
        nn_load_block(x, job->logits, row, count, columns, type);
        for (int64_t c = 0; c < columns; c++) {
            int32_t positive = class_of(c, columns);
            float missed = -job->positive_weights[c] * p->factor;
            for (int l = 0; l < NN_BLOCK; l++) {
                int is_positive = b.label[l] == positive;
                float wrong = nn_sigmoid(is_positive ? -x[c * NN_BLOCK + l] : x[c * NN_BLOCK + l]);
                float g = wrong * (is_positive ? missed : p->factor);
                x[c * NN_BLOCK + l] = b.counts[l] ? g : 0.0f;
            }
        }
        nn_store_block(p->gradient, x, row, count, columns, type);
    }
    nn_free(x);
}

NN_DEFINE_TYPED(backward, backward_blocks)

void nn_binary_cross_entropy_backward(const nn_binary_cross_entropy *job, float factor, void *gradient) {
    pass p = {.job = job, .factor = factor, .gradient = gradient};
    nn_parallel_for((job->rows + NN_BLOCK - 1) / NN_BLOCK, NN_GRAIN / (NN_BLOCK * job->columns + 1) + 1, &p,
                    job->is_bfloat16 ? backward_bf16 : backward_f32);
}
