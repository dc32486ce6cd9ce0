#include "nn_typed.h"

#include <stdlib.h>

#include "include/nn_max_pool.h"

enum { BLOCK = 64, FEW = 9 };

/// A pixel of the other image that a pixel has to do with, and what is noted of a maximum there.
typedef struct {
    int64_t pixel;
    int32_t position;
} tap;

typedef struct {
    void *to;
    void *positions;  // written on the way forward, read on the way back
    const void *from;
    const nn_window *window;
} arguments;

NN_INLINE void *positions_at(const arguments *a, int64_t index, const int kind) {
    if (kind == NN_NO_POSITION) return NULL;
    return (char *)a->positions + index * (kind == NN_INDEX ? 4 : 1);
}

NN_INLINE void write_position(void *positions, int64_t index, int32_t position, const int kind) {
    if (kind == NN_TAP) ((uint8_t *)positions)[index] = (uint8_t)position;
    if (kind == NN_INDEX) ((int32_t *)positions)[index] = position;
}

NN_INLINE int32_t read_position(const void *positions, int64_t index, const int kind) {
    return kind == NN_TAP ? ((const uint8_t *)positions)[index] : ((const int32_t *)positions)[index];
}

/// Room for as many taps as a window has.
static tap *make_taps(const nn_window *w) {
    tap *taps = malloc((size_t)(w->kernel_height * w->kernel_width) * sizeof(tap));
    if (!taps) abort();
    return taps;
}

/// Lists the pixels of the image that lie under the window whose first tap is at (y, x).
NN_INLINE int list_pixels(tap *taps, const nn_window *w, int64_t y, int64_t x, const int kind) {
    int count = 0;
    for (int64_t i = 0; i < w->kernel_height; i++) {
        const int64_t row = y + i * w->dilation_height;
        if (row < 0 || row >= w->height) continue;
        for (int64_t j = 0; j < w->kernel_width; j++) {
            const int64_t column = x + j * w->dilation_width;
            if (column < 0 || column >= w->width) continue;
            const int64_t pixel = row * w->width + column;
            taps[count++] = (tap){pixel, (int32_t)(kind == NN_INDEX ? pixel : i * w->kernel_width + j)};
        }
    }
    return count;
}

/// All channels of one output pixel. The maxima stay in registers, because `count` is a constant.
NN_INLINE void pool_few(const arguments *a, const tap *taps, const int count, int64_t image, int64_t output,
                        const int type, const int kind) {
    const int64_t channels = a->window->channels;
    void *restrict to = nn_mutable_at(a->to, output, type);
    void *restrict positions = positions_at(a, output, kind);
    const void *from[FEW];
    int32_t position[FEW];
    for (int i = 0; i < count; i++) {
        from[i] = nn_at(a->from, image + taps[i].pixel * channels, type);
        position[i] = taps[i].position;
    }
    for (int64_t c = 0; c < channels; c++) {
        float best = nn_load(from[0], c, type);
        int32_t place = position[0];
        for (int i = 1; i < count; i++) {
            const float value = nn_load(from[i], c, type);
            const int wins = (value > best) | (value != value);
            best = wins ? value : best;
            place = wins ? position[i] : place;
        }
        nn_store(to, c, best, type);
        write_position(positions, c, place, kind);
    }
}

/// All channels of one output pixel, for any count.
NN_INLINE void pool_many(const arguments *a, const tap *taps, int count, int64_t image, int64_t output,
                         const int type, const int kind) {
    const int64_t channels = a->window->channels;
    for (int64_t begin = 0; begin < channels; begin += BLOCK) {
        const int64_t length = channels - begin < BLOCK ? channels - begin : BLOCK;
        float best[BLOCK];
        int32_t place[BLOCK];
        for (int64_t c = 0; c < length; c++) {
            best[c] = -INFINITY;
            place[c] = count > 0 ? taps[0].position : kind == NN_INDEX ? -1 : 0;
        }
        for (int i = 0; i < count; i++) {
            const void *from = nn_at(a->from, image + taps[i].pixel * channels + begin, type);
            const int32_t position = taps[i].position;
            for (int64_t c = 0; c < length; c++) {
                const float value = nn_load(from, c, type);
                const int wins = (value > best[c]) | (value != value);
                best[c] = wins ? value : best[c];
                place[c] = wins ? position : place[c];
            }
        }
        void *positions = positions_at(a, output + begin, kind);
        for (int64_t c = 0; c < length; c++) {
            nn_store(a->to, output + begin + c, best[c], type);
            write_position(positions, c, place[c], kind);
        }
    }
}

