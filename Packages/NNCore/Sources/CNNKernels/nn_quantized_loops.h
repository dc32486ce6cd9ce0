/// Quantized convolutions for one set of instructions. A file for each defines, and then includes this one:
///   LOOPS    the name of the table of functions
///   LANES    sums of 32 bits in a vector
///   ROWS     pixels of an innermost product, two vectors of outputs each: as many as registers can hold
///   DEPTH    channels that one instruction multiplies and adds up for each sum
///   ELEMENT  the type of a channel of the images, DEPTH of which have 32 bits
///   WEIGHT   the type of a weight
///   dot      (sums, images, weights): adds the DEPTH products of each lane to its sum
///
/// No windows are laid in rows: some rows of the image are widened to ELEMENT and padded once, and then all windows lie
/// at the same distances from their first pixels (as the indirect convolutions of Dukhan 2019). Each strip of rows stays
/// in the cache of its core while all filters pass over it.
#include "nn_quantized.h"

#include "include/nn_cores.h"

#define UNROLL _Pragma("clang loop unroll(full)")

typedef int32_t vec __attribute__((vector_size(4 * LANES)));
typedef int32_t vec_memory __attribute__((vector_size(4 * LANES), aligned(1), may_alias));

enum { PANEL = 2 * LANES, BLOCK = 256, DEPTHWISE_BLOCK = 32 };

typedef struct {
    const nn_quantized_window *window;
    const uint8_t *images;
    int32_t zero_point;
    const WEIGHT *weight;
    const nn_quantized_epilogue *epilogue;
    void *output;
    /// Where sums start, and factors of `period` outputs, a multiple of all.
    const int32_t *start;
    const float *factors;
    int64_t period;
    /// Output rows at once, and parts of an image.
    int64_t strip_rows, strips;
    /// Elements of a pixel and pixels of a row of a strip.
    int64_t pixel, row;
    /// The distance of each tap from the first.
    const int64_t *taps;
} job;

static int64_t group_channels(const nn_quantized_window *w) { return w->channels / w->groups; }
static int64_t tap_count(const nn_quantized_window *w) { return w->kernel_height * w->kernel_width; }

/// The channels of a group, filled up so that instructions take them whole.
static int64_t padded_channels(const nn_quantized_window *w) {
    return (group_channels(w) + DEPTH - 1) / DEPTH * DEPTH;
}

/// The weights of a group of filters.
static int64_t group_size(const nn_quantized_window *w) {
    int64_t vectors = (w->outputs / w->groups + LANES - 1) / LANES;
    return vectors * LANES * padded_channels(w) * tap_count(w);
}

/// The bytes of the sums of weights before the weights.
static int64_t header_size(const nn_quantized_window *w) { return (w->outputs * 4 + 63) / 64 * 64; }

static int64_t packed_size(const nn_quantized_window *w) {
    int64_t count = nn_quantized_is_depthwise(w) ? tap_count(w) * w->channels : w->groups * group_size(w);
    return header_size(w) + count * (int64_t)sizeof(WEIGHT);
}

