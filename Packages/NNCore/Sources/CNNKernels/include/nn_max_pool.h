#ifndef NN_MAX_POOL_H
#define NN_MAX_POOL_H

#include <stdint.h>

#include "nn_window.h"

/// What is noted of the place of each maximum: nothing, the number of the tap in its window (uint8,
/// for windows of up to 256 taps), or y * width + x in the input (int32).
enum { NN_NO_POSITION, NN_TAP, NN_INDEX };

/// The largest element under each window, of float32 or bfloat16. The first of equal ones wins; NaN
/// wins over numbers; padding never wins. A window that lies wholly in the padding gives -infinity
/// and the index -1.
void nn_max_pool(void *_Nonnull to, void *_Nullable positions, int32_t position_kind,
                 const void *_Nonnull from, int32_t type, const nn_window *_Nonnull window);

/// The gradient by the input of nn_max_pool; all of it is written.
void nn_max_pool_gradient(void *_Nonnull to, const void *_Nonnull from, const void *_Nonnull positions,
                          int32_t position_kind, int32_t type, const nn_window *_Nonnull window);

#endif
