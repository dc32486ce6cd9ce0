#include "nn_threads.h"
#include "winograd.h"

nn_winograd_products nn_winograd_plan_products(nn_winograd_shape s, int tile, int isa, int threads, int packs_before) {
    const winograd_kernels *k = winograd_kernels_of(isa);
    nn_winograd_products p = {.shape = s, .isa = isa, .tile = tile, .threads = threads, .crews = threads};
    p.points = (tile + 2) * (tile + 2);
    p.tile_rows = divide_up(s.out_height, tile);
    p.tile_columns = divide_up(s.out_width, tile);
    p.tiles = s.images * p.tile_rows * p.tile_columns;
    // The transformed images of a block should stay in the second-level cache, unless that makes too little use of each
    // weight that is read; the more so where weights come from memory.
    int64_t channels = round_up(s.channels, BLOCK), weight_bytes = p.points * s.channels * s.out_channels * 4;
    int64_t fit = (400 << 10) / (p.points * channels * 4), fewest = weight_bytes > 8 << 20 ? 56 : 28;
    int64_t most = fit < fewest ? fewest : least(fit, 112);
    // Each crew of threads has its own tiles; its members transform all of them, each for itself, and divide the
    // output channels. So no thread waits for another. As many crews as threads transform least; one crew reads each
    // weight once, and by the thread that has just packed it, which matters where cores share no cache. In cycles, as
    // measured:
    double best = 0;
    for (int64_t crews = threads; crews >= 1; crews--) {
        if (threads % crews) continue;
        double rounds = (double)divide_up(p.tiles, crews * most);
        double share = (double)weight_bytes * (double)crews / threads;
        double cost = (double)(divide_up(p.tiles, crews) * s.channels * p.points);
        cost += rounds * share / (weight_bytes > 16 << 20 ? 8 : 32);
        if (packs_before) cost += (double)weight_bytes * (double)(crews - 1) / threads / 1.7;
        if (crews < threads && cost >= best) continue;
        best = cost;
        p.crews = crews;
    }
    // Blocks of equal size, as many for each crew, of groups of equal size.
    p.block = divide_up(p.tiles, p.crews * divide_up(p.tiles, p.crews * most));
    int64_t groups = divide_up(p.block, k->rows);
    p.group = divide_up(p.block, groups);
    // Members of a crew divide panels and sets of groups: small sets give them equal work.
    p.set = p.crews < threads ? divide_up(groups, 2) : least(groups, divide_up(56, p.group));
    p.image_stride = spread(groups * p.group * channels);
    p.product_stride = spread(p.set * p.group * k->panel);
    p.weight_stride = winograd_weight_stride(s.channels, s.out_channels, k->panel);
    p.work_size = threads * p.points * (p.image_stride + p.product_stride);
    return p;
}

/// The part of one of `plan->threads` threads.
static void convolve_thread(const convolution *call, int64_t thread) {
    const nn_winograd_products *p = call->plan;
    const nn_winograd_shape *s = &p->shape;
    const winograd_kernels *k = winograd_kernels_of(p->isa);
    tiled_images images = {call->input,  s->is_bfloat16,  s->height, s->width, s->channels,
                           p->tile_rows, p->tile_columns, s->top,    s->left};
    int64_t panels = divide_up(s->out_channels, k->panel), members = p->threads / p->crews, tiles = p->set * p->group;
    float *work = call->work + thread * p->points * (p->image_stride + p->product_stride);
    transformed_tiles values = {work, p->image_stride, p->group};
    float *product = work + p->points * p->image_stride;
    for (int64_t first = thread % p->crews * p->block; first < p->tiles; first += p->crews * p->block) {
        int64_t count = least(p->block, p->tiles - first), sets = divide_up(count, tiles), begin, end;
        k->transform_images(p->tile, &images, (tile_range){first, 0, count, 0, divide_up(s->channels, BLOCK)}, &values);
        split(panels * sets, thread / p->crews, members, &begin, &end);
        for (int64_t i = begin; i < end; i++) {
            int64_t from = i % sets * tiles;
            output_range range = {first, from, least(from + tiles, count), i / sets};
            k->convolve(call, values.values, range, product);
        }
    }
}

static void convolve_threads(void *context, int64_t begin, int64_t end) {
    for (int64_t thread = begin; thread < end; thread++) convolve_thread(context, thread);
}

void nn_winograd_convolve(const nn_winograd_products *plan, const void *input, const float *packed,
                          nn_winograd_epilogue epilogue, void *output, float *work) {
    convolution call = {plan, input, packed, epilogue, output, work};
    nn_parallel_for(plan->threads, 1, &call, convolve_threads);
}
