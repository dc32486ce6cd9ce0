/// The instructions that multiply bfloat16, emulated as Intel's manual describes them, so that the code that uses them is
/// tested where the processor has none. A use that a processor refuses ends the process.
///
/// Sums are rounded from double precision, so that a last bit may differ from the processor's.
#ifndef NN_BF16_EMULATION_H
#define NN_BF16_EMULATION_H

#include <stddef.h>
#include <stdint.h>

/// What `ldtilecfg` reads: the rows of each tile, and the bytes of a row.
typedef struct {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
} nn_tile_configuration;

/// Configures the eight tiles of this thread and zeroes them; NULL releases them.
void nn_emulated_tile_configure(const nn_tile_configuration *_Nullable configuration);
void nn_emulated_tile_zero(int tile);
/// Reads and writes rows that are `stride` bytes apart.
void nn_emulated_tile_load(int tile, const void *_Nonnull from, size_t stride);
void nn_emulated_tile_store(int tile, void *_Nonnull to, size_t stride);
/// sums[m][n] += left[m][2k] * right[k][2n] + left[m][2k + 1] * right[k][2n + 1] for each k: `tdpbf16ps`.
void nn_emulated_tile_multiply(int sums, int left, int right);

/// sums[n] += left[2n] * right[2n] + left[2n + 1] * right[2n + 1] for 16 n: `vdpbf16ps`.
void nn_emulated_vector_multiply(float *_Nonnull sums, const uint32_t *_Nonnull left, const uint32_t *_Nonnull right);

#endif
