#include "nn_depthwise.h"

#include "nn_math.h"

/// Depthwise convolution, and its gradient by the input, which is one too: for a stride of s, one for each remainder of
/// the pixel's position by s, of the weights that meet it.

typedef struct {
    const nn_filter *window;
    const nn_convolution_epilogue *epilogue;
    const char *input;
    const float *weight;
    char *output;
    /// Rows and columns, for each remainder of the result by `phases`.
    nn_axis *rows, *columns;
    int64_t row_phases, column_phases;
    /// The results and pixels of one image.
    int64_t output_height, output_width, height, width;
    /// Rows that share pixels are this many apart.
    int64_t row_turns;
    int64_t slab, slabs;
} job;

// A function for each activation, so that its loop vectorizes.
#define ACTIVATE(NAME, CODE)                                                             \
    NN_CLONES static void activate_##NAME(float *values, int64_t count, float slope) {   \
        for (int64_t i = 0; i < count; i++) values[i] = nn_activate(CODE, slope, values[i]); \
    }
NN_FOR_EACH_ACTIVATION(ACTIVATE)

#define ACTIVATION(NAME, CODE) [CODE] = activate_##NAME,
static void (*const activations[])(float *, int64_t, float) = {NN_FOR_EACH_ACTIVATION(ACTIVATION)};

/// The weights of some channels as [unit][tap][channel of the unit], those of bfloat16 as its pairs are split.
static void pack(const float *from, int64_t taps, int64_t tap_pitch, int64_t channels, int64_t units, int64_t unit,
                 int is_bfloat16, float *to) {
    for (int64_t u = 0; u < units; u++)
        for (int64_t t = 0; t < taps; t++) {
            const float *at = from + t * tap_pitch + nn_unit_begin(u, channels, unit);
            if (is_bfloat16)
                for (int64_t i = 0; i < unit; i += 2, at += 2) {
                    to[i / 2] = at[0];
                    to[unit / 2 + i / 2] = at[1];
                }
            else
                memcpy(to, at, (size_t)unit * sizeof(float));
            to += unit;
        }
}

static void lines(void *context, int64_t begin, int64_t end) {
    const job *j = context;
    const nn_filter *w = j->window;
    const int64_t area = w->kernel_height * w->kernel_width, size = w->is_bfloat16 ? 2 : 4, pixel = w->channels * size;
    const nn_depthwise_loops *loops = nn_choose_depthwise_loops(nn_least(j->slab, w->channels), w->is_bfloat16);
    const int64_t unit = loops->lanes * (w->is_bfloat16 ? 2 : 1), widest = 2 * j->slab + unit;
    int64_t pitch = 0;
    for (int64_t p = 0; p < j->column_phases; p++) {
        int64_t count = nn_column_count(&j->columns[p], nn_turns(&j->columns[p]));
        if (count > pitch) pitch = count;
    }
    float *packed = nn_scratch((area + 2) * widest, sizeof(float));
    float *bias = packed + area * widest, *zeros = bias + widest;
    memset(zeros, 0, (size_t)widest * sizeof(float));
    const char **columns = nn_scratch(w->kernel_height * (pitch + 1), sizeof(char *));
    const float **weights = (const float **)(columns + w->kernel_height * pitch);
    for (int64_t item = begin, known = -1; item < end; item++) {
        const int64_t slab = item / j->output_height % j->slabs, first = slab * j->slab;
        const int64_t image = item / j->output_height / j->slabs;
        const int64_t y = nn_in_turn(item % j->output_height, j->output_height, j->row_turns);
        nn_line l = {.is_bfloat16 = w->is_bfloat16, .pitch = pitch, .unit_pitch = area * unit};
        l.channels = slab == j->slabs - 1 ? w->channels - first : j->slab;
        l.units = nn_units(l.channels, unit);
        const nn_convolution_epilogue *e = j->epilogue;
        if (slab != known) {
            known = slab;
            pack(j->weight + first, area, w->channels, l.channels, l.units, unit, w->is_bfloat16, packed);
            if (e && e->bias) pack(e->bias + first, 1, 0, l.channels, l.units, unit, w->is_bfloat16, bias);
        }
        if (e) {
            l.bias = e->bias ? bias : NULL;
            l.activate = e->activation == NN_IDENTITY ? NULL : activations[e->activation];
            l.slope = e->slope;
        }
        const nn_axis *row = &j->rows[y % j->row_phases];
        for (int64_t p = 0; p < j->column_phases; p++) {
            const nn_axis *column = &j->columns[p];
            const int64_t turns = nn_turns(column);
            l.taps = column->taps;
            l.step = column->stride * turns / column->dilation;
            l.tap_pitch = column->tap_step * unit;
            l.output_pitch = turns * column->step * pixel;
            l.columns = columns;
            l.weights = (float *const *)weights;
            for (int64_t turn = 0; turn < nn_least(turns, column->count); turn++) {
                l.count = (column->count - turn + turns - 1) / turns;
                l.rows = 0;
                for (int64_t t = 0; t < row->taps && column->taps > 0; t++) {
                    const int64_t from = row->offset + y / j->row_phases * row->stride + t * row->dilation;
                    if (from < 0 || from >= row->length) continue;
                    const int64_t tap = (row->first_tap + t * row->tap_step) * w->kernel_width + column->first_tap;
                    weights[l.rows] = packed + tap * unit;
                    const char *at = j->input + ((image * j->height + from) * j->width * w->channels + first) * size;
                    nn_find_columns(column, turn, pitch, at, pixel, (const char *)zeros,
                                    columns + l.rows++ * pitch);
                }
                const int64_t x = column->first + turn * column->step;
                const int64_t to = ((image * j->output_height + y) * j->output_width + x) * pixel + first * size;
                l.output = j->output + to;
                if (e && e->residual) l.residual = (const char *)e->residual + to;
                loops->forward(&l);
            }
        }
    }
    nn_free(columns);
    nn_free(packed);
}

