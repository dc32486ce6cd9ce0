/// What is in an HDF5 file, and where. libhdf5 crashes and loops on damaged files, so that it runs in a process of its own,
/// which reads no elements and ends before anything of what it found is looked at.
#ifndef NN_HDF5_H
#define NN_HDF5_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    /// The size of buffers for the message of a failure.
    NN_HDF5_MESSAGE_LENGTH = 256,
    NN_HDF5_MAXIMUM_RANK = 8,
    /// Groups within each other. Hard links can form cycles.
    NN_HDF5_MAXIMUM_DEPTH = 32,
    NN_HDF5_MAXIMUM_OBJECTS = 100000,
};

/// What a path leads to. The search ends at the first that is neither a dataset nor a group.
typedef enum {
    NN_HDF5_DATASET,
    /// A link to another name or file, which may lead anywhere.
    NN_HDF5_LINK,
    /// More groups within each other, or more objects, than allowed.
    NN_HDF5_CYCLE,
    /// A name that is too long, or not one.
    NN_HDF5_BAD_NAME,
    /// An object that libhdf5 cannot read, by its message.
    NN_HDF5_UNREADABLE,
} nn_hdf5_kind;

/// The elements of a dataset; floats are those of IEEE 754 and bfloat16, of 2, 4 or 8 bytes.
typedef enum {
    NN_HDF5_FLOAT,
    NN_HDF5_BFLOAT16,
    NN_HDF5_SIGNED,
    NN_HDF5_UNSIGNED,
    NN_HDF5_TEXT,
    NN_HDF5_COMPOUND,
    NN_HDF5_OTHER,
} nn_hdf5_elements;

/// Where the elements are.
typedef enum {
    NN_HDF5_CONTIGUOUS,
    /// In the header, from where they were copied.
    NN_HDF5_COMPACT,
    NN_HDF5_CHUNKED,
    NN_HDF5_OTHER_FILE,
    NN_HDF5_OTHER_DATASETS,
} nn_hdf5_storage;

/// Something in a file. Apart from the pointers and what they point to, nothing is verified.
typedef struct {
    nn_hdf5_kind kind;
    nn_hdf5_elements elements;
    nn_hdf5_storage storage;
    bool is_big_endian;
    /// Negative where there is no shape of at most `NN_HDF5_MAXIMUM_RANK` dimensions.
    int32_t rank;
    uint64_t lengths[NN_HDF5_MAXIMUM_RANK];
    uint64_t element_size;
    /// The number of bytes that the file has for the elements.
    uint64_t stored_size;
    /// Where the elements of contiguous storage start in the file; the largest number where there are none.
    uint64_t offset;
    /// The path from the root without the first slash, not terminated.
    size_t path_length;
    const char *_Nullable path;
    /// The elements of compact storage.
    size_t byte_count;
    const uint8_t *_Nullable bytes;
} nn_hdf5_object;

/// What happens in the process; all but the first are for tests.
typedef enum { NN_HDF5_READS, NN_HDF5_CRASHES, NN_HDF5_LOOPS, NN_HDF5_WAITS } nn_hdf5_behavior;

/// What the process may use.
typedef struct {
    /// Of memory, and for what it finds.
    uint64_t memory, found;
    /// Of computing time, and of time on the clock.
    double seconds, wall_seconds;
    nn_hdf5_behavior behavior;
} nn_hdf5_limits;

/// How reading has ended.
typedef enum {
    NN_HDF5_DONE,
    /// libhdf5 cannot open the file.
    NN_HDF5_NOT_OPENED,
    /// It did not end in time.
    NN_HDF5_TOO_SLOW,
    /// It crashed.
    NN_HDF5_CRASHED,
    /// More was found than there is room for.
    NN_HDF5_TOO_MUCH,
    /// There is no process.
    NN_HDF5_NO_PROCESS,
} nn_hdf5_outcome;

typedef struct nn_hdf5_index nn_hdf5_index;

/// Lists the datasets of a file: those in the group `whole` where the root has it, all but those in `excluded` otherwise.
/// Any thread may call it, also several at a time.
/// - Returns: What was found, to be released with `nn_hdf5_close`; NULL for all outcomes but `NN_HDF5_DONE`. The message is
///   that of libhdf5 about an object or a file that it cannot read, or says how the process ended.
nn_hdf5_index *_Nullable nn_hdf5_open(const char *_Nonnull path, const char *_Nonnull whole,
                                      const char *_Nonnull excluded, nn_hdf5_limits limits,
                                      nn_hdf5_outcome *_Nonnull outcome, char *_Nonnull message);

/// Gives the next object, in alphabetical order within each group.
/// - Returns: Whether there was one.
bool nn_hdf5_next(nn_hdf5_index *_Nonnull index, nn_hdf5_object *_Nonnull object);

void nn_hdf5_close(nn_hdf5_index *_Nonnull index);

#endif
