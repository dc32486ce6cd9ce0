/// The kernels for one set of instructions. A file for each defines, and then includes this one:
///   KERNELS  the name of their table
///   LANES    floats of a vector, 4, 8 or 16
///   ROWS     tiles of an innermost product: as many as registers can hold, two vectors each
///   COLUMNS  input channels of an innermost product of the gradient by the weight, 6 or 8
#include "packing.h"
#include "products.h"
#include "sums.h"
#include "transforms.h"

const winograd_kernels KERNELS = {
    .panel = 2 * LANES,
    .rows = ROWS,
    .transform_images = transform_images,
    .transform_gradients = transform_gradients,
    .pack = pack,
    .convolve = convolve,
    .accumulate = accumulate,
    .finish = finish,
};
