/// The gradient by the weight: for each tap a product of the gradients of the outputs, [O][pixels], with the images,
/// [pixels][I], shifted by the tap.
///
/// A block of pixels is packed: gradients once, transposed, and images once for each tap, as pairs of neighbouring pixels.
/// Of 1024 pixels, 32x32 channels take 32 steps of four products, 2048 cycles with AMX; adding their sums to those of the
/// blocks before takes about 200 more, and keeps sums of many pixels accurate. Nothing of this was measured. A core
/// shuffles once in a cycle: 80 times for a tile that is transposed, a sixth of a cycle for each number; 16 times for the
/// others, for which loads and stores take longer, a twelfth. With a window of 3x3 and 64 channels on both sides packing
/// takes about as long as the products, with 256 a fifth of it.
#include "nn_threads.h"
#include "tiles.h"

static int64_t sides(int64_t channels) { return round_up(channels, SIDE); }

/// Numbers of all sums, [tap][O][I].
static int64_t sum_size(const nn_bf16_sums *p) {
    return p->taps * sides(p->shape.out_channels) * sides(p->shape.channels);
}

/// Numbers of a thread's packed gradients and images, of high and low parts.
static int64_t packed_size(const nn_bf16_sums *p) {
    return (sides(p->out_channels) + sides(p->channels)) * p->block * (p->is_float ? 2 : 1);
}

/// Boxes of channels and taps, for so many parts of the pixels, by which threads are done first. In cycles, see above.
static void divide_channels(nn_bf16_sums *p) {
    const int64_t channels = sides(p->shape.channels), out_channels = sides(p->shape.out_channels);
    double best = 0;
    for (int64_t o = 1; o <= most(out_channels / BLOCK, 1); o *= 2)
        for (int64_t i = 1; i <= most(channels / BLOCK, 1); i *= 2)
            for (int64_t t = 1; t <= p->taps; t++) {
                const int64_t height = round_up(divide_up(out_channels, o), BLOCK);
                const int64_t width = round_up(divide_up(channels, i), BLOCK), depth = divide_up(p->taps, t);
                const int64_t boxes = divide_up(out_channels, height) * divide_up(channels, width) *
                                      divide_up(p->taps, depth) * p->parts;
                double cost = (double)height / 6 + (double)(width * depth) / 12 +
                              (double)(height * width * depth) / 512;
                cost *= (double)divide_up(boxes, p->threads);
                if (best > 0 && cost >= best) continue;
                best = cost;
                p->out_channels = least(height, p->shape.out_channels);
                p->channels = least(width, p->shape.channels);
                p->box_taps = depth;
            }
}

nn_bf16_sums nn_bf16_plan_sums(nn_bf16_shape s, int is_float, int isa, int threads) {
    nn_bf16_sums p = {.isa = isa, .threads = threads, .is_float = is_float, .shape = s, .parts = 1};
    p.pixels = s.images * s.out_height * s.out_width;
    p.taps = s.rows * s.columns;
    // The order of summation depends on the shape alone. Blocks fit into a cache of 1 MiB with all channels, up to 512 on
    // each side; more channels are read from the cache behind it.
    const int64_t pixel = (sides(s.out_channels) + sides(s.channels)) * (is_float ? 4 : 2);
    p.block = most(256, least((1 << 20) / pixel, 1024)) / STEP * STEP;
    p.block = least(p.block, round_up(p.pixels, STEP));
    // Where channels are few, the pixels are divided, into as many parts for any number of threads.
    while (p.parts < 16 && p.parts * 2 * sum_size(&p) <= 2 << 20 && p.pixels >= p.parts * 4 * p.block) p.parts *= 2;
    divide_channels(&p);
    p.work_size = p.parts * sum_size(&p) * (int64_t)sizeof(float) + threads * packed_size(&p) * 2;
    return p;
}

typedef struct {
    const nn_bf16_sums *plan;
    const tile_kernels *kernels;
    operand gradients, images;
    float *sums, *result;
    nn_bf16 *packed;
} call;

/// Channels and taps of a box, and the part of the pixels.
typedef struct {
    int64_t o, height, i, width, tap, taps, part;
} box;

static box box_at(const nn_bf16_sums *p, int64_t index) {
    const nn_bf16_shape *s = &p->shape;
    const int64_t rows = divide_up(s->out_channels, p->out_channels), columns = divide_up(s->channels, p->channels);
    box b = {.o = index % rows * p->out_channels, .i = index / rows % columns * p->channels};
    index /= rows * columns;
    const int64_t depth = divide_up(p->taps, p->box_taps);
    b.tap = index % depth * p->box_taps;
    b.part = index / depth;
    b.height = least(p->out_channels, s->out_channels - b.o);
    b.width = least(p->channels, s->channels - b.i);
    b.taps = least(p->box_taps, p->taps - b.tap);
    return b;
}

static int64_t box_count(const nn_bf16_sums *p) {
    return divide_up(p->shape.out_channels, p->out_channels) * divide_up(p->shape.channels, p->channels) *
           divide_up(p->taps, p->box_taps) * p->parts;
}

