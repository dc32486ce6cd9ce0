#define KERNELS tiles_emulated_amx
#define TILE_CONFIGURE(configuration) nn_emulated_tile_configure(configuration)
#define TILE_RELEASE() nn_emulated_tile_configure(NULL)
#define TILE_ZERO(tile) nn_emulated_tile_zero(tile)
#define TILE_LOAD(tile, from, stride) nn_emulated_tile_load(tile, from, stride)
#define TILE_STORE(tile, to, stride) nn_emulated_tile_store(tile, to, stride)
#define TILE_MULTIPLY(sums, left, right) nn_emulated_tile_multiply(sums, left, right)
#include "amx.h"
#include "kernels.h"
