#ifndef NN_WINDOW_H
#define NN_WINDOW_H

#include <stdint.h>

/// A window that moves over images [batch, height, width, channels].
typedef struct {
    int64_t batch, height, width, channels;
    int64_t output_height, output_width;
    int64_t kernel_height, kernel_width;
    int64_t stride_height, stride_width;
    int64_t dilation_height, dilation_width;
    int64_t padding_top, padding_bottom, padding_left, padding_right;
} nn_window;

#endif
