/// Access to float32 and bfloat16 elements by one piece of code.
///
/// `type` is a constant wherever these are inlined, so each use compiles to a loop for one type.
#ifndef NN_TYPED_H
#define NN_TYPED_H

#include "include/nn_cast.h"
#include "nn_internal.h"

NN_INLINE float nn_load(const void *from, int64_t index, const int type) {
    return type == NN_BFLOAT16 ? nn_from_bf16(((const nn_bf16 *)from)[index]) : ((const float *)from)[index];
}

NN_INLINE void nn_store(void *to, int64_t index, float value, const int type) {
    if (type == NN_BFLOAT16)
        ((nn_bf16 *)to)[index] = nn_to_bf16(value);
    else
        ((float *)to)[index] = value;
}

NN_INLINE int64_t nn_type_size(const int type) { return type == NN_BFLOAT16 ? 2 : 4; }

NN_INLINE const void *nn_at(const void *from, int64_t index, const int type) {
    return (const char *)from + index * nn_type_size(type);
}

NN_INLINE void *nn_mutable_at(void *to, int64_t index, const int type) {
    return (char *)to + index * nn_type_size(type);
}

#endif
