#include "nn_parts.h"
#include "nn_typed.h"

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

/// The numbers first, first + step, ... of `count` taps or windows along one axis.
typedef struct {
    int64_t first, step, count;
} span;

/// The taps of a window from `start` on that lie inside an axis of `length` pixels.
NN_INLINE span taps_inside(int64_t start, int64_t kernel, int64_t dilation, int64_t length) {
    const int64_t first = start < 0 ? (-start + dilation - 1) / dilation : 0;
    const int64_t last = start < length ? (length - 1 - start) / dilation : -1;
    const int64_t end = last + 1 < kernel ? last + 1 : kernel;
    return (span){first, 1, end > first ? end - first : 0};
}

/// The pixel under the tap (i, j) of the window whose first tap is at (y, x).
NN_INLINE tap pixel_under(const nn_window *w, int64_t y, int64_t x, int64_t i, int64_t j, const int kind) {
    const int64_t pixel = (y + i * w->dilation_height) * w->width + x + j * w->dilation_width;
    return (tap){pixel, (int32_t)(kind == NN_INDEX ? pixel : i * w->kernel_width + j)};
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
        int32_t index = position[0];
        for (int i = 1; i < count; i++) {
            const float value = nn_load(from[i], c, type);
            const int wins = (value > best) | (value != value);
            best = wins ? value : best;
            index = wins ? position[i] : index;
        }
        nn_store(to, c, best, type);
        write_position(positions, c, index, kind);
    }
}

/// All channels of one output pixel, for any count; taps are never listed, since a window may be the whole image.
NN_INLINE void pool_many(const arguments *a, int64_t y, int64_t x, span rows, span columns, int64_t image,
                         int64_t output, const int type, const int kind) {
    const int64_t channels = a->window->channels;
    const int is_empty = rows.count == 0 || columns.count == 0;
    const int32_t none = kind == NN_INDEX ? -1 : 0;
    const int32_t index_of_first =
        is_empty ? none : pixel_under(a->window, y, x, rows.first, columns.first, kind).position;
    for (int64_t begin = 0; begin < channels; begin += BLOCK) {
        const int64_t length = channels - begin < BLOCK ? channels - begin : BLOCK;
        float best[BLOCK];
        int32_t index[BLOCK];
        for (int64_t c = 0; c < length; c++) {
            best[c] = -INFINITY;
            index[c] = index_of_first;
        }
        for (int64_t i = rows.first; i < rows.first + rows.count; i++)
            for (int64_t j = columns.first; j < columns.first + columns.count; j++) {
                const tap tap = pixel_under(a->window, y, x, i, j, kind);
                const void *from = nn_at(a->from, image + tap.pixel * channels + begin, type);
                for (int64_t c = 0; c < length; c++) {
                    const float value = nn_load(from, c, type);
                    const int wins = (value > best[c]) | (value != value);
                    best[c] = wins ? value : best[c];
                    index[c] = wins ? tap.position : index[c];
                }
            }
        void *positions = positions_at(a, output + begin, kind);
        for (int64_t c = 0; c < length; c++) {
            nn_store(a->to, output + begin + c, best[c], type);
            write_position(positions, c, index[c], kind);
        }
    }
}

/// Output rows [begin, end) of all images.
NN_INLINE void pool_rows(const arguments *a, int64_t begin, int64_t end, const int type, const int kind) {
    const nn_window *w = a->window;
    for (int64_t item = begin; item < end; item++) {
        const int64_t image = item / w->output_height * w->height * w->width * w->channels;
        const int64_t y = item % w->output_height * w->stride_height - w->padding_top;
        const span rows = taps_inside(y, w->kernel_height, w->dilation_height, w->height);
        for (int64_t column = 0; column < w->output_width; column++) {
            const int64_t output = (item * w->output_width + column) * w->channels;
            const int64_t x = column * w->stride_width - w->padding_left;
            const span columns = taps_inside(x, w->kernel_width, w->dilation_width, w->width);
            const int64_t count = rows.count * columns.count;
            tap taps[FEW];
            if (count <= FEW)
                for (int64_t i = 0, n = 0; i < rows.count; i++)
                    for (int64_t j = 0; j < columns.count; j++)
                        taps[n++] = pixel_under(w, y, x, rows.first + i, columns.first + j, kind);
            // The counts of 2x2 and 3x3 windows, inside and at the edges.
            switch (count) {
                case 4: pool_few(a, taps, 4, image, output, type, kind); break;
                case 6: pool_few(a, taps, 6, image, output, type, kind); break;
                case 9: pool_few(a, taps, 9, image, output, type, kind); break;
                default: pool_many(a, y, x, rows, columns, image, output, type, kind);
            }
        }
    }
}

