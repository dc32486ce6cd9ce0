#include "nn_threads.h"
#include "winograd.h"

/// The output channels of a rectangle are whole panels with any instructions.
enum { WIDEST_PANEL = 32 };

/// Rectangles of input and output channels whose sums fit into a cache: each is one thread's, which transforms more
/// than its share but waits for nothing and reads nothing that another one has written.
static void divide_channels(nn_winograd_sums *p, int64_t channels, int64_t out_channels) {
    // Cycles for each tile, as measured.
    double transform = 0.28 * (double)p->points, product = (double)p->points / 32, best = 0;
    for (int64_t parts = 1; parts <= channels / BLOCK; parts++)
        for (int64_t out_parts = 1; out_parts <= out_channels / WIDEST_PANEL; out_parts++) {
            int64_t c = round_up(divide_up(channels, parts), BLOCK);
            int64_t o = round_up(divide_up(out_channels, out_parts), WIDEST_PANEL);
            if (c * o * p->points * 4 > 4 << 20 && (c > BLOCK || o > WIDEST_PANEL)) continue;
            int64_t rectangles = divide_up(channels, c) * divide_up(out_channels, o);
            double cost = transform * (double)(c + o) + product * (double)(c * o);
            cost *= (double)divide_up(rectangles, p->threads);
            if (best > 0 && cost >= best) continue;
            best = cost;
            p->channels = c;
            p->out_channels = o;
        }
}

nn_winograd_sums nn_winograd_plan_sums(nn_winograd_shape s, int tile, int isa, int threads) {
    nn_winograd_sums p = {.shape = s, .isa = isa, .tile = tile, .threads = threads, .parts = 1};
    p.points = (tile + 2) * (tile + 2);
    p.tile_rows = divide_up(s.out_height, tile);
    p.tile_columns = divide_up(s.out_width, tile);
    p.tiles = s.images * p.tile_rows * p.tile_columns;
    // The order of summation must depend on nothing but the shape, neither on threads nor on instructions: a block of
    // tiles is added up in registers, then added to the sums.
    int64_t channels = round_up(s.channels, BLOCK), out_channels = round_up(s.out_channels, WIDEST_PANEL);
    int64_t fit = (1 << 20) / (p.points * (channels + out_channels) * 3) / 16 * 16;
    p.block = fit < 32 ? 32 : least(fit, 256);
    p.block = divide_up(p.tiles, divide_up(p.tiles, p.block));
    // Few channels cannot be divided: the tiles are, into as many parts for any number of threads.
    p.channels = channels;
    p.out_channels = out_channels;
    if (channels * out_channels <= 2048 && p.tiles >= 64) p.parts = 16;
    else divide_channels(&p, channels, out_channels);
    p.image_stride = spread(p.block * p.channels);
    p.gradient_stride = spread(p.block * p.out_channels);
    p.sum_stride = spread(p.channels * p.out_channels);
    // Sums of all parts, or of one rectangle for each thread.
    int64_t sums = p.parts > 1 ? p.parts : threads;
    p.work_size = p.points * (sums * p.sum_stride + threads * (p.image_stride + p.gradient_stride));
    return p;
}

typedef struct {
    const nn_winograd_sums *plan;
    const winograd_kernels *kernels;
    const void *input, *output_gradient;
    float *weight_gradient, *work;
} gradient_call;

/// Input and output channels from c and o on.
typedef struct {
    int64_t c, channels, o, out_channels;
} rectangle;

/// Sums number `index`.
static float *sums_of(const gradient_call *call, int64_t index) {
    return call->work + index * call->plan->points * call->plan->sum_stride;
}

/// Adds up tiles first ..< last in a rectangle, with a thread's memory for transformed tiles.
static void add_up(const gradient_call *call, rectangle r, int64_t first, int64_t last, int64_t thread, float *sums) {
    const nn_winograd_sums *p = call->plan;
    const nn_winograd_shape *s = &p->shape;
    const winograd_kernels *k = call->kernels;
    int64_t values = p->points * (p->image_stride + p->gradient_stride), all = p->parts > 1 ? p->parts : p->threads;
    float *images = sums_of(call, all) + thread * values, *gradients = images + p->points * p->image_stride;
    tiled_images x = {call->input,  s->is_bfloat16,  s->height, s->width, s->channels,
                      p->tile_rows, p->tile_columns, s->top,    s->left};
    tiled_images dy = {call->output_gradient, s->is_bfloat16, s->out_height, s->out_width, s->out_channels,
                       p->tile_rows, p->tile_columns, 0, 0};
    for (int64_t tile = first; tile < last; tile += p->block) {
        int64_t count = least(p->block, last - tile);
        tile_range range = {tile, 0, count, r.c / BLOCK, divide_up(r.c + r.channels, BLOCK)};
        k->transform_images(p->tile, &x, range, &(transformed_tiles){images, p->image_stride, p->block});
        range.from = r.o / BLOCK;
        range.to = divide_up(r.o + r.out_channels, BLOCK);
        k->transform_gradients(p->tile, &dy, range, &(transformed_tiles){gradients, p->gradient_stride, p->block});
        for (int64_t point = 0; point < p->points; point++)
            for (int64_t o = 0; o < r.out_channels; o += k->panel) {
                // A panel begins in a block of 16 channels, and in the middle of one with short vectors.
                const float *d = gradients + point * p->gradient_stride + o / BLOCK * p->block * BLOCK + o % BLOCK;
                k->accumulate(images + point * p->image_stride, d, p->block, count, r.channels, r.out_channels - o,
                              sums + point * p->sum_stride + o * p->channels, tile == first);
            }
    }
}

