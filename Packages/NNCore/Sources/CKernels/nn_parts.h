/// Sums that come out the same for any number of threads.
///
/// They are made in a fixed number of parts, each in order by one thread, and the parts are added in order.
#ifndef NN_PARTS_H
#define NN_PARTS_H

#include "nn_internal.h"

enum { NN_PARTS = 32 };

/// The first of `count` things that belongs to a part; it ends where the next one begins.
NN_INLINE int64_t nn_part_begin(int64_t count, int64_t part) { return count * part / NN_PARTS; }

/// Runs `body` for the parts of a sum over so many elements, on several threads where it is worth it.
NN_INLINE void nn_for_each_part(int64_t elements, void *context, void (*body)(void *, int64_t, int64_t)) {
    nn_parallel_for(NN_PARTS, elements > NN_GRAIN ? 1 : NN_PARTS, context, body);
}

#endif
