#include "include/nn_convolution.h"

#include "nn_internal.h"

NN_CLONES static void widen(float *restrict to, const nn_bf16 *restrict from, int64_t count) {
    for (int64_t i = 0; i < count; i++) to[i] = nn_from_bf16(from[i]);
}

/// Copies one pixel's channels as float32; zeros where there is no pixel.
NN_INLINE void put(const nn_filter *w, float *to, const void *image, int64_t row_length, int64_t y, int64_t x,
                   int inside) {
    int64_t count = w->group_channels;
    if (!inside) {
        memset(to, 0, (size_t)count * sizeof(float));
        return;
    }
    int64_t at = (y * row_length + x) * w->channels + w->first_channel;
    if (w->is_bfloat16)
        widen(to, (const nn_bf16 *)image + at, count);
    else
        memcpy(to, (const float *)image + at, (size_t)count * sizeof(float));
}

static const void *image_at(const nn_filter *w, const void *images, int64_t index, int64_t pixels) {
    return (const char *)images + index * pixels * w->channels * (w->is_bfloat16 ? 2 : 4);
}

void nn_filter_columns(const nn_filter *w, const void *input, int64_t first, int64_t count, float *column) {
    int64_t outputs = w->output_height * w->output_width;
    for (int64_t pixel = first; pixel < first + count; pixel++) {
        const void *image = image_at(w, input, pixel / outputs, w->height * w->width);
        int64_t top = pixel % outputs / w->output_width * w->stride_height - w->padding_top;
        int64_t left = pixel % w->output_width * w->stride_width - w->padding_left;
        for (int64_t kh = 0; kh < w->kernel_height; kh++)
            for (int64_t kw = 0; kw < w->kernel_width; kw++, column += w->group_channels) {
                int64_t y = top + kh * w->dilation_height, x = left + kw * w->dilation_width;
                put(w, column, image, w->width, y, x, y >= 0 && y < w->height && x >= 0 && x < w->width);
            }
    }
}