/// Transforms blocks of panels first ..< last of a rectangle's sums to gradients.
static void transform_back(const gradient_call *call, rectangle r, int64_t first, int64_t last, const float *sums) {
    const nn_winograd_sums *p = call->plan;
    int64_t blocks = divide_up(r.channels, BLOCK), panel = call->kernels->panel, inputs = p->shape.channels;
    for (int64_t i = first; i < last; i++) {
        int64_t o = i / blocks * panel, c = i % blocks * BLOCK;
        call->kernels->finish(p, sums + o * p->channels + c * panel, least(BLOCK, r.channels - c), r.out_channels - o,
                              inputs, call->weight_gradient + ((r.o + o) * inputs + r.c + c) * 9);
    }
}

static int64_t block_count(const gradient_call *call, rectangle r) {
    return divide_up(r.out_channels, call->kernels->panel) * divide_up(r.channels, BLOCK);
}

static void rectangles_of_threads(void *context, int64_t begin, int64_t end) {
    const gradient_call *call = context;
    const nn_winograd_sums *p = call->plan;
    int64_t columns = divide_up(p->shape.channels, p->channels);
    int64_t count = columns * divide_up(p->shape.out_channels, p->out_channels);
    for (int64_t thread = begin; thread < end; thread++)
        for (int64_t i = thread; i < count; i += p->threads) {
            rectangle r = {.c = i % columns * p->channels, .o = i / columns * p->out_channels};
            r.channels = least(p->channels, p->shape.channels - r.c);
            r.out_channels = least(p->out_channels, p->shape.out_channels - r.o);
            add_up(call, r, 0, p->tiles, thread, sums_of(call, thread));
            transform_back(call, r, 0, block_count(call, r), sums_of(call, thread));
        }
}

static rectangle all_channels(const nn_winograd_sums *p) {
    return (rectangle){0, p->shape.channels, 0, p->shape.out_channels};
}

static void parts_of_threads(void *context, int64_t begin, int64_t end) {
    const gradient_call *call = context;
    const nn_winograd_sums *p = call->plan;
    for (int64_t thread = begin; thread < end; thread++)
        for (int64_t part = thread; part < p->parts; part += p->threads) {
            int64_t first, last;
            split(p->tiles, part, p->parts, &first, &last);
            add_up(call, all_channels(p), first, last, thread, sums_of(call, part));
        }
}

/// Adds the sums of all parts in order.
static void add_parts(void *context, int64_t begin, int64_t end) {
    const gradient_call *call = context;
    float *total = sums_of(call, 0);
    for (int64_t part = 1; part < call->plan->parts; part++) {
        const float *sums = sums_of(call, part);
        for (int64_t i = begin; i < end; i++) total[i] += sums[i];
    }
}

static void transform_back_parts(void *context, int64_t begin, int64_t end) {
    const gradient_call *call = context;
    transform_back(call, all_channels(call->plan), begin, end, sums_of(call, 0));
}

void nn_winograd_weight_gradient(const nn_winograd_sums *plan, const void *input, const void *output_gradient,
                                 float *weight_gradient, float *work) {
    gradient_call call = {plan, winograd_kernels_of(plan->isa), input, output_gradient, weight_gradient, work};
    if (plan->parts == 1) {
        nn_parallel_for(plan->threads, 1, &call, rectangles_of_threads);
        return;
    }
    nn_parallel_for(plan->threads, 1, &call, parts_of_threads);
    nn_parallel_for(plan->points * plan->sum_stride, 4096, &call, add_parts);
    nn_parallel_for(block_count(&call, all_channels(plan)), 4, &call, transform_back_parts);
}
