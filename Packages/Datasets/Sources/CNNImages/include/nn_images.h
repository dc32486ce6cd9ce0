/// Image files in memory, and loops over their pixels.
///
/// libpng and libjpeg leave a failed call by longjmp, which Swift cannot catch; here it is caught in C, and a failed
/// call returns false or NULL with the library's message in `message`.
#ifndef NN_IMAGES_H
#define NN_IMAGES_H

#include "nn_filter.h"
#include "nn_jpeg.h"
#include "nn_mix.h"
#include "nn_noise.h"
#include "nn_pixels.h"
#include "nn_png.h"
#include "nn_resample_image.h"
#include "nn_warp.h"

#endif
