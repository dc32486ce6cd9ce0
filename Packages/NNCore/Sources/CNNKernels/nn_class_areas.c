#include "include/nn_class_areas.h"

#include "nn_parts.h"
#include "nn_softmax_block.h"

typedef struct {
    const nn_class_areas *job;
    /// [images, NN_PARTS, 3, classes]: intersections, predictions, labels.
    double *parts;
    int64_t *bad_rows;
    const float *intersections, *predictions;
    void *gradient;
} pass;

/// The sums of the parts [begin, end) of all images.
NN_INLINE void sum_parts(const pass *p, int64_t begin, int64_t end, const int type) {
    const nn_class_areas *job = p->job;
    const int64_t classes = job->classes;
    float *x = nn_scratch(classes * 2 * NN_BLOCK, sizeof(float)), *total = x + classes * NN_BLOCK;
    for (int64_t unit = begin; unit < end; unit++) {
        double *intersection = p->parts + unit * 3 * classes, *prediction = intersection + classes;
        double *labelled = prediction + classes;
        memset(intersection, 0, (size_t)(3 * classes) * sizeof(double));
        memset(total, 0, (size_t)(classes * NN_BLOCK) * sizeof(float));
        int64_t first = unit / NN_PARTS * job->pixels, bad_row = -1, blocks = 0;
        int64_t last = first + nn_part_begin(job->pixels, unit % NN_PARTS + 1);
        for (int64_t row = first + nn_part_begin(job->pixels, unit % NN_PARTS); row < last; row += NN_BLOCK) {
            int64_t count = last - row < NN_BLOCK ? last - row : NN_BLOCK;
            nn_block_labels b;
            int64_t bad = nn_load_labels(&b, job->labels, row, count, classes, job->ignore_index);
            if (bad_row < 0) bad_row = bad;
            float scale[NN_BLOCK];
            nn_block_sums sums;
            nn_load_block(x, job->logits, row, count, classes, type);
            nn_block_exponentials(x, x, classes, &sums);
            for (int l = 0; l < NN_BLOCK; l++) scale[l] = 1 / sums.sum[l];
            for (int64_t c = 0; c < classes; c++)
                for (int l = 0; l < NN_BLOCK; l++)
                    total[c * NN_BLOCK + l] += b.counts[l] ? x[c * NN_BLOCK + l] * scale[l] : 0.0f;
            for (int l = 0; l < NN_BLOCK; l++) {
                if (!b.counts[l]) continue;
                intersection[b.label[l]] += (double)(x[(int64_t)b.label[l] * NN_BLOCK + l] * scale[l]);
                labelled[b.label[l]] += 1;
            }
            if (++blocks % NN_TERMS == 0 || row + NN_BLOCK >= last)
                for (int64_t c = 0; c < classes; c++)
                    for (int l = 0; l < NN_BLOCK; l++) {
                        prediction[c] += (double)total[c * NN_BLOCK + l];
                        total[c * NN_BLOCK + l] = 0;
                    }
        }
        p->bad_rows[unit] = bad_row;
    }
    nn_free(x);
}

NN_DEFINE_TYPED(sums, sum_parts)

int64_t nn_class_areas_forward(const nn_class_areas *job, float *intersections, float *predictions, float *labels) {
    const int64_t classes = job->classes, units = job->images * NN_PARTS;
    double *parts = nn_scratch(units * 3 * classes, sizeof(double));
    int64_t *bad_rows = nn_scratch(units, sizeof(int64_t)), bad_row = -1;
    pass p = {.job = job, .parts = parts, .bad_rows = bad_rows};
    int64_t elements = job->images * job->pixels * classes;
    nn_parallel_for(units, elements > NN_GRAIN ? 1 : units, &p, job->is_bfloat16 ? sums_bf16 : sums_f32);
    float *to[3] = {intersections, predictions, labels};
    for (int64_t image = 0; image < job->images; image++)
        for (int i = 0; i < 3; i++)
            for (int64_t c = 0; c < classes; c++) {
                double sum = 0;
                for (int64_t part = 0; part < NN_PARTS; part++)
                    sum += parts[((image * NN_PARTS + part) * 3 + i) * classes + c];
                to[i][image * classes + c] = (float)sum;
            }
    for (int64_t unit = 0; unit < units && bad_row < 0; unit++) bad_row = bad_rows[unit];
    nn_free(bad_rows);
    nn_free(parts);
    return bad_row;
}

/// With softmax p and g[c] = gradient by prediction[c], plus that by intersection[c] where c is the
/// label, the gradient by logit c is p[c] (g[c] - sum(g p)).
NN_INLINE void backward_blocks(const pass *p, int64_t begin, int64_t end, const int type) {
    const nn_class_areas *job = p->job;
    const int64_t classes = job->classes, blocks = (job->pixels + NN_BLOCK - 1) / NN_BLOCK;
    float *x = nn_scratch(classes * NN_BLOCK, sizeof(float));
    for (int64_t block = begin; block < end; block++) {
        int64_t image = block / blocks, within = block % blocks * NN_BLOCK;
        int64_t row = image * job->pixels + within;
        int64_t count = job->pixels - within < NN_BLOCK ? job->pixels - within : NN_BLOCK;
        const float *by_prediction = p->predictions + image * classes;
        const float *by_intersection = p->intersections + image * classes;
        nn_block_labels b;
        nn_load_labels(&b, job->labels, row, count, classes, job->ignore_index);
        float mean[NN_BLOCK] = {0}, scale[NN_BLOCK];
        nn_block_sums sums;
        nn_load_block(x, job->logits, row, count, classes, type);
        nn_block_exponentials(x, x, classes, &sums);
        for (int64_t c = 0; c < classes; c++)
            for (int l = 0; l < NN_BLOCK; l++) mean[l] += x[c * NN_BLOCK + l] * by_prediction[c];
        for (int l = 0; l < NN_BLOCK; l++) {
            mean[l] += x[(int64_t)b.label[l] * NN_BLOCK + l] * by_intersection[b.label[l]];
            scale[l] = 1 / sums.sum[l];
            mean[l] *= scale[l];
        }
        for (int64_t c = 0; c < classes; c++)
            for (int l = 0; l < NN_BLOCK; l++) {
                float hit = b.label[l] == (int32_t)c ? by_intersection[c] : 0.0f;
                float g = x[c * NN_BLOCK + l] * scale[l] * (by_prediction[c] + hit - mean[l]);
                x[c * NN_BLOCK + l] = b.counts[l] ? g : 0.0f;
            }
        nn_store_block(p->gradient, x, row, count, classes, type);
    }
    nn_free(x);
}

NN_DEFINE_TYPED(backward, backward_blocks)

void nn_class_areas_backward(const nn_class_areas *job, const float *intersections, const float *predictions,
                             void *gradient) {
    pass p = {.job = job, .intersections = intersections, .predictions = predictions, .gradient = gradient};
    int64_t blocks = job->images * ((job->pixels + NN_BLOCK - 1) / NN_BLOCK);
    nn_parallel_for(blocks, NN_GRAIN / (NN_BLOCK * job->classes + 1) + 1, &p,
                    job->is_bfloat16 ? backward_bf16 : backward_f32);
}