/// Output rows [begin, end) of all images.
NN_INLINE void pool_rows(const arguments *a, int64_t begin, int64_t end, const int type, const int kind) {
    const nn_window *w = a->window;
    tap *taps = make_taps(w);
    for (int64_t item = begin; item < end; item++) {
        const int64_t image = item / w->output_height * w->height * w->width * w->channels;
        const int64_t y = item % w->output_height * w->stride_height - w->padding_top;
        for (int64_t i = 0; i < w->output_width; i++) {
            const int64_t output = (item * w->output_width + i) * w->channels;
            const int count = list_pixels(taps, w, y, i * w->stride_width - w->padding_left, kind);
            // The counts of 2x2 and 3x3 windows, inside and at the edges.
            switch (count) {
                case 4: pool_few(a, taps, 4, image, output, type, kind); break;
                case 6: pool_few(a, taps, 6, image, output, type, kind); break;
                case 9: pool_few(a, taps, 9, image, output, type, kind); break;
                default: pool_many(a, taps, count, image, output, type, kind);
            }
        }
    }
    free(taps);
}

/// The windows that may cover a row or column of the image: [first, last].
typedef struct {
    int64_t first, last;
} covering;

NN_INLINE covering windows_over(int64_t place, int64_t kernel, int64_t stride, int64_t dilation,
                                int64_t outputs) {
    const int64_t over = place - (kernel - 1) * dilation;
    covering result = {over <= 0 ? 0 : (over + stride - 1) / stride, place / stride};
    if (result.last >= outputs) result.last = outputs - 1;
    return result;
}

/// Lists the output pixels whose window covers the pixel (y, x), which is counted from the padding's
/// corner. `index` is the pixel's number in the image.
NN_INLINE int list_windows(tap *taps, const nn_window *w, covering rows, int64_t y, int64_t x, int64_t index,
                           const int kind) {
    const covering columns =
        windows_over(x, w->kernel_width, w->stride_width, w->dilation_width, w->output_width);
    int count = 0;
    for (int64_t i = rows.first; i <= rows.last; i++) {
        const int64_t down = y - i * w->stride_height;
        if (w->dilation_height > 1 && down % w->dilation_height != 0) continue;
        for (int64_t j = columns.first; j <= columns.last; j++) {
            const int64_t across = x - j * w->stride_width;
            if (w->dilation_width > 1 && across % w->dilation_width != 0) continue;
            int64_t position = index;
            if (kind == NN_TAP) {
                const int64_t tap_row = w->dilation_height > 1 ? down / w->dilation_height : down;
                const int64_t tap_column = w->dilation_width > 1 ? across / w->dilation_width : across;
                position = tap_row * w->kernel_width + tap_column;
            }
            taps[count++] = (tap){i * w->output_width + j, (int32_t)position};
        }
    }
    return count;
}

/// All channels of an input pixel: the gradients that belong to it. `count` is a constant.
NN_INLINE void collect_few(const arguments *a, const tap *taps, const int count, int64_t image, int64_t input,
                           const int type, const int kind) {
    const int64_t channels = a->window->channels;
    void *restrict to = nn_mutable_at(a->to, input, type);
    const void *from[FEW], *positions[FEW];
    int32_t position[FEW];
    for (int i = 0; i < count; i++) {
        const int64_t output = image + taps[i].pixel * channels;
        from[i] = nn_at(a->from, output, type);
        positions[i] = positions_at(a, output, kind);
        position[i] = taps[i].position;
    }
    for (int64_t c = 0; c < channels; c++) {
        float sum = 0;
        for (int i = 0; i < count; i++) {
            const float value = nn_load(from[i], c, type);
            sum += read_position(positions[i], c, kind) == position[i] ? value : 0;
        }
        nn_store(to, c, sum, type);
    }
}

/// All channels of an input pixel, for any count.
NN_INLINE void collect_many(const arguments *a, const tap *taps, int count, int64_t image, int64_t input,
                            const int type, const int kind) {
    const int64_t channels = a->window->channels;
    for (int64_t begin = 0; begin < channels; begin += BLOCK) {
        const int64_t length = channels - begin < BLOCK ? channels - begin : BLOCK;
        float sum[BLOCK] = {0};
        for (int i = 0; i < count; i++) {
            const int64_t output = image + taps[i].pixel * channels + begin;
            const void *from = nn_at(a->from, output, type), *positions = positions_at(a, output, kind);
            const int32_t position = taps[i].position;
            for (int64_t c = 0; c < length; c++) {
                const float value = nn_load(from, c, type);
                sum[c] += read_position(positions, c, kind) == position ? value : 0;
            }
        }
        for (int64_t c = 0; c < length; c++) nn_store(a->to, input + begin + c, sum[c], type);
    }
}

