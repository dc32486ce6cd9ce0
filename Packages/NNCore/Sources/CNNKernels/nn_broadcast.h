/// How operands of different shapes are walked side by side; not seen from Swift.
#ifndef NN_BROADCAST_H
#define NN_BROADCAST_H

#include "include/nn_strided_copy.h"
#include "nn_internal.h"

enum { NN_MAXIMUM_OPERANDS = 3 };

/// 1 to NN_MAXIMUM_RANK dimensions, outermost first. The result is dense; an operand's stride in elements is 0
/// where it is repeated, and 0 or 1 in the last dimension.
typedef struct {
    int rank;
    const int64_t *lengths;
    const int64_t *strides[NN_MAXIMUM_OPERANDS];
} nn_broadcast;

NN_INLINE int64_t nn_element_count(const nn_broadcast *shape) {
    int64_t count = 1;
    for (int d = 0; d < shape->rank; d++) count *= shape->lengths[d];
    return count;
}

/// Calls row(context, to, offsets, count) for each piece of a row that lies in begin ..< end of the
/// result: `count` elements from index `to`, where the operands start at `offsets`.
NN_INLINE void nn_for_each_row(const nn_broadcast *shape, int operands, int64_t begin, int64_t end,
                               const void *context,
                               void (*row)(const void *context, int64_t to, const int64_t *offsets, int64_t count)) {
    int64_t position[NN_MAXIMUM_RANK], offsets[NN_MAXIMUM_OPERANDS] = {0};
    int last = shape->rank - 1;
    int64_t rest = begin;
    for (int d = last; d >= 0; d--) {
        position[d] = rest % shape->lengths[d];
        rest /= shape->lengths[d];
        for (int o = 0; o < operands; o++) offsets[o] += position[d] * shape->strides[o][d];
    }
    while (begin < end) {
        int64_t count = shape->lengths[last] - position[last];
        if (count > end - begin) count = end - begin;
        row(context, begin, offsets, count);
        begin += count;
        for (int o = 0; o < operands; o++) offsets[o] -= position[last] * shape->strides[o][last];
        position[last] = 0;
        for (int d = last - 1; d >= 0; d--) {
            for (int o = 0; o < operands; o++) offsets[o] += shape->strides[o][d];
            if (++position[d] < shape->lengths[d]) break;
            for (int o = 0; o < operands; o++) offsets[o] -= position[d] * shape->strides[o][d];
            position[d] = 0;
        }
    }
}

#endif