/// [group][panel of outputs][tap][channels / DEPTH][output of the panel][DEPTH], or [tap][channel] for depthwise ones.
static void pack(const nn_quantized_window *w, const uint8_t *weight, void *packed) {
    int64_t taps = tap_count(w), channels = group_channels(w), outputs = w->outputs / w->groups;
    int32_t *sums = packed;
    for (int64_t o = 0; o < w->outputs; o++) {
        sums[o] = 0;
        for (int64_t i = 0; i < channels * taps; i++) sums[o] += (int32_t)weight[o * channels * taps + i] - 128;
    }
    WEIGHT *to = (WEIGHT *)((char *)packed + header_size(w));
    if (nn_quantized_is_depthwise(w)) {
        for (int64_t t = 0; t < taps; t++) {
            for (int64_t c = 0; c < w->channels; c++) *to++ = (WEIGHT)((int32_t)weight[c * taps + t] - 128);
        }
        return;
    }
    for (int64_t g = 0; g < w->groups; g++) {
        for (int64_t panel = 0; panel < outputs; panel += PANEL) {
            int64_t lanes = outputs - panel > LANES ? PANEL : LANES;
            for (int64_t t = 0; t < taps; t++) {
                for (int64_t c = 0; c < padded_channels(w); c += DEPTH) {
                    for (int64_t o = panel; o < panel + lanes; o++) {
                        const uint8_t *filter = weight + (g * outputs + o) * channels * taps;
                        for (int64_t d = c; d < c + DEPTH; d++) {
                            int isThere = o < outputs && d < channels;
                            *to++ = isThere ? (WEIGHT)((int32_t)filter[d * taps + t] - 128) : 0;
                        }
                    }
                }
            }
        }
    }
}

static void fill(ELEMENT *to, int64_t count, int32_t value) {
    for (int64_t i = 0; i < count; i++) to[i] = (ELEMENT)value;
}

/// Widens some pixels of a row.
static void widen(const job *j, const uint8_t *restrict from, int64_t pixels, ELEMENT *restrict to) {
    const nn_quantized_window *w = j->window;
    if (j->pixel == w->channels) {
        for (int64_t i = 0; i < pixels * w->channels; i++) to[i] = (ELEMENT)from[i];
        return;
    }
    int64_t channels = group_channels(w), padded = padded_channels(w);
    for (int64_t i = 0; i < pixels * w->groups; i++, from += channels, to += padded) {
        for (int64_t c = 0; c < channels; c++) to[c] = (ELEMENT)from[c];
        // Filters have zeros here, but memory that was never written is not read.
        for (int64_t c = channels; c < padded; c++) to[c] = 0;
    }
}

/// Widens and pads what the windows of some output rows see.
static void fill_strip(const job *j, int64_t image, int64_t first, int64_t rows, ELEMENT *strip) {
    const nn_quantized_window *w = j->window;
    int64_t length = j->row * j->pixel;
    int64_t top = first * w->stride_height - w->padding_top;
    int64_t left = w->padding_left < j->row ? w->padding_left : j->row;
    int64_t inside = j->row - left < w->width ? j->row - left : w->width;
    for (int64_t y = 0; y < rows; y++, strip += length) {
        int64_t row = top + y;
        if (row < 0 || row >= w->height) {
            fill(strip, length, j->zero_point);
            continue;
        }
        const uint8_t *from = j->images + (image * w->height + row) * w->width * w->channels;
        fill(strip, left * j->pixel, j->zero_point);
        widen(j, from, inside, strip + left * j->pixel);
        fill(strip + (left + inside) * j->pixel, length - (left + inside) * j->pixel, j->zero_point);
    }
}

NN_INLINE vec load(const void *p) { return *(const vec_memory *)p; }

NN_INLINE vec splat(const ELEMENT *p) {
    int32_t bits;
    memcpy(&bits, p, 4);
    return bits - (vec){0};
}

/// The sums of ROWS pixels by one or two vectors of outputs.
NN_INLINE void multiply(const ELEMENT *const *pixels, const job *j, int64_t taps, int64_t steps, const WEIGHT *weight,
                        int vectors, vec result[ROWS][2]) {
    // Apart from the result, so that they stay in registers.
    vec sums[ROWS][2] = {0};
    for (int64_t t = 0; t < taps; t++) {
        const ELEMENT *x[ROWS];
        for (int r = 0; r < ROWS; r++) x[r] = pixels[r] + j->taps[t];
        for (int64_t c = 0; c < steps; c++, weight += vectors * LANES * DEPTH) {
            vec first = load(weight), second = vectors == 2 ? load(weight + LANES * DEPTH) : (vec){0};
            UNROLL for (int r = 0; r < ROWS; r++) {
                vec image = splat(x[r] + c * DEPTH);
                sums[r][0] = dot(sums[r][0], image, first);
                if (vectors == 2) sums[r][1] = dot(sums[r][1], image, second);
            }
        }
    }
    UNROLL for (int r = 0; r < ROWS; r++) {
        result[r][0] = sums[r][0];
        result[r][1] = sums[r][1];
    }
}

