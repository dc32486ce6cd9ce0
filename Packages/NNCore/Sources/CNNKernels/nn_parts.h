/// Sums that come out the same for any number of threads.
///
/// They are made in a fixed number of parts, each in order by one thread, and the parts are added in order.
#ifndef NN_PARTS_H
#define NN_PARTS_H

#include "nn_internal.h"

enum { NN_PARTS = 32 };

/// A float accumulator takes this many terms before its sum moves into a double: what one term after the
/// other loses then stays below a millionth, however many there are.
enum { NN_TERMS = 32 };

/// The least of what is left and NN_TERMS.
NN_INLINE int64_t nn_terms(int64_t left) { return left < NN_TERMS ? left : NN_TERMS; }

/// Moves float sums into doubles and starts them again.
NN_INLINE void nn_flush(double *restrict totals, float *restrict sums, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        totals[i] += (double)sums[i];
        sums[i] = 0;
    }
}

/// The elements of a line whose vectorized float sum moves into a double: lanes of about NN_TERMS terms each.
enum { NN_LINE_TERMS = 2048 };

/// The first of `count` things that belongs to a part; it ends where the next one begins.
NN_INLINE int64_t nn_part_begin(int64_t count, int64_t part) { return count * part / NN_PARTS; }

/// Runs `body` for the parts of a sum over so many elements, on several threads where it is worth it.
NN_INLINE void nn_for_each_part(int64_t elements, void *context, void (*body)(void *, int64_t, int64_t)) {
    nn_parallel_for(NN_PARTS, elements > NN_GRAIN ? 1 : NN_PARTS, context, body);
}

#endif
