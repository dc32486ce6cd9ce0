/// The processes of a job of mpirun, by Open MPI. All functions are called by one thread, which is the same for all calls.
///
/// Without NN_MPI, which the trait MPI defines, nothing of MPI is used, and nn_mpi_start says that it is missing.
#ifndef NN_MPI_H
#define NN_MPI_H

#include <stdbool.h>
#include <stdint.h>

/// How many collective operations may be under way.
enum { nn_mpi_slots = 4 };

/// What is under way in a slot: sums and collections of one channel are matched with those of the same channel on other
/// ranks, in order.
typedef enum { NN_MPI_GRADIENTS = 0, NN_MPI_NUMBERS = 1 } nn_mpi_channel;

/// The elements of a sum. bfloat16 are the upper halves of float32; they are added in float32 and rounded to the nearest.
typedef enum { NN_MPI_FLOAT32 = 0, NN_MPI_BFLOAT16 = 1, NN_MPI_FLOAT64 = 2 } nn_mpi_type;

/// Connects to the other processes. Parameters of Open MPI that the environment does not set are set to what was measured
/// to be fastest on networks.
/// \param error  At least 256 bytes, for the reason of a failure.
/// \returns Whether the processes are connected.
bool nn_mpi_start(int *_Nonnull rank, int *_Nonnull count, char *_Nonnull error);

/// The bytes of a host name with its end.
enum { nn_mpi_name_length = 256 };

/// Writes the name of this machine.
void nn_mpi_host(char *_Nonnull name);

/// Begins to replace `count` elements by their sums over all ranks.
/// \returns 0, or an error code of MPI.
int nn_mpi_begin_sum(int slot, nn_mpi_channel channel, nn_mpi_type type, void *_Nonnull values, int count);

/// Begins to collect `count` bytes of each rank.
int nn_mpi_begin_gather(int slot, nn_mpi_channel channel, const void *_Nonnull bytes, int count,
                        void *_Nonnull all);

/// Begins to collect as many bytes of each rank as `counts` says, to where `starts` says; both must stay.
int nn_mpi_begin_gather_parts(int slot, nn_mpi_channel channel, const void *_Nonnull bytes, int count,
                              void *_Nonnull all, const int *_Nonnull counts, const int *_Nonnull starts);

/// Lets MPI work, and says whether an operation is done: 1 if it is, 0 if not, or a negative code of an error.
int nn_mpi_test(int slot);

/// The bytes of the longest message.
enum { nn_mpi_message_length = 4096 };

/// Sends a message to a rank, without waiting for it. Longer ones are cut.
void nn_mpi_send(int rank, const char *_Nonnull message, int count);

/// Takes a message that has arrived, if any.
/// \param message  nn_mpi_message_length bytes.
/// \returns The number of bytes; -1 if there is none.
int nn_mpi_receive(int *_Nonnull rank, char *_Nonnull message);

/// Writes what a code of an error means.
/// \param text  At least 256 bytes.
void nn_mpi_error_text(int code, char *_Nonnull text);

/// Ends MPI; waits for the other ranks to do so.
void nn_mpi_finish(void);

/// Ends the processes of all ranks.
void nn_mpi_abort(int code);

#endif
