/// Convolutions, their gradients by the images, and products of matrices: the sum over all channels under all taps is made
/// in registers, so that a result is written once.
///
/// The right operand, a weight or a matrix, is packed once; rows of the left one, pixels or rows of a matrix, are packed
/// by the thread that multiplies them, so many at a time as stay in its cache with the panel that they meet.
#include "nn_threads.h"
#include "tiles.h"

static int64_t parts_of(const nn_bf16_products *p) { return p->is_float ? 2 : 1; }

/// Numbers of a packed panel of 16 rows or columns.
static int64_t panel_of(const nn_bf16_products *p) { return p->taps * p->steps * TILE; }

static void divide(nn_bf16_products *p) {
    p->steps = divide_up(p->inner, STEP);
    // Two thirds of a second-level cache of 1 MiB; a panel of the right operand comes from the one behind it.
    const int64_t row = panel_of(p) / SIDE * 2 * parts_of(p);
    p->chunk = most(BLOCK, least((640 << 10) / most(row, 1), 256)) / BLOCK * BLOCK;
    // As few rows as all threads need at least; the columns are divided where rows do not suffice, and each part packs the
    // rows again.
    p->chunk = most(BLOCK, least(p->chunk, round_up(divide_up(p->rows, p->threads), BLOCK)));
    const int64_t chunks = divide_up(p->rows, p->chunk);
    p->parts = chunks >= p->threads ? 1 : least(divide_up(p->threads, chunks), divide_up(p->columns, BLOCK));
    if (p->isa == NN_BF16_PORTABLE) return;
    p->packed_size = divide_up(p->columns, SIDE) * panel_of(p) * 2 * parts_of(p);
    p->work_size = p->threads * p->chunk / SIDE * panel_of(p) * 2 * parts_of(p);
}

nn_bf16_products nn_bf16_plan_convolution(nn_bf16_shape s, int use, int is_float, int isa, int threads) {
    nn_bf16_products p = {.isa = isa, .threads = threads, .use = use, .is_float = is_float, .shape = s};
    const int is_turned = use == NN_BF16_INPUT_GRADIENT;
    p.rows = s.images * (is_turned ? s.height * s.width : s.out_height * s.out_width);
    p.columns = is_turned ? s.channels : s.out_channels;
    p.inner = is_turned ? s.out_channels : s.channels;
    p.taps = s.rows * s.columns;
    divide(&p);
    // Plain loops read the weight as it is.
    if (isa == NN_BF16_PORTABLE) p.packed_size = p.taps * s.channels * s.out_channels * (int64_t)sizeof(float);
    else if (p.taps > 1) p.packing_size = p.taps * s.channels * s.out_channels * (int64_t)sizeof(float);
    return p;
}

nn_bf16_products nn_bf16_plan_matrices(int64_t rows, int64_t columns, int64_t inner, int transposes_left,
                                       int transposes_right, int is_float, int isa, int threads) {
    nn_bf16_products p = {.isa = isa, .threads = threads, .use = NN_BF16_MATRICES, .is_float = is_float};
    p.transposes_left = transposes_left;
    p.transposes_right = transposes_right;
    p.rows = rows;
    p.columns = columns;
    p.inner = inner;
    p.taps = 1;
    divide(&p);
    if (isa == NN_BF16_PORTABLE) p.packed_size = columns * inner * (is_float ? 4 : 2);
    return p;
}

typedef struct {
    const nn_bf16_products *plan;
    const tile_kernels *kernels;
    operand left, right;
    /// The right operand: where it is packed to, and where it is read.
    nn_bf16 *packed;
    const nn_bf16 *panels;
    const float *weight;
    float *turned;
    nn_bf16_epilogue epilogue;
    void *result;
    nn_bf16 *work;
} call;

/// The low parts of packed panels lie behind all high ones.
static nn_bf16 *low_part(const call *c, nn_bf16 *high, int64_t panels) {
    return c->plan->is_float ? high + panels * panel_of(c->plan) : NULL;
}

/// [O][I][taps] to [taps][O][I], which has lines.
static void turn_weight(void *context, int64_t begin, int64_t end) {
    const call *c = context;
    const nn_bf16_shape *s = &c->plan->shape;
    const int64_t taps = c->plan->taps, all = s->out_channels * s->channels;
    for (int64_t o = begin; o < end; o++)
        for (int64_t tap = 0; tap < taps; tap++) {
            const float *from = c->weight + o * s->channels * taps + tap;
            float *to = c->turned + tap * all + o * s->channels;
            for (int64_t i = 0; i < s->channels; i++) to[i] = from[i * taps];
        }
}

static void pack_right(void *context, int64_t begin, int64_t end) {
    const call *c = context;
    const nn_bf16_products *p = c->plan;
    panel_range r = {.panel = begin, .panels = end - begin, .taps = p->taps, .steps = p->steps};
    nn_bf16 *low = low_part(c, c->packed, divide_up(p->columns, SIDE));
    const int64_t offset = begin * panel_of(p);
    pack_panels(c->kernels, &c->right, !c->right.is_across, r, c->packed + offset, low ? low + offset : NULL);
}

