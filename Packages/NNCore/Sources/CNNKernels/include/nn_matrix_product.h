#ifndef NN_MATRIX_PRODUCT_H
#define NN_MATRIX_PRODUCT_H

#include <stdint.h>

/// result[rows, columns] = left[rows, inner] · right[inner, columns], or added to what is there, in float32 on the
/// calling thread.
///
/// Each sum is taken in the same order however rows and columns are divided among calls. It asks for nothing but
/// the compiler, so that products can always be calculated, and others be held against it.
///
/// @param transposes_left   `left` is stored [inner, rows]; likewise `transposes_right` [columns, inner].
/// @param left_stride       elements from one stored row to the next; likewise the other strides.
/// @param adds              0 to write the result, whatever was there; 1 to add to it.
void nn_matrix_product(int transposes_left, int transposes_right, int64_t rows, int64_t columns, int64_t inner,
                       const float *_Nonnull left, int64_t left_stride, const float *_Nonnull right,
                       int64_t right_stride, int adds, float *_Nonnull result, int64_t result_stride);

#endif
