#include "nn_depthwise.h"

#include "nn_parts.h"

/// The gradient of a depthwise convolution by its weights. The rows of all images are divided into parts by the sizes
/// alone, and the sums of the parts are added in order, so that they are the same for any number of threads.

typedef struct {
    const nn_filter *window;
    const char *input, *gradient;
    nn_axis rows, columns;
    int64_t output_rows, parts, slab, slabs;
    /// [part][tap][channel]
    double *partial;
    float *output;
} job;

/// How many pixels are summed in float before the sums of a filter move into doubles.
enum { FLOAT_TERMS = 2 * NN_TERMS };
/// The pixels of the gradient that make a part.
enum { LEAST_PIXELS = 256 };

/// What a thread works with.
typedef struct {
    const nn_depthwise_loops *loops;
    int64_t unit, pitch, padded;
    const char **columns, **gradients;
    float **rows, *zeros, *sums;
    double *totals;
} workplace;

/// Adds the products of one row of the gradient.
static void add_row(const job *j, const workplace *s, nn_line *l, int64_t row, int64_t first, int64_t *terms) {
    const nn_filter *w = j->window;
    const int64_t area = w->kernel_height * w->kernel_width, size = w->is_bfloat16 ? 2 : 4, pixel = w->channels * size;
    const int64_t image = row / w->output_height, turns = nn_turns(&j->columns);
    const int64_t y = nn_in_turn(row % w->output_height, w->output_height, nn_turns(&j->rows));
    const char *out = j->gradient + ((image * w->output_height + y) * w->output_width * w->channels + first) * size;
    for (int64_t turn = 0; turn < nn_least(turns, w->output_width); turn++) {
        const int64_t count = (w->output_width - turn + turns - 1) / turns;
        l->rows = 0;
        for (int64_t t = 0; t < w->kernel_height; t++) {
            const int64_t from = j->rows.offset + y * j->rows.stride + t * j->rows.dilation;
            if (from < 0 || from >= w->height) continue;
            s->rows[l->rows] = s->sums + t * w->kernel_width * s->unit;
            const char *at = j->input + ((image * w->height + from) * w->width * w->channels + first) * size;
            nn_find_columns(&j->columns, turn, s->pitch, at, pixel, (const char *)s->zeros,
                            s->columns + l->rows++ * s->pitch);
        }
        for (int64_t i = 0; i < s->padded; i++)
            s->gradients[i] = i < count ? out + (turn + i * turns) * pixel : (const char *)s->zeros;
        for (int64_t left = 0, right; left < count; left = right) {
            right = nn_least(left + FLOAT_TERMS - *terms, count);
            // Whole blocks, so that the next ones begin where the addresses do.
            if (right < count) right = left + (right - left) / NN_BLOCK * NN_BLOCK;
            if (right > left) {
                l->count = right - left;
                l->gradients = s->gradients + left;
                l->columns = s->columns + left * l->step;
                s->loops->backward(l);
                *terms += right - left;
            }
            if (right == count) break;
            s->loops->flush(s->totals, s->sums, l->units * area * s->unit);
            *terms = 0;
        }
    }
}

/// The sums of a part, [unit][tap][channel of the unit], as [tap][channel].
static void unpack(const double *from, int64_t taps, int64_t tap_pitch, int64_t channels, int64_t units, int64_t unit,
                   int is_bfloat16, double *to) {
    for (int64_t u = 0; u < units; u++)
        for (int64_t t = 0; t < taps; t++, from += unit) {
            double *at = to + t * tap_pitch + nn_unit_begin(u, channels, unit);
            if (is_bfloat16)
                for (int64_t i = 0; i < unit; i += 2, at += 2) {
                    at[0] = from[i / 2];
                    at[1] = from[unit / 2 + i / 2];
                }
            else
                memcpy(at, from, (size_t)unit * sizeof(double));
        }
}

