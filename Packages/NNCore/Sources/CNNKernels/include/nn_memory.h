#ifndef NN_MEMORY_H
#define NN_MEMORY_H

#include <stddef.h>
#include <stdint.h>

/// Memory aligned to a cache line (64 bytes), to a huge page from 4 MiB on. NULL where there is none.
void *_Nullable nn_allocate(size_t bytes);
void nn_free(void *_Nullable pointer);

/// Memory with an inaccessible page right behind its last byte. NULL where there is none.
void *_Nullable nn_map_guarded(size_t bytes);
void nn_unmap_guarded(void *_Nonnull pointer, size_t bytes);

/// Memory for `count` elements of `size` bytes, as nn_allocate gives it. Where there is none, or the product
/// is too large to count, it prints what was asked for and ends the process.
void *_Nonnull nn_scratch(int64_t count, int64_t size);

/// memcpy and memset(0) on all threads.
void nn_copy(void *_Nonnull to, const void *_Nonnull from, size_t bytes);
void nn_zero(void *_Nonnull to, size_t bytes);

/// Puts the element of 1, 2, 4 or 8 bytes at `value` into all `count` places, on all threads.
void nn_fill(void *_Nonnull to, const void *_Nonnull value, int64_t size, int64_t count);

#endif