NN_INLINE void store(int32_t *to, const int32_t *start, vec sum, int64_t count) {
    if (count >= LANES) {
        *(vec_memory *)to = sum + load(start);
        return;
    }
    int32_t lanes[LANES];
    memcpy(lanes, &sum, sizeof(lanes));
    for (int64_t i = 0; i < count; i++) to[i] = (int32_t)((uint32_t)lanes[i] + (uint32_t)start[i]);
}

/// The sums of all pixels of a strip by a panel of filters.
NN_INLINE void multiply_panel(const job *j, const ELEMENT *strip, int64_t pixels, int64_t first, int64_t count,
                              const WEIGHT *weight, int vectors, int32_t *to) {
    const nn_quantized_window *w = j->window;
    int64_t taps = tap_count(w), steps = padded_channels(w) / DEPTH;
    const int32_t *start = j->start + first;
    for (int64_t pixel = 0; pixel < pixels; pixel += ROWS) {
        const ELEMENT *x[ROWS];
        for (int64_t r = 0; r < ROWS; r++) {
            // Rows that are missing repeat the last one.
            int64_t p = pixel + r < pixels ? pixel + r : pixels - 1;
            int64_t y = p / w->output_width * w->stride_height, column = p % w->output_width * w->stride_width;
            x[r] = strip + (y * j->row + column) * j->pixel;
        }
        vec sums[ROWS][2];
        multiply(x, j, taps, steps, weight, vectors, sums);
        int64_t rows = pixels - pixel < ROWS ? pixels - pixel : ROWS;
        for (int64_t r = 0; r < rows; r++) {
            int32_t *target = to + (pixel + r) * w->outputs + first;
            store(target, start, sums[r][0], count);
            if (vectors == 2) store(target + LANES, start + LANES, sums[r][1], count - LANES);
        }
    }
}

static void multiply_groups(const job *j, const ELEMENT *strip, int64_t pixels, int32_t *sums) {
    const nn_quantized_window *w = j->window;
    int64_t outputs = w->outputs / w->groups, panel_size = PANEL * padded_channels(w) * tap_count(w);
    for (int64_t g = 0; g < w->groups; g++) {
        const WEIGHT *weight = j->weight + g * group_size(w);
        const ELEMENT *channels = strip + g * padded_channels(w);
        for (int64_t o = 0; o < outputs; o += PANEL, weight += panel_size) {
            int64_t count = outputs - o < PANEL ? outputs - o : PANEL, first = g * outputs + o;
            if (count > LANES) multiply_panel(j, channels, pixels, first, count, weight, 2, sums);
            else multiply_panel(j, channels, pixels, first, count, weight, 1, sums);
        }
    }
}

NN_INLINE void multiply_channels(const job *j, const ELEMENT *restrict x, const WEIGHT *restrict weight, int64_t taps,
                                 int64_t channels, int64_t count, const int32_t *start, int32_t *restrict to) {
    int32_t sums[DEPTHWISE_BLOCK] = {0};
    for (int64_t t = 0; t < taps; t++) {
        const ELEMENT *image = x + j->taps[t];
        const WEIGHT *factors = weight + t * channels;
        // 255 * 127 has 16 bits, whose products are faster than those of 32.
        for (int64_t i = 0; i < count; i++) sums[i] += (int16_t)((int16_t)image[i] * (int16_t)factors[i]);
    }
    for (int64_t i = 0; i < count; i++) to[i] = (int32_t)((uint32_t)sums[i] + (uint32_t)start[i]);
}

