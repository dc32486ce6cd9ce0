/// Copies weights between plain order and oneDNN's blocked orders.
///
/// The reordering of oneDNN took 12 % of a bfloat16 training step of ResNet-50, which packs every weight twice and unpacks
/// every weight gradient once.
#ifndef WEIGHT_ORDER_H
#define WEIGHT_ORDER_H

#include <stdint.h>

enum { WEIGHT_ORDER_RANK = 5, WEIGHT_ORDER_BLOCKS = 12, WEIGHT_ORDER_LARGEST_BLOCK = 4096 };

/// A blocked order: dimensions are split into blocks, which are innermost in memory.
typedef struct {
    /// The lengths, and the distance of neighbors in plain order.
    int64_t dimensions[WEIGHT_ORDER_RANK];
    int64_t plain_strides[WEIGHT_ORDER_RANK];
    /// The distance of neighboring blocks, and the lengths in blocks; the last block is padded with zeros.
    int64_t block_strides[WEIGHT_ORDER_RANK];
    int64_t block_counts[WEIGHT_ORDER_RANK];
    /// The levels of blocks from the outermost to the innermost: the dimension that each splits, and its length.
    int64_t depth;
    int64_t split_dimension[WEIGHT_ORDER_BLOCKS];
    int64_t split_length[WEIGHT_ORDER_BLOCKS];
    int is_bfloat16;
} weight_order;

/// The number of blocks.
int64_t weight_order_block_count(const weight_order *_Nonnull order);

/// Copies the blocks first ..< last from plain float32 to the blocked order, or back (float32 only).
void weight_order_pack(const weight_order *_Nonnull order, const float *_Nonnull plain, void *_Nonnull packed,
                       int64_t first, int64_t last);
void weight_order_unpack(const weight_order *_Nonnull order, const float *_Nonnull packed, float *_Nonnull plain,
                         int64_t first, int64_t last);

#endif
