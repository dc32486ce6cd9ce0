/// The kernels for one set of instructions. A file for each defines KERNELS, the name of their table, and the instructions,
/// includes the products, amx.h or avx512.h, and then this one.
#include "finishing.h"
#include "packing.h"

const tile_kernels KERNELS = {
    .pack = pack,
    .multiply = multiply,
    .begin = begin,
    .end = end,
    .add = add,
    .finish = finish,
};
