#ifndef NN_STRIDED_COPY_H
#define NN_STRIDED_COPY_H

#include <stdint.h>

enum { NN_MAXIMUM_RANK = 8 };

/// A block of elements with the distances between neighbours in the two memories, outermost
/// dimension first, all counted in elements.
typedef struct {
    int32_t rank;
    int64_t shape[NN_MAXIMUM_RANK];
    int64_t to_strides[NN_MAXIMUM_RANK];
    int64_t from_strides[NN_MAXIMUM_RANK];
} nn_block;

/// Copies a block from one order of elements to another: the whole of transposition,
/// concatenation, slicing and padding. element_size is 1, 2, 4 or 8 bytes.
void nn_strided_copy(void *_Nonnull to, const void *_Nonnull from, int32_t element_size,
                     const nn_block *_Nonnull block);

#endif
