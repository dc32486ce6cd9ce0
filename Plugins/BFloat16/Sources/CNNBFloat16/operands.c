#include "tiles.h"

/// The addresses of lines first ..< first + count under a tap; NULL where there is none.
static void locate(const operand *x, int64_t tap, int64_t first, int64_t count, const void **lines) {
    const int64_t size = x->is_float ? 4 : 2;
    const nn_bf16_shape *s = x->window;
    int64_t width = 1, height = 1;
    if (s) {
        height = x->is_turned ? s->height : s->out_height;
        width = x->is_turned ? s->width : s->out_width;
    }
    // The pixel of a line is counted on, since a division takes longer than all the rest.
    int64_t image = first / (height * width), row = first / width % height, column = first % width;
    for (int64_t i = 0; i < count; i++) {
        const int64_t line = first + i;
        if (line >= x->lines) {
            lines[i] = NULL;
            continue;
        }
        if (!s) {
            lines[i] = x->values + (tap * x->tap_stride + line * x->stride) * size;
            continue;
        }
        const int64_t pixel = pixel_under(s, x->is_turned, tap, image, row, column);
        lines[i] = pixel < 0 ? NULL : x->values + pixel * x->length * size;
        if (++column < width) continue;
        column = 0;
        if (++row < height) continue;
        row = 0;
        image++;
    }
}

void pack_panels(const tile_kernels *k, const operand *x, int is_transposed, panel_range r, nn_bf16 *high,
                 nn_bf16 *low) {
    const int64_t panel = r.taps * r.steps * TILE;
    tile_lines t = {.is_float = x->is_float, .is_across = x->is_across, .is_transposed = is_transposed};
    for (int64_t tap = 0; tap < r.taps; tap++) {
        if (x->is_across) {
            for (int64_t step = 0; step < r.steps; step++) {
                locate(x, r.tap + tap, r.first + step * STEP, STEP, t.line);
                for (int64_t i = 0; i < r.panels; i++) {
                    const int64_t to = i * panel + (tap * r.steps + step) * TILE;
                    t.offset = (r.panel + i) * SIDE;
                    t.count = most(0, least(x->length - t.offset, SIDE));
                    k->pack(&t, high + to, low ? low + to : NULL);
                }
            }
            continue;
        }
        for (int64_t i = 0; i < r.panels; i++) {
            locate(x, r.tap + tap, (r.panel + i) * SIDE, SIDE, t.line);
            for (int64_t step = 0; step < r.steps; step++) {
                const int64_t to = i * panel + (tap * r.steps + step) * TILE;
                t.offset = r.first + step * STEP;
                t.count = most(0, least(x->length - t.offset, STEP));
                k->pack(&t, high + to, low ? low + to : NULL);
            }
        }
    }
}
