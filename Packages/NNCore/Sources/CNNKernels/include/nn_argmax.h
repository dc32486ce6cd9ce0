#ifndef NN_ARGMAX_H
#define NN_ARGMAX_H

#include <stdint.h>

/// The index of the greatest element over the middle of from[outer, length, inner], float32 or bfloat16.
/// Of equal elements the first counts; NaN counts as greatest.
void nn_argmax(int type, int32_t *_Nonnull to, const void *_Nonnull from, int64_t outer, int64_t length,
               int64_t inner);

/// The k greatest elements of each line of from[lines, length] in falling order, with their indices.
/// Of equal elements the first counts; NaN counts as greatest. float32 or bfloat16; k <= length.
void nn_top_k(int type, void *_Nonnull values, int32_t *_Nonnull indices, const void *_Nonnull from,
              int64_t lines, int64_t length, int64_t k);

#endif
