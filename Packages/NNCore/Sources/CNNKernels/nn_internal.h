/// What the kernel files share; not seen from Swift.
#ifndef NN_INTERNAL_H
#define NN_INTERNAL_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "include/nn_bfloat16.h"
#include "include/nn_clones.h"
#include "include/nn_memory.h"
#include "include/nn_threads.h"

#define NN_INLINE static inline __attribute__((always_inline))

/// Less work than that on 16 KiB costs more to hand to a thread than it saves: least bytes handed to one.
enum { NN_GRAIN = 16384 };

/// How many rows of so many elements are worth a thread.
NN_INLINE int64_t nn_rows_per_part(int64_t row) { return NN_GRAIN / 4 / (row > 0 ? row : 1) + 1; }

#endif
