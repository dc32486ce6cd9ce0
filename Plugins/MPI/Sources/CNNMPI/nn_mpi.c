#include "nn_mpi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef NN_MPI

#include <mpi.h>

/// One for each channel, so that the operations of one never wait for those of another, and one for messages.
static MPI_Comm channels[2], messages;
static MPI_Request requests[nn_mpi_slots];
static MPI_Op bfloat16_sum;

/// Messages that are being sent. They are few and short, and the oldest is long gone when its place is needed again.
enum { sending_slots = 64 };
static struct {
    MPI_Request request;
    bool is_used;
    char text[nn_mpi_message_length];
} sending[sending_slots];
static int next_sending;

static float widened(uint16_t bits) {
    uint32_t word = (uint32_t)bits << 16;
    float value;
    memcpy(&value, &word, sizeof value);
    return value;
}

/// To the nearest, and to even where two are equally near.
static uint16_t rounded(float value) {
    uint32_t word;
    memcpy(&word, &value, sizeof word);
    if ((word & 0x7fffffff) > 0x7f800000) return (uint16_t)(word >> 16 | 0x40);
    return (uint16_t)((word + 0x7fff + (word >> 16 & 1)) >> 16);
}

static void add_bfloat16(void *in, void *sum, int *count, MPI_Datatype *type) {
    const uint16_t *terms = in;
    uint16_t *sums = sum;
    (void)type;
    for (int i = 0; i < *count; i++) sums[i] = rounded(widened(sums[i]) + widened(terms[i]));
}

bool nn_mpi_start(int *rank, int *count, char *error) {
    // The defaults of Open MPI 4 take up to three times as long on a network: several rounds instead of a ring, and large
    // messages one way at a time. The library reads these when it starts.
    setenv("OMPI_MCA_coll_tuned_use_dynamic_rules", "1", 0);
    setenv("OMPI_MCA_coll_tuned_allreduce_algorithm", "4", 0);
    setenv("OMPI_MCA_coll_libnbc_iallreduce_algorithm", "1", 0);
    setenv("OMPI_MCA_btl_tcp_flags", "1", 0);
    int provided;
    int code = MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &provided);
    if (code != MPI_SUCCESS) {
        snprintf(error, 256, "MPI_Init_thread failed with code %d", code);
        return false;
    }
    if (provided < MPI_THREAD_FUNNELED) {
        snprintf(error, 256, "this MPI was built without threads");
        return false;
    }
    MPI_Comm_rank(MPI_COMM_WORLD, rank);
    MPI_Comm_size(MPI_COMM_WORLD, count);
    MPI_Comm *all[] = {&channels[0], &channels[1], &messages};
    for (int i = 0; i < 3; i++) {
        MPI_Comm_dup(MPI_COMM_WORLD, all[i]);
        MPI_Comm_set_errhandler(*all[i], MPI_ERRORS_RETURN);
    }
    for (int i = 0; i < nn_mpi_slots; i++) requests[i] = MPI_REQUEST_NULL;
    MPI_Op_create(add_bfloat16, 1, &bfloat16_sum);
    return true;
}

int nn_mpi_begin_sum(int slot, nn_mpi_channel channel, nn_mpi_type type, void *values, int count) {
    MPI_Datatype types[] = {MPI_FLOAT, MPI_UINT16_T, MPI_DOUBLE};
    return MPI_Iallreduce(MPI_IN_PLACE, values, count, types[type],
                          type == NN_MPI_BFLOAT16 ? bfloat16_sum : MPI_SUM, channels[channel], &requests[slot]);
}

int nn_mpi_begin_gather(int slot, nn_mpi_channel channel, const void *bytes, int count, void *all) {
    return MPI_Iallgather(bytes, count, MPI_BYTE, all, count, MPI_BYTE, channels[channel], &requests[slot]);
}

int nn_mpi_begin_gather_parts(int slot, nn_mpi_channel channel, const void *bytes, int count, void *all,
                              const int *counts, const int *starts) {
    return MPI_Iallgatherv(bytes, count, MPI_BYTE, all, counts, starts, MPI_BYTE, channels[channel],
                           &requests[slot]);
}

int nn_mpi_test(int slot) {
    int done = 0;
    int code = MPI_Test(&requests[slot], &done, MPI_STATUS_IGNORE);
    return code == MPI_SUCCESS ? done : code > 0 ? -code : code;
}

void nn_mpi_send(int rank, const char *message, int count) {
    int slot = next_sending;
    int done = 1;
    if (sending[slot].is_used) MPI_Test(&sending[slot].request, &done, MPI_STATUS_IGNORE);
    // One that nobody takes, as a stopped process: what is new then does not reach it either.
    if (!done) return;
    next_sending = (slot + 1) % sending_slots;
    if (count > nn_mpi_message_length) count = nn_mpi_message_length;
    memcpy(sending[slot].text, message, (size_t)count);
    sending[slot].is_used = true;
    MPI_Isend(sending[slot].text, count, MPI_BYTE, rank, 0, messages, &sending[slot].request);
}

int nn_mpi_receive(int *rank, char *message) {
    int is_there = 0, count;
    MPI_Status status;
    if (MPI_Iprobe(MPI_ANY_SOURCE, 0, messages, &is_there, &status) != MPI_SUCCESS || !is_there) return -1;
    MPI_Get_count(&status, MPI_BYTE, &count);
    *rank = status.MPI_SOURCE;
    if (MPI_Recv(message, count, MPI_BYTE, status.MPI_SOURCE, 0, messages, &status) != MPI_SUCCESS) return -1;
    return count;
}

void nn_mpi_error_text(int code, char *text) {
    char all[MPI_MAX_ERROR_STRING];
    int count = 0;
    MPI_Error_string(code < 0 ? -code : code, all, &count);
    snprintf(text, 256, "%.*s", count, all);
}

void nn_mpi_finish(void) { MPI_Finalize(); }

void nn_mpi_abort(int code) { MPI_Abort(MPI_COMM_WORLD, code); }

#else

bool nn_mpi_start(int *rank, int *count, char *error) {
    *rank = 0;
    *count = 1;
    snprintf(error, 256, "this program was built without MPI; build it with --traits MPI");
    return false;
}

int nn_mpi_begin_sum(int slot, nn_mpi_channel channel, nn_mpi_type type, void *values, int count) {
    (void)slot, (void)channel, (void)type, (void)values, (void)count;
    return 1;
}

int nn_mpi_begin_gather(int slot, nn_mpi_channel channel, const void *bytes, int count, void *all) {
    (void)slot, (void)channel, (void)bytes, (void)count, (void)all;
    return 1;
}

int nn_mpi_begin_gather_parts(int slot, nn_mpi_channel channel, const void *bytes, int count, void *all,
                              const int *counts, const int *starts) {
    (void)slot, (void)channel, (void)bytes, (void)count, (void)all, (void)counts, (void)starts;
    return 1;
}

int nn_mpi_test(int slot) { return (void)slot, -1; }
void nn_mpi_send(int rank, const char *message, int count) { (void)rank, (void)message, (void)count; }
int nn_mpi_receive(int *rank, char *message) { return (void)rank, (void)message, -1; }
void nn_mpi_error_text(int code, char *text) { snprintf(text, 256, "error %d", code); }
void nn_mpi_finish(void) {}
void nn_mpi_abort(int code) { _exit(code); }

#endif

void nn_mpi_host(char *name) {
    if (gethostname(name, nn_mpi_name_length) != 0) snprintf(name, nn_mpi_name_length, "unknown");
    name[nn_mpi_name_length - 1] = 0;
}
