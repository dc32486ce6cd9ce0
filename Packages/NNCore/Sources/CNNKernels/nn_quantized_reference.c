// The definition of a quantized convolution: one product after the other.
#include "nn_quantized.h"

static int64_t packed_size(const nn_quantized_window *w) {
    return w->outputs * (w->channels / w->groups) * w->kernel_height * w->kernel_width;
}

static void pack(const nn_quantized_window *w, const uint8_t *weight, void *packed) {
    memcpy(packed, weight, (size_t)packed_size(w));
}

static int32_t sum_at(const nn_quantized_window *w, const uint8_t *image, int32_t zero_point, const uint8_t *weight,
                      int64_t y, int64_t x, int64_t output) {
    int64_t channels = w->channels / w->groups, first = output / (w->outputs / w->groups) * channels;
    const uint8_t *filter = weight + output * channels * w->kernel_height * w->kernel_width;
    int32_t sum = 0;
    for (int64_t c = 0; c < channels; c++) {
        for (int64_t i = 0; i < w->kernel_height; i++) {
            for (int64_t j = 0; j < w->kernel_width; j++, filter++) {
                int64_t row = y * w->stride_height + i * w->dilation_height - w->padding_top;
                int64_t column = x * w->stride_width + j * w->dilation_width - w->padding_left;
                if (row < 0 || row >= w->height || column < 0 || column >= w->width) continue;
                int32_t byte = image[(row * w->width + column) * w->channels + first + c];
                sum += (byte - zero_point) * ((int32_t)*filter - 128);
            }
        }
    }
    return sum;
}

static void convolve(const nn_quantized_window *w, const uint8_t *images, int32_t zero_point, const void *packed,
                     const nn_quantized_epilogue *e, void *output) {
    int64_t index = 0;
    for (int64_t n = 0; n < w->images; n++) {
        const uint8_t *image = images + n * w->height * w->width * w->channels;
        for (int64_t y = 0; y < w->output_height; y++) {
            for (int64_t x = 0; x < w->output_width; x++) {
                for (int64_t o = 0; o < w->outputs; o++, index++) {
                    int32_t sum = e->bias[o] + sum_at(w, image, zero_point, packed, y, x, o);
                    float value = (float)sum * e->factors[o];
                    if (e->residual) value += e->residual[index];
                    if (e->residual_bytes) {
                        value += nn_quantized_float(e->residual_bytes[index], e->residual_affine.scale,
                                                    e->residual_affine.zero_point);
                    }
                    value = nn_activate(e->activation, e->slope, value);
                    if (e->quantizes) {
                        ((uint8_t *)output)[index] = nn_quantized_byte(value, 1.0f / e->output_affine.scale,
                                                                       (float)e->output_affine.zero_point);
                    } else {
                        ((float *)output)[index] = value;
                    }
                }
            }
        }
    }
}

const nn_quantized_loops nn_quantized_reference = {packed_size, pack, convolve};