static void run(job *j, int64_t images) {
    const nn_filter *w = j->window;
    j->slab = nn_slab(w, j->width);
    j->slabs = w->channels < j->slab ? 1 : w->channels / j->slab;
    const int64_t rows = images * j->slabs * j->output_height;
    nn_parallel_for(rows, nn_rows_per_part(j->output_width * nn_least(j->slab, w->channels)), j, lines);
}

void nn_depthwise_forward(const nn_filter *window, const void *input, int64_t images, const float *weight,
                          const nn_convolution_epilogue *epilogue, void *output) {
    const nn_filter *w = window;
    nn_axis rows = nn_convolution_axis(w->output_height, w->height, w->kernel_height, w->stride_height,
                                       w->dilation_height, w->padding_top);
    nn_axis columns = nn_convolution_axis(w->output_width, w->width, w->kernel_width, w->stride_width,
                                          w->dilation_width, w->padding_left);
    job j = {.window = w, .epilogue = epilogue, .input = input, .weight = weight, .output = output, .rows = &rows,
             .columns = &columns, .row_phases = 1, .column_phases = 1, .output_height = w->output_height,
             .output_width = w->output_width, .height = w->height, .width = w->width, .row_turns = nn_turns(&rows)};
    run(&j, images);
}

void nn_depthwise_backward_input(const nn_filter *window, const void *gradient, int64_t images, const float *weight,
                                 void *output) {
    const nn_filter *w = window;
    const int64_t row_phases = nn_least(w->stride_height, w->height);
    const int64_t column_phases = nn_least(w->stride_width, w->width);
    nn_axis *rows = nn_scratch(row_phases + column_phases, sizeof(nn_axis)), *columns = rows + row_phases;
    for (int64_t r = 0; r < row_phases; r++)
        rows[r] = nn_transposed_axis(r, w->height, w->output_height, w->kernel_height, w->stride_height, w->dilation_height,
                             w->padding_top);
    for (int64_t r = 0; r < column_phases; r++)
        columns[r] = nn_transposed_axis(r, w->width, w->output_width, w->kernel_width, w->stride_width, w->dilation_width,
                                w->padding_left);
    job j = {.window = w, .input = gradient, .weight = weight, .output = output, .rows = rows, .columns = columns,
             .row_phases = row_phases, .column_phases = column_phases, .output_height = w->height,
             .output_width = w->width, .height = w->output_height, .width = w->output_width,
             .row_turns = w->kernel_height > 1 ? w->dilation_height : 1};
    run(&j, images);
    nn_free(rows);
}
