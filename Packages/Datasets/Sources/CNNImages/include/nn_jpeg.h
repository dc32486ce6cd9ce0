#ifndef NN_JPEG_H
#define NN_JPEG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The minimum size of buffers for the message of a failure.
enum { NN_IMAGE_MESSAGE_LENGTH = 256 };

/// Reads the size of a JPEG file from its headers, its number of channels: 1 for grey, 3 for every other, and whether
/// arithmetic codes compress it, which have no least size.
bool nn_jpeg_form(const uint8_t *_Nonnull bytes, size_t count, int64_t *_Nonnull height, int64_t *_Nonnull width,
                  int *_Nonnull channels, bool *_Nonnull is_arithmetic, char *_Nonnull message);

/// Reads the size that a JPEG file is decoded at with so many eighths of its own, 1 to 8; both sides are rounded up.
bool nn_jpeg_reduced_size(const uint8_t *_Nonnull bytes, size_t count, int eighths, int64_t *_Nonnull height,
                          int64_t *_Nonnull width, char *_Nonnull message);

/// Decodes a JPEG file of any colour space to height * width bytes of grey, or three times as many of RGB, as
/// `nn_jpeg_form` tells, at the size of `nn_jpeg_reduced_size`: 8 eighths are the whole. With fewer, each block of 8 * 8
/// pixels becomes one of as many rows and columns, by its low frequencies alone. Damaged or truncated data is a failure,
/// although libjpeg would continue with grey pixels.
bool nn_jpeg_decode(const uint8_t *_Nonnull bytes, size_t count, int eighths, uint8_t *_Nonnull pixels,
                    char *_Nonnull message);

/// Encodes grey (1 channel) or RGB (3 channels); the file is returned in memory to be freed by free().
uint8_t *_Nullable nn_jpeg_encode(const uint8_t *_Nonnull pixels, int64_t height, int64_t width, int channels,
                                  int quality, size_t *_Nonnull count, char *_Nonnull message);

#endif
