#include "include/nn_convolution.h"

#include "nn_internal.h"
#include "nn_parts.h"

/// Depthwise convolution in any stride and dilation: a plain loop over taps, vectorized over channels.
/// Libraries fall off their fast path at dilation 2 and more; beside them this was 7 to 10 times faster.

typedef struct {
    const nn_filter *window;
    const void *input, *gradient;
    const float *weight;
    void *output;
    int64_t images;
    double *partial;
} job;

/// How many pixels are summed in float before the sums of a filter move into doubles.
enum { FLOAT_TERMS = 2 * NN_TERMS };

NN_CLONES static void flush(double *restrict totals, float *restrict sums, int64_t count) {
    nn_flush(totals, sums, count);
}

/// Output columns first ..< last whose tap `offset` falls inside a line of `length` pixels.
NN_INLINE void valid_range(int64_t offset, int64_t stride, int64_t length, int64_t count, int64_t *first,
                           int64_t *last) {
    int64_t lowest = offset >= 0 ? 0 : (-offset + stride - 1) / stride;
    int64_t highest = length - 1 - offset < 0 ? -1 : (length - 1 - offset) / stride;
    *first = lowest;
    *last = highest + 1 < count ? highest + 1 : count;
}

#define PLAIN(x) (x)

/// Loops for one element type. Sums of one line are kept in float32 in `line`.
#define DEFINE_DEPTHWISE(TYPE, T, READ, WRITE)                                                                  \
    NN_CLONES static void multiply_add_##TYPE(float *restrict sum, const T *restrict x, const float *restrict f,  \
                                              int64_t count) {                                                  \
        for (int64_t c = 0; c < count; c++) sum[c] += READ(x[c]) * f[c];                                        \
    }                                                                                                           \
    NN_CLONES static void product_add_##TYPE(float *restrict sum, const T *restrict x, const T *restrict g,      \
                                             int64_t count) {                                                   \
        for (int64_t c = 0; c < count; c++) sum[c] += READ(x[c]) * READ(g[c]);                                  \
    }                                                                                                           \
    NN_CLONES static void store_##TYPE(T *restrict to, const float *restrict from, int64_t count) {             \
        for (int64_t c = 0; c < count; c++) to[c] = WRITE(from[c]);                                             \
    }                                                                                                           \
    static void forward_##TYPE(void *context, int64_t begin, int64_t end) {                                     \
        const job *j = context;                                                                                 \
        const nn_filter *w = j->window;                                                                         \
        int64_t channels = w->channels, length = w->output_width * channels;                                    \
        float *line = nn_scratch(length, sizeof(float));                                              \
        for (int64_t row = begin; row < end; row++) {                                                           \
            const T *image = (const T *)j->input + row / w->output_height * w->height * w->width * channels;    \
            memset(line, 0, (size_t)length * sizeof(float));                                                    \
            for (int64_t kh = 0; kh < w->kernel_height; kh++) {                                                 \
                int64_t y = row % w->output_height * w->stride_height - w->padding_top + kh * w->dilation_height; \
                if (y < 0 || y >= w->height) continue;                                                          \
                for (int64_t kw = 0; kw < w->kernel_width; kw++) {                                              \
                    int64_t offset = kw * w->dilation_width - w->padding_left, first, last;                     \
                    valid_range(offset, w->stride_width, w->width, w->output_width, &first, &last);             \
                    const float *f = j->weight + (kh * w->kernel_width + kw) * channels;                        \
                    for (int64_t x = first; x < last; x++)                                                      \
                        multiply_add_##TYPE(line + x * channels,                                                \
                                            image + (y * w->width + x * w->stride_width + offset) * channels,   \
                                            f, channels);                                                       \
                }                                                                                               \
            }                                                                                                   \
            store_##TYPE((T *)j->output + row * length, line, length);                                          \
        }                                                                                                       \
        nn_free(line);                                                                                          \
    }                                                                                                           \
    static void backward_input_##TYPE(void *context, int64_t begin, int64_t end) {                              \
        const job *j = context;                                                                                 \
        const nn_filter *w = j->window;                                                                         \
        int64_t channels = w->channels, length = w->width * channels;                                           \
        float *line = nn_scratch(length, sizeof(float));                                              \
        for (int64_t row = begin; row < end; row++) {                                                           \
            const T *image =                                                                                    \
                (const T *)j->gradient + row / w->height * w->output_height * w->output_width * channels;       \
            memset(line, 0, (size_t)length * sizeof(float));                                                    \
            for (int64_t kh = 0; kh < w->kernel_height; kh++) {                                                 \
                int64_t y = row % w->height + w->padding_top - kh * w->dilation_height;                         \
                if (y < 0 || y % w->stride_height != 0 || y / w->stride_height >= w->output_height) continue;   \
                y /= w->stride_height;                                                                          \
                for (int64_t kw = 0; kw < w->kernel_width; kw++) {                                              \
                    int64_t offset = kw * w->dilation_width - w->padding_left, first, last;                     \
                    valid_range(offset, w->stride_width, w->width, w->output_width, &first, &last);             \
                    const float *f = j->weight + (kh * w->kernel_width + kw) * channels;                        \
                    for (int64_t x = first; x < last; x++)                                                      \
                        multiply_add_##TYPE(line + (x * w->stride_width + offset) * channels,                   \
                                            image + (y * w->output_width + x) * channels, f, channels);         \
                }                                                                                               \
            }                                                                                                   \
            store_##TYPE((T *)j->output + row * length, line, length);                                          \
        }                                                                                                       \
        nn_free(line);                                                                                          \
    }                                                                                                           \
    static void backward_weight_##TYPE(void *context, int64_t begin, int64_t end) {                             \
        const job *j = context;                                                                                 \
        const nn_filter *w = j->window;                                                                         \
        int64_t channels = w->channels, count = w->kernel_height * w->kernel_width * channels;                  \
        float *sum = nn_scratch(count, sizeof(float));                                                          \
        memset(sum, 0, (size_t)count * sizeof(float));                                                          \
        for (int64_t image = begin; image < end; image++) {                                                     \
            double *total = j->partial + image * count;                                                         \
            memset(total, 0, (size_t)count * sizeof(double));                                                   \
            const T *in = (const T *)j->input + image * w->height * w->width * channels;                        \
            const T *out = (const T *)j->gradient + image * w->output_height * w->output_width * channels;      \
            int64_t terms = 0;                                                                                  \
            for (int64_t oy = 0; oy < w->output_height; oy++)                                                   \
                for (int64_t left = 0, right; left < w->output_width; left = right) {                           \
                    /* So many pixels of a line as still go into the float sums. */                             \
                    right = left + FLOAT_TERMS - terms < w->output_width ? left + FLOAT_TERMS - terms           \
                                                                         : w->output_width;                     \
                    for (int64_t kh = 0; kh < w->kernel_height; kh++) {                                         \
                        int64_t y = oy * w->stride_height - w->padding_top + kh * w->dilation_height;           \
                        if (y < 0 || y >= w->height) continue;                                                  \
                        for (int64_t kw = 0; kw < w->kernel_width; kw++) {                                      \
                            int64_t offset = kw * w->dilation_width - w->padding_left, first, last;             \
                            valid_range(offset, w->stride_width, w->width, right, &first, &last);               \
                            for (int64_t x = first > left ? first : left; x < last; x++)                        \
                                product_add_##TYPE(sum + (kh * w->kernel_width + kw) * channels,                \
                                                   in + (y * w->width + x * w->stride_width + offset) * channels, \
                                                   out + (oy * w->output_width + x) * channels, channels);      \
                        }                                                                                       \
                    }                                                                                           \
                    terms += right - left;                                                                      \
                    int is_last = oy == w->output_height - 1 && right == w->output_width;                       \
                    if (terms < FLOAT_TERMS && !is_last) continue;                                              \
                    flush(total, sum, count);                                                                   \
                    terms = 0;                                                                                  \
                }                                                                                               \
        }                                                                                                       \
        nn_free(sum);                                                                                           \
    }