static void multiply_depthwise(const job *j, const ELEMENT *strip, int64_t pixels, int32_t *sums) {
    const nn_quantized_window *w = j->window;
    int64_t taps = tap_count(w), channels = w->channels;
    for (int64_t p = 0; p < pixels; p++, sums += channels) {
        int64_t y = p / w->output_width * w->stride_height, column = p % w->output_width * w->stride_width;
        const ELEMENT *x = strip + (y * j->row + column) * j->pixel;
        int64_t c = 0;
        for (; c + DEPTHWISE_BLOCK <= channels; c += DEPTHWISE_BLOCK) {
            multiply_channels(j, x + c, j->weight + c, taps, channels, DEPTHWISE_BLOCK, j->start + c, sums + c);
        }
        if (c < channels) {
            multiply_channels(j, x + c, j->weight + c, taps, channels, channels - c, j->start + c, sums + c);
        }
    }
}

#define ACTIVATE(CODE) \
    case CODE: \
        for (int64_t i = 0; i < count; i++) values[i] = nn_activate(CODE, e->slope, values[i]); \
        break;

/// Up to BLOCK outputs from `index` on.
static void finish_block(const nn_quantized_epilogue *e, const int32_t *restrict sums, const float *restrict factors,
                         int64_t index, int64_t count, void *output) {
    float values[BLOCK];
    for (int64_t i = 0; i < count; i++) values[i] = (float)sums[i] * factors[i];
    if (e->residual) {
        const float *restrict residual = e->residual + index;
        for (int64_t i = 0; i < count; i++) values[i] += residual[i];
    }
    if (e->residual_bytes) {
        const uint8_t *restrict residual = e->residual_bytes + index;
        float scale = e->residual_affine.scale;
        int32_t zero_point = e->residual_affine.zero_point;
        for (int64_t i = 0; i < count; i++) values[i] += nn_quantized_float(residual[i], scale, zero_point);
    }
    switch (e->activation) {
        ACTIVATE(NN_RELU)
        ACTIVATE(NN_LEAKY_RELU)
        ACTIVATE(NN_MISH)
        ACTIVATE(NN_SILU)
        ACTIVATE(NN_GELU)
        ACTIVATE(NN_SIGMOID)
        ACTIVATE(NN_TANH)
        ACTIVATE(NN_SOFTPLUS)
        ACTIVATE(NN_HARD_SWISH)
        ACTIVATE(NN_RELU6)
        default: break;
    }
    if (e->quantizes) {
        uint8_t *restrict to = (uint8_t *)output + index;
        float inverse = 1.0f / e->output_affine.scale, zero_point = (float)e->output_affine.zero_point;
        for (int64_t i = 0; i < count; i++) to[i] = nn_quantized_byte(values[i], inverse, zero_point);
    } else {
        memcpy((float *)output + index, values, (size_t)count * sizeof(float));
    }
}

static void finish(const job *j, const int32_t *sums, int64_t first, int64_t count) {
    for (int64_t i = 0; i < count; i += j->period) {
        int64_t length = count - i < j->period ? count - i : j->period;
        for (int64_t k = 0; k < length; k += BLOCK) {
            int64_t block = length - k < BLOCK ? length - k : BLOCK;
            finish_block(j->epilogue, sums + i + k, j->factors + k, first + i + k, block, j->output);
        }
    }
}

/// The rows that the windows of `rows` output rows see.
static int64_t rows_seen(const nn_quantized_window *w, int64_t rows) {
    return (rows - 1) * w->stride_height + (w->kernel_height - 1) * w->dilation_height + 1;
}

