#ifndef NN_WARP_H
#define NN_WARP_H

#include <stdbool.h>
#include <stdint.h>

/// What lies outside of an image: a constant, the pixels at its edge, or the image mirrored at its edge.
typedef enum { NN_BORDER_CONSTANT, NN_BORDER_EDGE, NN_BORDER_REFLECT } nn_border;

/// Warps an image at its size: the output pixel (x, y) is the input at (m[0] x + m[1] y + m[2] + dx,
/// m[3] x + m[4] y + m[5] + dy), with pixel centres at whole numbers; bilinearly, or the nearest pixel.
/// - shift: dx of all pixels, then dy; NULL for none.
/// - fill: What lies outside with a constant border, in every channel.
void nn_warp(uint8_t *_Nonnull to, const uint8_t *_Nonnull from, int64_t height, int64_t width, int64_t channels,
             const double *_Nonnull m, const float *_Nullable shift, bool is_nearest, nn_border border, uint8_t fill);
void nn_warp_floats(float *_Nonnull to, const float *_Nonnull from, int64_t height, int64_t width, int64_t channels,
                    const double *_Nonnull m, const float *_Nullable shift, bool is_nearest, nn_border border,
                    float fill);

/// Random displacements of pixels (Simard et al. 2003): height * width of them for the one direction, then for the other.
/// They are uniform noise between -1 and 1, convolved with 2 * radius + 1 weights in both directions. The noise reaches
/// beyond the image, so that displacements are alike everywhere.
/// - weights, last_weights: Those of the rows and of the columns.
/// - scratch: (2 * radius + 2) * (width + 2 * radius) floats.
void nn_displace(float *_Nonnull shift, int64_t height, int64_t width, const float *_Nonnull weights,
                 const float *_Nonnull last_weights, int64_t radius, uint64_t key, float *_Nonnull scratch);

#endif
