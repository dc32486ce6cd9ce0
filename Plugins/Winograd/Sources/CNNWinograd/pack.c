#include "nn_threads.h"
#include "winograd.h"

typedef struct {
    nn_winograd_weights weights;
    const winograd_kernels *kernels;
    int64_t blocks;
    const float *weight;
    float *packed;
} packing;

int64_t winograd_weight_stride(int64_t channels, int64_t out_channels, int64_t panel) {
    return spread(round_up(out_channels, panel) * channels);
}

int64_t nn_winograd_packed_size(nn_winograd_weights w) {
    int64_t panel = winograd_kernels_of(w.isa)->panel, points = (w.tile + 2) * (w.tile + 2);
    return points * (w.is_gradient ? winograd_weight_stride(w.outputs, w.inputs, panel)
                                   : winograd_weight_stride(w.inputs, w.outputs, panel));
}

static void pack_part(void *context, int64_t begin, int64_t end) {
    const packing *p = context;
    for (int64_t i = begin; i < end; i++)
        p->kernels->pack(&p->weights, p->weight, i / p->blocks, i % p->blocks * BLOCK, p->packed);
}

void nn_winograd_pack(nn_winograd_weights weights, const float *weight, float *packed) {
    int64_t channels = weights.is_gradient ? weights.outputs : weights.inputs;
    int64_t out_channels = weights.is_gradient ? weights.inputs : weights.outputs;
    packing p = {weights, winograd_kernels_of(weights.isa), divide_up(channels, BLOCK), weight, packed};
    // A block of a panel takes some microseconds. Threads get neighbouring panels, which they multiply by then.
    nn_parallel_for(divide_up(out_channels, p.kernels->panel) * p.blocks, 2, &p, pack_part);
}
