#include "include/weight_order.h"

#include "nn_bfloat16.h"
#include "nn_clones.h"
#include "nn_trap.h"

enum { RANK = WEIGHT_ORDER_RANK, LARGEST_BLOCK = WEIGHT_ORDER_LARGEST_BLOCK };

/// The index of each element of a block: in plain order, and along each dimension.
typedef struct {
    int64_t size;
    int64_t lengths[RANK];
    int64_t offset[LARGEST_BLOCK];
    int16_t along[RANK][LARGEST_BLOCK];
} block_table;

static void make_table(const weight_order *order, block_table *table) {
    table->size = 1;
    for (int k = 0; k < RANK; k++) table->lengths[k] = 1;
    for (int64_t d = 0; d < order->depth; d++) {
        table->size *= order->split_length[d];
        table->lengths[order->split_dimension[d]] *= order->split_length[d];
    }
    // Weights in a wrong order would train without a sign of it, so this ends the process.
    if (table->size > LARGEST_BLOCK)
        nn_trap("oneDNN orders a weight in blocks of %lld elements, and at most %d are supported", (long long)table->size,
                LARGEST_BLOCK);
    for (int64_t e = 0; e < table->size; e++) {
        int64_t rest = e, index[RANK] = {0}, scale[RANK] = {1, 1, 1, 1, 1};
        for (int64_t d = order->depth - 1; d >= 0; d--) {
            int64_t k = order->split_dimension[d];
            index[k] += rest % order->split_length[d] * scale[k];
            scale[k] *= order->split_length[d];
            rest /= order->split_length[d];
        }
        int64_t offset = 0;
        for (int k = 0; k < RANK; k++) {
            offset += index[k] * order->plain_strides[k];
            table->along[k][e] = (int16_t)index[k];
        }
        table->offset[e] = offset;
    }
}

NN_CLONES static void gather_f32(float *restrict to, const float *restrict from, const int64_t *restrict offset,
                                 int64_t count) {
    for (int64_t e = 0; e < count; e++) to[e] = from[offset[e]];
}

NN_CLONES static void gather_bf16(nn_bf16 *restrict to, const float *restrict from, const int64_t *restrict offset,
                                  int64_t count) {
    for (int64_t e = 0; e < count; e++) to[e] = nn_to_bf16(from[offset[e]]);
}

NN_CLONES static void scatter_f32(float *restrict to, const float *restrict from, const int64_t *restrict offset,
                                  int64_t count) {
    for (int64_t e = 0; e < count; e++) to[offset[e]] = from[e];
}

/// Finds the start of a block in both orders, and whether all of it lies within the dimensions.
static int locate(const weight_order *order, const block_table *table, int64_t block, int64_t start[RANK],
                  int64_t *plain, int64_t *packed) {
    int is_whole = 1;
    *plain = *packed = 0;
    for (int k = RANK - 1; k >= 0; k--) {
        int64_t index = block % order->block_counts[k];
        block /= order->block_counts[k];
        start[k] = index * table->lengths[k];
        *plain += start[k] * order->plain_strides[k];
        *packed += index * order->block_strides[k];
        is_whole &= start[k] + table->lengths[k] <= order->dimensions[k];
    }
    return is_whole;
}

static int is_inside(const weight_order *order, const block_table *table, const int64_t start[RANK], int64_t e) {
    for (int k = 0; k < RANK; k++)
        if (start[k] + table->along[k][e] >= order->dimensions[k]) return 0;
    return 1;
}

int64_t weight_order_block_count(const weight_order *order) {
    int64_t count = 1;
    for (int k = 0; k < RANK; k++) count *= order->block_counts[k];
    return count;
}

void weight_order_pack(const weight_order *order, const float *plain, void *packed, int64_t first, int64_t last) {
    block_table memory, *table = &memory;
    make_table(order, table);
    for (int64_t block = first; block < last; block++) {
        int64_t start[RANK], from, to;
        int is_whole = locate(order, table, block, start, &from, &to);
        if (is_whole && order->is_bfloat16) {
            gather_bf16((nn_bf16 *)packed + to, plain + from, table->offset, table->size);
        } else if (is_whole) {
            gather_f32((float *)packed + to, plain + from, table->offset, table->size);
        } else {
            for (int64_t e = 0; e < table->size; e++) {
                float value = is_inside(order, table, start, e) ? plain[from + table->offset[e]] : 0;
                if (order->is_bfloat16)
                    ((nn_bf16 *)packed)[to + e] = nn_to_bf16(value);
                else
                    ((float *)packed)[to + e] = value;
            }
        }
    }
}

void weight_order_unpack(const weight_order *order, const float *packed, float *plain, int64_t first, int64_t last) {
    block_table memory, *table = &memory;
    make_table(order, table);
    for (int64_t block = first; block < last; block++) {
        int64_t start[RANK], to, from;
        if (locate(order, table, block, start, &to, &from)) {
            scatter_f32(plain + to, packed + from, table->offset, table->size);
        } else {
            for (int64_t e = 0; e < table->size; e++)
                if (is_inside(order, table, start, e)) plain[to + table->offset[e]] = packed[from + e];
        }
    }
}
