/// The softmax of several rows of logits at once, for losses.
///
/// Few classes, as segmentation has them, are too short for vectors. So the loops go over the rows of a
/// block, which is laid out [class][row].
#ifndef NN_SOFTMAX_BLOCK_H
#define NN_SOFTMAX_BLOCK_H

#include "nn_math.h"
#include "nn_parts.h"
#include "nn_typed.h"

enum { NN_BLOCK = 16 };

/// Which rows of a block count, and their labels.
typedef struct {
    int32_t label[NN_BLOCK];
    /// 1 for a row with a label, 0 for an ignored or a missing one, whose label is 0 then.
    int32_t counts[NN_BLOCK];
} nn_block_labels;

/// Reads the labels of `count` rows; gives the first row whose label is neither a class nor ignored, or -1.
NN_INLINE int64_t nn_load_labels(nn_block_labels *to, const int32_t *labels, int64_t row, int64_t count,
                                 int64_t classes, int32_t ignore_index) {
    int64_t bad_row = -1;
    for (int64_t l = 0; l < NN_BLOCK; l++) {
        int32_t label = l < count ? labels[row + l] : ignore_index;
        int is_class = label >= 0 && label < classes;
        to->counts[l] = l < count && is_class && label != ignore_index;
        to->label[l] = to->counts[l] ? label : 0;
        if (!is_class && label != ignore_index && bad_row < 0) bad_row = row + l;
    }
    return bad_row;
}

/// Reads `count` rows; the last is repeated where a block is not full.
NN_INLINE void nn_load_block(float *restrict block, const void *restrict from, int64_t row, int64_t count,
                             int64_t classes, const int type) {
    const void *restrict first = nn_at(from, row * classes, type);
    if (count == NN_BLOCK) {
        for (int64_t c = 0; c < classes; c++)
            for (int64_t l = 0; l < NN_BLOCK; l++) block[c * NN_BLOCK + l] = nn_load(first, l * classes + c, type);
    } else {
        for (int64_t c = 0; c < classes; c++)
            for (int64_t l = 0; l < NN_BLOCK; l++)
                block[c * NN_BLOCK + l] = nn_load(first, (l < count ? l : count - 1) * classes + c, type);
    }
}

NN_INLINE void nn_store_block(void *restrict to, const float *restrict block, int64_t row, int64_t count,
                              int64_t classes, const int type) {
    for (int64_t l = 0; l < count; l++) {
        void *restrict at = nn_mutable_at(to, (row + l) * classes, type);
        for (int64_t c = 0; c < classes; c++) nn_store(at, c, block[c * NN_BLOCK + l], type);
    }
}

/// What a block's softmax is made of, for each row.
typedef struct {
    /// The largest logit, and the class where it was found first.
    float maximum[NN_BLOCK];
    int32_t index[NN_BLOCK];
    /// The sum of exp(x - maximum) over the other classes, which keeps the digits that 1 + others loses.
    float others[NN_BLOCK];
    /// 1 + others.
    float sum[NN_BLOCK];
} nn_block_sums;

/// exp(x - maximum) of each logit, and the sums of each row. `to` may be `block`.
NN_INLINE void nn_block_exponentials(float *to, const float *block, int64_t classes, nn_block_sums *restrict sums) {
    float largest[NN_BLOCK];
    int32_t index[NN_BLOCK] = {0};
    double total[NN_BLOCK] = {0};
    for (int l = 0; l < NN_BLOCK; l++) largest[l] = block[l];
    for (int64_t c = 1; c < classes; c++)
        for (int l = 0; l < NN_BLOCK; l++) {
            const float x = block[c * NN_BLOCK + l];
            index[l] = x > largest[l] ? (int32_t)c : index[l];
            largest[l] = nn_max(x, largest[l]);
        }
    for (int64_t first = 0; first < classes; first += NN_TERMS) {
        const int64_t last = first + nn_terms(classes - first);
        float part[NN_BLOCK] = {0};
        for (int64_t c = first; c < last; c++)
            for (int l = 0; l < NN_BLOCK; l++) {
                const float e = nn_exp(block[c * NN_BLOCK + l] - largest[l]);
                to[c * NN_BLOCK + l] = e;
                // What is not a number is its own maximum, and must come through.
                part[l] += ((index[l] == (int32_t)c) & (e == 1.0f)) ? 0.0f : e;
            }
        for (int l = 0; l < NN_BLOCK; l++) total[l] += (double)part[l];
    }
    for (int l = 0; l < NN_BLOCK; l++) {
        sums->maximum[l] = largest[l];
        sums->index[l] = index[l];
        sums->others[l] = (float)total[l];
        sums->sum[l] = 1.0f + (float)total[l];
    }
}

/// Defines NAME_f32 and NAME_bf16, the loops of FUNCTION(context, begin, end, type).
#define NN_DEFINE_TYPED(NAME, FUNCTION)                                                                     \
    NN_CLONES static void NAME##_f32(void *context, int64_t begin, int64_t end) {                           \
        FUNCTION(context, begin, end, NN_FLOAT32);                                                          \
    }                                                                                                       \
    NN_CLONES static void NAME##_bf16(void *context, int64_t begin, int64_t end) {                          \
        FUNCTION(context, begin, end, NN_BFLOAT16);                                                         \
    }

#endif
