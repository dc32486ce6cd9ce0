#ifndef NN_SORT_H
#define NN_SORT_H

#include <stdint.h>

/// The indices that sort from[outer, length, inner] over the middle, of any element type: the element that comes i-th
/// in a line is number to[o, i, k]. Equal elements stay in their order, 0 and -0 are equal; NaN counts as greatest.
/// The length is at most 2^31 - 1.
void nn_argsort(int type, int is_descending, int32_t *_Nonnull to, const void *_Nonnull from, int64_t outer,
                int64_t length, int64_t inner);

#endif
