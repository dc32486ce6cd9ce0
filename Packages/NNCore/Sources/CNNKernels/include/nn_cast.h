#ifndef NN_CAST_H
#define NN_CAST_H

#include <stdint.h>

/// The element types of tensors, in the order of DataType.
enum { NN_FLOAT32, NN_BFLOAT16, NN_INT32, NN_INT64, NN_UINT8 };

/// Converts elements. Floats become integers by truncation; what lies outside an integer type becomes its
/// nearest value, and NaN 0.
void nn_cast(void *_Nonnull to, int to_type, const void *_Nonnull from, int from_type, int64_t count);

#endif