static operand right_operand(const nn_bf16_products *p, const void *values) {
    const nn_bf16_shape *s = &p->shape;
    operand x = {.values = values, .is_float = 1};
    switch (p->use) {
        case NN_BF16_FORWARD:
        case NN_BF16_INPUT_GRADIENT:
            x.is_across = p->use == NN_BF16_INPUT_GRADIENT;
            x.lines = s->out_channels;
            x.length = x.stride = s->channels;
            x.tap_stride = s->out_channels * s->channels;
            break;
        default:
            x.is_float = p->is_float;
            x.is_across = !p->transposes_right;
            x.lines = p->transposes_right ? p->columns : p->inner;
            x.length = x.stride = p->transposes_right ? p->inner : p->columns;
    }
    return x;
}

static operand left_operand(const nn_bf16_products *p, const void *values) {
    const nn_bf16_shape *s = &p->shape;
    operand x = {.values = values, .is_float = p->is_float};
    if (p->use == NN_BF16_MATRICES) {
        x.is_across = p->transposes_left;
        x.lines = p->transposes_left ? p->inner : p->rows;
        x.length = x.stride = p->transposes_left ? p->rows : p->inner;
        return x;
    }
    x.window = s;
    x.is_turned = p->use == NN_BF16_INPUT_GRADIENT;
    x.lines = p->rows;
    x.length = p->inner;
    return x;
}

void nn_bf16_pack(const nn_bf16_products *p, const void *right, void *packed, void *work) {
    call c = {.plan = p, .kernels = tile_kernels_of(p->isa), .packed = packed};
    if (!c.kernels) {
        memcpy(packed, right, (size_t)p->packed_size);
        return;
    }
    if (p->packing_size > 0) {
        c.weight = right;
        c.turned = work;
        nn_parallel_for(p->shape.out_channels, divide_up(4096, p->taps * p->shape.channels), &c, turn_weight);
        right = work;
    }
    c.right = right_operand(p, right);
    nn_parallel_for(divide_up(p->columns, SIDE), divide_up(16, p->taps * p->steps), &c, pack_right);
}

/// The product of packed rows from `first` on with blocks of columns begin ..< end.
static void multiply_rows(const call *c, nn_bf16 *packed, int64_t first, int64_t begin, int64_t end) {
    const nn_bf16_products *p = c->plan;
    const int64_t panel = panel_of(p), height = least(p->chunk, p->rows - first);
    float sums[BLOCK * BLOCK] __attribute__((aligned(64)));
    nn_bf16 *low = low_part(c, packed, p->chunk / SIDE);
    const nn_bf16 *right_low = p->is_float ? c->panels + divide_up(p->columns, SIDE) * panel : NULL;
    block_product product = {
        .left_stride = panel, .right_stride = panel, .steps = p->taps * p->steps, .sums = sums};
    block_results results = {.epilogue = &c->epilogue, .columns = p->columns, .result = c->result};
    for (int64_t column = begin * BLOCK; column < least(end * BLOCK, p->columns); column += BLOCK)
        for (int64_t row = 0; row < height; row += BLOCK) {
            const int64_t i = row / SIDE * panel, j = column / SIDE * panel;
            product.left[0] = packed + i;
            product.right[0] = c->panels + j;
            product.left[1] = low ? low + i : NULL;
            product.right[1] = right_low ? right_low + j : NULL;
            results.row = first + row;
            results.column = column;
            results.height = least(BLOCK, height - row);
            results.width = least(BLOCK, p->columns - column);
            product.rows = results.height > SIDE ? 2 : 1;
            product.columns = results.width > SIDE ? 2 : 1;
            c->kernels->multiply(&product);
            c->kernels->finish(sums, &results);
        }
}

static void multiply_threads(void *context, int64_t begin, int64_t end) {
    const call *c = context;
    const nn_bf16_products *p = c->plan;
    const int64_t chunks = divide_up(p->rows, p->chunk), blocks = divide_up(p->columns, BLOCK);
    c->kernels->begin();
    for (int64_t thread = begin; thread < end; thread++) {
        nn_bf16 *packed = c->work + thread * (p->work_size / p->threads / 2);
        for (int64_t i = thread; i < chunks * p->parts; i += p->threads) {
            const int64_t chunk = i / p->parts, part = i % p->parts;
            const int64_t panel = chunk * p->chunk / SIDE;
            panel_range r = {.panel = panel, .taps = p->taps, .steps = p->steps};
            r.panels = least(p->chunk / SIDE, divide_up(p->rows, SIDE) - panel);
            pack_panels(c->kernels, &c->left, c->left.is_across, r, packed, low_part(c, packed, p->chunk / SIDE));
            multiply_rows(c, packed, chunk * p->chunk, blocks * part / p->parts, blocks * (part + 1) / p->parts);
        }
    }
    c->kernels->end();
}

void nn_bf16_multiply(const nn_bf16_products *p, const void *left, const void *packed, nn_bf16_epilogue epilogue,
                      void *result, void *work) {
    call c = {.plan = p, .kernels = tile_kernels_of(p->isa), .epilogue = epilogue, .result = result, .work = work};
    if (!c.kernels) {
        twin_multiply(p, left, packed, epilogue, result);
        return;
    }
    c.panels = packed;
    c.left = left_operand(p, left);
    nn_parallel_for(p->threads, 1, &c, multiply_threads);
}
