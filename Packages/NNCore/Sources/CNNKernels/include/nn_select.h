#ifndef NN_SELECT_H
#define NN_SELECT_H

#include <stdint.h>

/// to = mask ? left : right for elements of 1, 2, 4 or 8 bytes; strides as for nn_binary.
void nn_select(int element_size, void *_Nonnull to, const uint8_t *_Nonnull mask, const void *_Nonnull left,
               const void *_Nonnull right, int rank, const int64_t *_Nonnull lengths,
               const int64_t *_Nonnull mask_strides, const int64_t *_Nonnull left_strides,
               const int64_t *_Nonnull right_strides);

#endif
