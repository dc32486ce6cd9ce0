#include "include/nn_webp.h"

#include <webp/decode.h>

bool nn_webp_read_form(const uint8_t *bytes, size_t count, nn_webp_form *form) {
    WebPBitstreamFeatures features;
    if (WebPGetFeatures(bytes, count, &features) != VP8_STATUS_OK) return false;
    form->height = features.height;
    form->width = features.width;
    form->has_alpha = features.has_alpha;
    form->is_animated = features.has_animation;
    return true;
}

bool nn_webp_decode(const uint8_t *bytes, size_t count, const nn_webp_form *form, uint8_t *pixels) {
    int pitch = form->width * (form->has_alpha ? 4 : 3);
    size_t size = (size_t)pitch * (size_t)form->height;
    return (form->has_alpha ? WebPDecodeRGBAInto(bytes, count, pixels, size, pitch)
                            : WebPDecodeRGBInto(bytes, count, pixels, size, pitch))
           != NULL;
}