/// Input rows [begin, end) of all images. Each pixel collects from the windows over it, so that no
/// two threads write to the same place and the order of a sum is fixed.
NN_INLINE void collect_rows(const arguments *a, int64_t begin, int64_t end, const int type, const int kind) {
    const nn_window *w = a->window;
    tap *taps = make_taps(w);
    for (int64_t item = begin; item < end; item++) {
        const int64_t image = item / w->height * w->output_height * w->output_width * w->channels;
        const int64_t row = item % w->height, y = row + w->padding_top;
        const covering rows =
            windows_over(y, w->kernel_height, w->stride_height, w->dilation_height, w->output_height);
        for (int64_t column = 0; column < w->width; column++) {
            const int64_t input = (item * w->width + column) * w->channels;
            const int count =
                list_windows(taps, w, rows, y, column + w->padding_left, row * w->width + column, kind);
            // The counts of 2x2 windows with stride 2 and of 3x3 ones.
            switch (count) {
                case 1: collect_few(a, taps, 1, image, input, type, kind); break;
                case 2: collect_few(a, taps, 2, image, input, type, kind); break;
                case 4: collect_few(a, taps, 4, image, input, type, kind); break;
                default: collect_many(a, taps, count, image, input, type, kind);
            }
        }
    }
    free(taps);
}

#define NN_DEFINE_BODY(NAME, ROWS, TYPE, KIND)                               \
    NN_CLONES static void NAME(void *context, int64_t begin, int64_t end) { \
        ROWS((const arguments *)context, begin, end, TYPE, KIND);            \
    }

NN_DEFINE_BODY(pool_f32, pool_rows, NN_FLOAT32, NN_NO_POSITION)
NN_DEFINE_BODY(pool_f32_tap, pool_rows, NN_FLOAT32, NN_TAP)
NN_DEFINE_BODY(pool_f32_index, pool_rows, NN_FLOAT32, NN_INDEX)
NN_DEFINE_BODY(pool_bf16, pool_rows, NN_BFLOAT16, NN_NO_POSITION)
NN_DEFINE_BODY(pool_bf16_tap, pool_rows, NN_BFLOAT16, NN_TAP)
NN_DEFINE_BODY(pool_bf16_index, pool_rows, NN_BFLOAT16, NN_INDEX)
NN_DEFINE_BODY(collect_f32_tap, collect_rows, NN_FLOAT32, NN_TAP)
NN_DEFINE_BODY(collect_f32_index, collect_rows, NN_FLOAT32, NN_INDEX)
NN_DEFINE_BODY(collect_bf16_tap, collect_rows, NN_BFLOAT16, NN_TAP)
NN_DEFINE_BODY(collect_bf16_index, collect_rows, NN_BFLOAT16, NN_INDEX)

typedef void (*body)(void *context, int64_t begin, int64_t end);

void nn_max_pool(void *to, void *positions, int32_t position_kind, const void *from, int32_t type,
                 const nn_window *window) {
    static const body bodies[2][3] = {{pool_f32, pool_f32_tap, pool_f32_index},
                                      {pool_bf16, pool_bf16_tap, pool_bf16_index}};
    arguments a = {to, positions, from, window};
    const int64_t row = window->output_width * window->channels;
    nn_parallel_for(window->batch * window->output_height, nn_rows_per_part(row), &a,
                    bodies[type == NN_BFLOAT16][position_kind]);
}

void nn_max_pool_gradient(void *to, const void *from, const void *positions, int32_t position_kind,
                          int32_t type, const nn_window *window) {
    static const body bodies[2][2] = {{collect_f32_tap, collect_f32_index},
                                      {collect_bf16_tap, collect_bf16_index}};
    arguments a = {to, (void *)positions, from, window};
    const int64_t row = window->width * window->channels;
    nn_parallel_for(window->batch * window->height, nn_rows_per_part(row), &a,
                    bodies[type == NN_BFLOAT16][position_kind == NN_INDEX]);
}