/// Adds up the products of one packed block of pixels under one tap.
static void add_block(const call *c, box b, int64_t tap, int64_t steps, const nn_bf16 *gradients,
                      const nn_bf16 *images, int is_first) {
    const nn_bf16_sums *p = c->plan;
    const int64_t stride = sides(p->shape.channels), panel = steps * TILE;
    const int64_t gradient_low = sides(p->out_channels) * p->block, image_low = sides(p->channels) * p->block;
    float block[BLOCK * BLOCK] __attribute__((aligned(64)));
    float *sums = c->sums + b.part * sum_size(p) + (tap * sides(p->shape.out_channels) + b.o) * stride + b.i;
    block_product product = {.left_stride = panel, .right_stride = panel, .steps = steps, .sums = block};
    for (int64_t i = 0; i < b.width; i += BLOCK)
        for (int64_t o = 0; o < b.height; o += BLOCK) {
            product.left[0] = gradients + o / SIDE * panel;
            product.right[0] = images + i / SIDE * panel;
            product.left[1] = p->is_float ? product.left[0] + gradient_low : NULL;
            product.right[1] = p->is_float ? product.right[0] + image_low : NULL;
            product.rows = b.height - o > SIDE ? 2 : 1;
            product.columns = b.width - i > SIDE ? 2 : 1;
            c->kernels->multiply(&product);
            c->kernels->add(block, product.rows, product.columns, sums + o * stride + i, stride, is_first);
        }
}

static void boxes_of_threads(void *context, int64_t begin, int64_t end) {
    const call *c = context;
    const nn_bf16_sums *p = c->plan;
    const int64_t blocks = divide_up(p->pixels, p->block), count = box_count(p);
    const int64_t gradient_low = sides(p->out_channels) * p->block, image_low = sides(p->channels) * p->block;
    c->kernels->begin();
    for (int64_t thread = begin; thread < end; thread++) {
        nn_bf16 *gradients = c->packed + thread * packed_size(p);
        nn_bf16 *images = gradients + gradient_low * (p->is_float ? 2 : 1);
        for (int64_t index = thread; index < count; index += p->threads) {
            const box b = box_at(p, index);
            const int64_t from = blocks * b.part / p->parts, to = blocks * (b.part + 1) / p->parts;
            for (int64_t i = from; i < to; i++) {
                const int64_t first = i * p->block, steps = divide_up(least(p->block, p->pixels - first), STEP);
                panel_range r = {.panel = b.o / SIDE, .panels = divide_up(b.height, SIDE), .taps = 1};
                r.first = first;
                r.steps = steps;
                pack_panels(c->kernels, &c->gradients, 1, r, gradients, p->is_float ? gradients + gradient_low : NULL);
                r.panel = b.i / SIDE;
                r.panels = divide_up(b.width, SIDE);
                for (int64_t tap = b.tap; tap < b.tap + b.taps; tap++) {
                    r.tap = tap;
                    pack_panels(c->kernels, &c->images, 0, r, images, p->is_float ? images + image_low : NULL);
                    add_block(c, b, tap, steps, gradients, images, i == from);
                }
            }
        }
    }
    c->kernels->end();
}

/// Adds the sums of all parts in order, and writes them as [O][I][taps].
static void write_gradients(void *context, int64_t begin, int64_t end) {
    const call *c = context;
    const nn_bf16_sums *p = c->plan;
    const int64_t stride = sides(p->shape.channels), height = sides(p->shape.out_channels), size = sum_size(p);
    for (int64_t o = begin; o < end; o++)
        for (int64_t tap = 0; tap < p->taps; tap++) {
            float *sums = c->sums + (tap * height + o) * stride;
            float *to = c->result + o * p->shape.channels * p->taps + tap;
            for (int64_t part = 1; part < p->parts; part++)
                for (int64_t i = 0; i < p->shape.channels; i++) sums[i] += sums[part * size + i];
            for (int64_t i = 0; i < p->shape.channels; i++) to[i * p->taps] = sums[i];
        }
}

void nn_bf16_weight_gradient(const nn_bf16_sums *p, const void *input, const void *output_gradient,
                             float *weight_gradient, void *work) {
    call c = {.plan = p, .kernels = tile_kernels_of(p->isa), .sums = work, .result = weight_gradient};
    if (!c.kernels) {
        twin_weight_gradient(p, input, output_gradient, weight_gradient);
        return;
    }
    const nn_bf16_shape *s = &p->shape;
    c.packed = (nn_bf16 *)(c.sums + p->parts * sum_size(p));
    c.gradients = (operand){.values = output_gradient, .is_float = p->is_float, .is_across = 1};
    c.gradients.lines = p->pixels;
    c.gradients.length = c.gradients.stride = s->out_channels;
    c.images = (operand){.values = input, .is_float = p->is_float, .is_across = 1, .window = s};
    c.images.lines = p->pixels;
    c.images.length = s->channels;
    nn_parallel_for(p->threads, 1, &c, boxes_of_threads);
    nn_parallel_for(s->out_channels, divide_up(16384, p->taps * s->channels * p->parts), &c, write_gradients);
}