/// The windows that have a tap on a row or column of the image, `index`, counted from the padding's corner.
NN_INLINE span windows_over(int64_t index, int64_t kernel, int64_t stride, int64_t dilation, int64_t outputs) {
    const int64_t over = index - (kernel - 1) * dilation;
    int64_t first = over <= 0 ? 0 : (over + stride - 1) / stride, last = index / stride, step = 1;
    if (last >= outputs) last = outputs - 1;
    if (dilation > 1) {
        // Taps lie on every dilation-th pixel: the windows that have one there are as far apart from each other.
        for (int64_t rest = stride % dilation; rest != 0; rest = (rest + stride) % dilation) step++;
        const int64_t end = first + step < last + 1 ? first + step : last + 1;
        while (first < end && (index - first * stride) % dilation != 0) first++;
        if (first == end) last = first - 1;
    }
    return (span){first, step, first <= last ? (last - first) / step + 1 : 0};
}

/// The output pixel (i, j), and what was noted there if its maximum is the pixel (y, x), which is counted
/// from the padding's corner; `index` is its number in the image.
NN_INLINE tap window_over(const nn_window *w, int64_t i, int64_t j, int64_t y, int64_t x, int64_t index,
                          const int kind) {
    int64_t down = y - i * w->stride_height, across = x - j * w->stride_width, position = index;
    if (kind == NN_TAP) {
        if (w->dilation_height > 1) down /= w->dilation_height;
        if (w->dilation_width > 1) across /= w->dilation_width;
        position = down * w->kernel_width + across;
    }
    return (tap){i * w->output_width + j, (int32_t)position};
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
NN_INLINE void collect_many(const arguments *a, int64_t y, int64_t x, int64_t index, span rows, span columns,
                            int64_t image, int64_t input, const int type, const int kind) {
    const int64_t channels = a->window->channels;
    for (int64_t begin = 0; begin < channels; begin += BLOCK) {
        const int64_t length = channels - begin < BLOCK ? channels - begin : BLOCK;
        float sums[BLOCK] = {0};
        double totals[BLOCK] = {0};
        int64_t terms = 0;
        for (int64_t i = 0; i < rows.count; i++)
            for (int64_t j = 0; j < columns.count; j++) {
                const tap tap = window_over(a->window, rows.first + i * rows.step, columns.first + j * columns.step,
                                            y, x, index, kind);
                const int64_t output = image + tap.pixel * channels + begin;
                const void *from = nn_at(a->from, output, type), *positions = positions_at(a, output, kind);
                for (int64_t c = 0; c < length; c++) {
                    const float value = nn_load(from, c, type);
                    sums[c] += read_position(positions, c, kind) == tap.position ? value : 0;
                }
                if (++terms % NN_TERMS == 0) nn_flush(totals, sums, length);
            }
        for (int64_t c = 0; c < length; c++)
            nn_store(a->to, input + begin + c, (float)(totals[c] + (double)sums[c]), type);
    }
}

/// Input rows [begin, end) of all images. Each pixel collects from the windows over it, so that no
/// two threads write to the same place and the order of a sum is fixed.
NN_INLINE void collect_rows(const arguments *a, int64_t begin, int64_t end, const int type, const int kind) {
    const nn_window *w = a->window;
    for (int64_t item = begin; item < end; item++) {
        const int64_t image = item / w->height * w->output_height * w->output_width * w->channels;
        const int64_t row = item % w->height, y = row + w->padding_top;
        const span rows =
            windows_over(y, w->kernel_height, w->stride_height, w->dilation_height, w->output_height);
        for (int64_t column = 0; column < w->width; column++) {
            const int64_t index = row * w->width + column, x = column + w->padding_left;
            const int64_t input = (item * w->width + column) * w->channels;
            const span columns =
                windows_over(x, w->kernel_width, w->stride_width, w->dilation_width, w->output_width);
            const int64_t count = rows.count * columns.count;
            tap taps[FEW];
            if (count <= FEW)
                for (int64_t i = 0, n = 0; i < rows.count; i++)
                    for (int64_t j = 0; j < columns.count; j++)
                        taps[n++] = window_over(w, rows.first + i * rows.step, columns.first + j * columns.step, y, x,
                                                index, kind);
            // The counts of 2x2 windows with stride 2 and of 3x3 ones.
            switch (count) {
                case 1: collect_few(a, taps, 1, image, input, type, kind); break;
                case 2: collect_few(a, taps, 2, image, input, type, kind); break;
                case 4: collect_few(a, taps, 4, image, input, type, kind); break;
                default: collect_many(a, y, x, index, rows, columns, image, input, type, kind);
            }
        }
    }
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
