#ifndef NN_PNG_H
#define NN_PNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Reads the size of a PNG file, and the form of its samples: 1 or 3 channels, one more with opacity, and whether they
/// have 16 bits.
bool nn_png_form(const uint8_t *_Nonnull bytes, size_t count, int64_t *_Nonnull height, int64_t *_Nonnull width,
                 int *_Nonnull channels, bool *_Nonnull is_deep, char *_Nonnull message);

/// Decodes a PNG file of any kind to height * width * channels samples in the form that `nn_png_form` told: palettes are
/// looked up, and fewer bits are stretched to 8. Gamma and colour profiles are not applied.
bool nn_png_decode(const uint8_t *_Nonnull bytes, size_t count, uint8_t *_Nonnull pixels, int channels, bool is_deep,
                   char *_Nonnull message);

/// Decodes a palette or grey PNG file of at most 8 bits to height * width bytes, the stored
/// numbers: the palette is not looked up and grey is not stretched.
bool nn_png_decode_indices(const uint8_t *_Nonnull bytes, size_t count, uint8_t *_Nonnull pixels,
                           char *_Nonnull message);

/// Encodes grey (1 channel), RGB (3) or RGBA (4). With `palette`, 256 RGB colours, one channel of indices.
/// The file is returned in memory to be freed by free().
uint8_t *_Nullable nn_png_encode(const uint8_t *_Nonnull pixels, int64_t height, int64_t width, int channels,
                                 const uint8_t *_Nullable palette, size_t *_Nonnull count, char *_Nonnull message);

#endif