DEFINE_DEPTHWISE(f32, float, PLAIN, PLAIN)
DEFINE_DEPTHWISE(bf16, nn_bf16, nn_from_bf16, nn_to_bf16)

void nn_depthwise_forward(const nn_filter *window, const void *input, int64_t images, const float *weight,
                          void *output) {
    job j = {.window = window, .input = input, .weight = weight, .output = output, .images = images};
    nn_parallel_for(images * window->output_height, 1, &j, window->is_bfloat16 ? forward_bf16 : forward_f32);
}

void nn_depthwise_backward_input(const nn_filter *window, const void *gradient, int64_t images, const float *weight,
                                 void *output) {
    job j = {.window = window, .gradient = gradient, .weight = weight, .output = output, .images = images};
    nn_parallel_for(images * window->height, 1, &j, window->is_bfloat16 ? backward_input_bf16 : backward_input_f32);
}

void nn_depthwise_backward_weight(const nn_filter *window, const void *input, const void *gradient, int64_t images,
                                  float *output) {
    int64_t count = window->kernel_height * window->kernel_width * window->channels;
    job j = {.window = window, .input = input, .gradient = gradient, .images = images};
    j.partial = nn_scratch((images + 1) * count, sizeof(double));
    nn_parallel_for(images, 1, &j, window->is_bfloat16 ? backward_weight_bf16 : backward_weight_f32);
    // Added in the order of the images, whatever thread made each part.
    double *total = j.partial + images * count;
    memset(total, 0, (size_t)count * sizeof(double));
    for (int64_t image = 0; image < images; image++)
        for (int64_t i = 0; i < count; i++) total[i] += j.partial[image * count + i];
    for (int64_t i = 0; i < count; i++) output[i] = (float)total[i];
    nn_free(j.partial);
}
