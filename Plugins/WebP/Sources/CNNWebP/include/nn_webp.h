/// WebP files in memory, by libwebp.
#ifndef NN_WEBP_H
#define NN_WEBP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// What a file is decoded to.
typedef struct {
    int height, width;
    bool has_alpha, is_animated;
} nn_webp_form;

/// Reads the headers of a file; false for a damaged one.
bool nn_webp_read_form(const uint8_t *_Nonnull bytes, size_t count, nn_webp_form *_Nonnull form);

/// Decodes a file to height * width * 3 bytes of RGB, or 4 with opacity; false for a damaged or truncated one.
bool nn_webp_decode(const uint8_t *_Nonnull bytes, size_t count, const nn_webp_form *_Nonnull form,
                    uint8_t *_Nonnull pixels);

#endif