static void convolve_strips(void *context, int64_t begin, int64_t end) {
    const job *j = context;
    const nn_quantized_window *w = j->window;
    int64_t row_outputs = w->output_width * w->outputs;
    ELEMENT *strip = nn_scratch(rows_seen(w, j->strip_rows) * j->row * j->pixel + DEPTH, sizeof(ELEMENT));
    int32_t *sums = nn_scratch(j->strip_rows * row_outputs, sizeof(int32_t));
    for (int64_t item = begin; item < end; item++) {
        int64_t image = item / j->strips, first = item % j->strips * j->strip_rows;
        int64_t rows = w->output_height - first < j->strip_rows ? w->output_height - first : j->strip_rows;
        fill_strip(j, image, first, rows_seen(w, rows), strip);
        if (nn_quantized_is_depthwise(w)) multiply_depthwise(j, strip, rows * w->output_width, sums);
        else multiply_groups(j, strip, rows * w->output_width, sums);
        finish(j, sums, (image * w->output_height + first) * row_outputs, rows * row_outputs);
    }
    nn_free(strip);
    nn_free(sums);
}

/// As many output rows at once as half of the core's cache holds, and few enough that each thread has some.
static void divide(job *j) {
    const nn_quantized_window *w = j->window;
    int64_t element = (int64_t)sizeof(ELEMENT), row = j->row * j->pixel * element;
    int64_t each = row * w->stride_height + w->output_width * w->outputs * 4;
    int64_t rows = (nn_core_cache_size() / 2 - row * (rows_seen(w, 1) - w->stride_height)) / each;
    int64_t threads = nn_thread_count(), shared = (w->images * w->output_height + threads - 1) / threads;
    if (rows > shared) rows = shared;
    if (rows > w->output_height) rows = w->output_height;
    if (rows < 1) rows = 1;
    j->strips = (w->output_height + rows - 1) / rows;
    j->strip_rows = (w->output_height + j->strips - 1) / j->strips;
    j->strips = (w->output_height + j->strip_rows - 1) / j->strip_rows;
}

static void convolve(const nn_quantized_window *w, const uint8_t *images, int32_t zero_point, const void *packed,
                     const nn_quantized_epilogue *epilogue, void *output) {
    if (w->images == 0 || w->output_height == 0) return;
    int64_t taps = tap_count(w), repeats = (64 + w->outputs - 1) / w->outputs;
    job j = {.window = w, .images = images, .zero_point = zero_point, .epilogue = epilogue, .output = output};
    j.weight = (const WEIGHT *)((const char *)packed + header_size(w));
    j.pixel = nn_quantized_is_depthwise(w) ? w->channels : w->groups * padded_channels(w);
    j.row = (w->output_width - 1) * w->stride_width + (w->kernel_width - 1) * w->dilation_width + 1;
    j.period = w->outputs * repeats;
    int64_t *distances = nn_scratch(taps, sizeof(int64_t));
    for (int64_t t = 0; t < taps; t++) {
        int64_t y = t / w->kernel_width * w->dilation_height, x = t % w->kernel_width * w->dilation_width;
        distances[t] = (y * j.row + x) * j.pixel;
    }
    // (q - zero point) * w, added up, is the sum of q * w less the zero point times that of w.
    int32_t *start = nn_scratch(w->outputs + PANEL, sizeof(int32_t));
    float *factors = nn_scratch(j.period, sizeof(float));
    for (int64_t o = 0; o < w->outputs; o++) {
        start[o] = (int32_t)((uint32_t)epilogue->bias[o] - (uint32_t)zero_point * ((const uint32_t *)packed)[o]);
    }
    for (int64_t i = 0; i < j.period; i++) factors[i] = epilogue->factors[i % w->outputs];
    j.taps = distances;
    j.start = start;
    j.factors = factors;
    divide(&j);
    int64_t products = j.strip_rows * w->output_width * w->outputs * group_channels(w) * taps;
    nn_parallel_for(w->images * j.strips, (1 << 17) / (products + 1) + 1, &j, convolve_strips);
    nn_free(distances);
    nn_free(start);
    nn_free(factors);
}

const nn_quantized_loops LOOPS = {packed_size, pack, convolve};
