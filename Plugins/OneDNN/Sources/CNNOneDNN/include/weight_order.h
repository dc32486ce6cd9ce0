/// Copies weights between plain order and oneDNN's blocked orders.
///
/// oneDNN's own reorder took 12 % of a bfloat16 training step of ResNet-50, in which every weight is
/// packed twice and every weight gradient unpacked once.
#ifndef WEIGHT_ORDER_H
#define WEIGHT_ORDER_H

#include <stdint.h>

enum { WEIGHT_ORDER_RANK = 5, WEIGHT_ORDER_BLOCKS = 12, WEIGHT_ORDER_LARGEST_BLOCK = 4096 };

/// A blocked order: dimension k is split into blocks, which lie innermost in memory.
typedef struct {
    /// Lengths, and how far neighbours lie apart in plain order.
    int64_t dimensions[WEIGHT_ORDER_RANK];
    int64_t plain_strides[WEIGHT_ORDER_RANK];
    /// How far neighbouring blocks lie apart; lengths in blocks, the last one filled up with zeros.
    int64_t block_strides[WEIGHT_ORDER_RANK];
    int64_t block_counts[WEIGHT_ORDER_RANK];
    /// The blocks from the outermost to the innermost: the dimension that each splits, and its length.
    int64_t depth;
    int64_t split_dimension[WEIGHT_ORDER_BLOCKS];
    int64_t split_length[WEIGHT_ORDER_BLOCKS];
    int is_bfloat16;
} weight_order;

/// The number of blocks.
int64_t weight_order_block_count(const weight_order *_Nonnull order);

/// Copies blocks first ..< last from plain float32 to the blocked order, or back (float32 only).
void weight_order_pack(const weight_order *_Nonnull order, const float *_Nonnull plain, void *_Nonnull packed,
                       int64_t first, int64_t last);
void weight_order_unpack(const weight_order *_Nonnull order, const float *_Nonnull packed, float *_Nonnull plain,
                         int64_t first, int64_t last);

#endif
