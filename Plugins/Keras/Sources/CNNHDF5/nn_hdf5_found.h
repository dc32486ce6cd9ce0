/// The memory that the process that reads a file shares with the one that asked for it.
#ifndef NN_HDF5_FOUND_H
#define NN_HDF5_FOUND_H

#include "include/nn_hdf5.h"

/// Objects follow, each as an `nn_hdf5_object` without pointers, its path and its bytes, padded to 8 bytes.
typedef struct {
    nn_hdf5_outcome outcome;
    char message[NN_HDF5_MESSAGE_LENGTH];
    /// In bytes, from `objects` on.
    uint64_t room, used;
    uint8_t objects[];
} nn_hdf5_found;

/// Reads a file by libhdf5, to be called in a process of its own.
void nn_hdf5_find(const char *path, const char *whole, const char *excluded, nn_hdf5_found *found);

static inline size_t nn_hdf5_padded(size_t count) { return (count + 7) & ~(size_t)7; }

#endif
