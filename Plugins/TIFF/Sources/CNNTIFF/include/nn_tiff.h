/// TIFF files in memory, by libtiff, whose messages are kept and not printed.
#ifndef NN_TIFF_H
#define NN_TIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The size of buffers for the message of a failure.
enum { NN_TIFF_MESSAGE_LENGTH = 256 };

/// What the channels of a decoded image mean.
typedef enum {
    NN_TIFF_GREY,
    NN_TIFF_GREY_ALPHA,
    NN_TIFF_RGB,
    NN_TIFF_RGBA,
    /// Cyan, magenta, yellow and black, 0 for no ink.
    NN_TIFF_CMYK,
    NN_TIFF_BANDS
} nn_tiff_layout;

/// The form of the samples of a decoded image: bytes, words of 16 bits, or float32.
typedef enum { NN_TIFF_BYTES, NN_TIFF_WORDS, NN_TIFF_FLOATS } nn_tiff_samples;

/// What the first image of a file is decoded to.
typedef struct {
    int64_t height, width;
    int channels;
    nn_tiff_layout layout;
    nn_tiff_samples samples;
    /// The orientation as it is stored, 0 where there is none that libtiff takes.
    int orientation;
} nn_tiff_form;

/// Reads the form of the first image of a file. With `keeps_indices` a palette is not looked up, and fewer than 8 bits
/// are not stretched; other images than whole numbers of one channel are then refused. A size that the file is too short for is
/// refused, before memory is taken for it.
bool nn_tiff_read_form(const uint8_t *_Nonnull bytes, size_t count, bool keeps_indices, nn_tiff_form *_Nonnull form,
                       char *_Nonnull message);

/// Decodes the first image to height * width * channels samples of its form.
bool nn_tiff_decode(const uint8_t *_Nonnull bytes, size_t count, bool keeps_indices, const nn_tiff_form *_Nonnull form,
                    void *_Nonnull samples, char *_Nonnull message);

#endif