static void parts(void *context, int64_t begin, int64_t end) {
    const job *j = context;
    const nn_filter *w = j->window;
    const int64_t area = w->kernel_height * w->kernel_width, turns = nn_turns(&j->columns);
    workplace s = {.loops = nn_choose_depthwise_loops(nn_least(j->slab, w->channels), w->is_bfloat16)};
    s.unit = s.loops->lanes * (w->is_bfloat16 ? 2 : 1);
    s.pitch = nn_column_count(&j->columns, turns);
    s.padded = nn_units((w->output_width + turns - 1) / turns, NN_BLOCK) * NN_BLOCK;
    const int64_t widest = 2 * j->slab + s.unit;
    s.totals = nn_scratch(area * widest, sizeof(double));
    s.sums = nn_scratch((area + 1) * widest, sizeof(float));
    s.zeros = s.sums + area * widest;
    memset(s.zeros, 0, (size_t)widest * sizeof(float));
    s.columns = nn_scratch(w->kernel_height * (s.pitch + 1) + s.padded, sizeof(char *));
    s.gradients = s.columns + w->kernel_height * s.pitch;
    s.rows = (float **)(s.gradients + s.padded);
    for (int64_t item = begin; item < end; item++) {
        const int64_t part = item / j->slabs, slab = item % j->slabs, first = slab * j->slab;
        nn_line l = {.is_bfloat16 = w->is_bfloat16, .taps = w->kernel_width, .pitch = s.pitch, .tap_pitch = s.unit};
        l.step = j->columns.stride * turns / j->columns.dilation;
        l.unit_pitch = area * s.unit;
        l.weights = s.rows;
        l.channels = slab == j->slabs - 1 ? w->channels - first : j->slab;
        l.units = nn_units(l.channels, s.unit);
        const int64_t count = l.units * area * s.unit;
        memset(s.sums, 0, (size_t)count * sizeof(float));
        memset(s.totals, 0, (size_t)count * sizeof(double));
        int64_t terms = 0;
        for (int64_t row = j->output_rows * part / j->parts; row < j->output_rows * (part + 1) / j->parts; row++)
            add_row(j, &s, &l, row, first, &terms);
        s.loops->flush(s.totals, s.sums, count);
        unpack(s.totals, area, w->channels, l.channels, l.units, s.unit, w->is_bfloat16,
               j->partial + part * area * w->channels + first);
    }
    nn_free(s.columns);
    nn_free(s.sums);
    nn_free(s.totals);
}

NN_CLONES static void add_parts(void *context, int64_t begin, int64_t end) {
    const job *j = context;
    const int64_t count = j->window->kernel_height * j->window->kernel_width * j->window->channels;
    for (int64_t part = 1; part < j->parts; part++)
        for (int64_t i = begin; i < end; i++) j->partial[i] += j->partial[part * count + i];
    for (int64_t i = begin; i < end; i++) j->output[i] = (float)j->partial[i];
}

void nn_depthwise_backward_weight(const nn_filter *window, const void *input, const void *gradient, int64_t images,
                                  float *output) {
    const nn_filter *w = window;
    job j = {.window = w, .input = input, .gradient = gradient, .output = output,
             .output_rows = images * w->output_height, .slab = nn_slab(w, w->width)};
    j.rows = nn_convolution_axis(w->output_height, w->height, w->kernel_height, w->stride_height, w->dilation_height,
                                 w->padding_top);
    j.columns = nn_convolution_axis(w->output_width, w->width, w->kernel_width, w->stride_width, w->dilation_width,
                                    w->padding_left);
    // As many pixels each that their products outweigh the addition of the parts; narrower slabs if these are few.
    const int64_t most = nn_least(NN_PARTS, j.output_rows * w->output_width / LEAST_PIXELS);
    const int64_t wanted = most < 1 ? NN_PARTS : NN_PARTS / most;
    while (j.slab > 64 && w->channels / j.slab < wanted) j.slab -= 64;
    j.slabs = w->channels < j.slab ? 1 : w->channels / j.slab;
    j.parts = nn_least((NN_PARTS + j.slabs - 1) / j.slabs, most);
    if (j.parts < 1) j.parts = 1;
    const int64_t count = w->kernel_height * w->kernel_width * w->channels;
    j.partial = nn_scratch(j.parts * count, sizeof(double));
    nn_parallel_for(j.parts * j.slabs, 1, &j, parts);
    nn_parallel_for(count, NN_GRAIN, &j, add_parts);
    nn_free(j.partial);
}
