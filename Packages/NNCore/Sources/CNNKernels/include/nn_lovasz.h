#ifndef NN_LOVASZ_H
#define NN_LOVASZ_H

#include <stdint.h>

/// The Lovasz extension of the Jaccard loss (Berman et al. 2018) of probabilities [images, pixels, classes].
///
/// The mean over the images that have labels, of the mean over the classes that are labels there.
/// Pixels with the label ignore_index, INT32_MIN for none, do not count. `gradient`, by the probabilities,
/// is of their shape. Gives the first pixel whose label is neither a class nor the ignored one, or -1.
int64_t nn_lovasz(const float *_Nonnull probabilities, const int32_t *_Nonnull labels, int64_t images,
                  int64_t pixels, int64_t classes, int32_t ignore_index, double *_Nonnull loss,
                  float *_Nonnull gradient);

#endif
