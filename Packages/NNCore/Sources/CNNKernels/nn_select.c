#include "nn_broadcast.h"

#include "include/nn_select.h"

typedef struct {
    nn_broadcast shape;
    char *to;
    const uint8_t *mask;
    const char *left, *right;
    int64_t size;
} arguments;

#define NN_LOOP(LEFT, RIGHT) for (int64_t i = 0; i < count; i++) to[i] = mask[i] ? LEFT : RIGHT

/// A row with a mask of its own; a left or right with stride 0 is a single element.
#define NN_DEFINE_ROWS(TYPE)                                                                     \
    NN_CLONES static void select_##TYPE(TYPE *restrict to, const uint8_t *restrict mask,         \
                                        const TYPE *restrict left, int64_t left_stride,          \
                                        const TYPE *restrict right, int64_t right_stride,        \
                                        int64_t count) {                                         \
        TYPE a = left[0], b = right[0];                                                          \
        if (left_stride && right_stride) NN_LOOP(left[i], right[i]);                             \
        else if (left_stride) NN_LOOP(left[i], b);                                               \
        else if (right_stride) NN_LOOP(a, right[i]);                                             \
        else NN_LOOP(a, b);                                                                      \
    }

NN_DEFINE_ROWS(uint8_t)
NN_DEFINE_ROWS(uint16_t)
NN_DEFINE_ROWS(uint32_t)
NN_DEFINE_ROWS(uint64_t)

static void repeat(void *to, const void *from, int64_t stride, int64_t count, int64_t size) {
    if (stride) memcpy(to, from, (size_t)(count * size));
    else nn_fill(to, from, size, count);
}

static void select_row(const void *context, int64_t to, const int64_t *offsets, int64_t count) {
    const arguments *a = context;
    int last = a->shape.rank - 1;
    void *result = a->to + to * a->size;
    const uint8_t *mask = a->mask + offsets[0];
    const void *left = a->left + offsets[1] * a->size, *right = a->right + offsets[2] * a->size;
    int64_t left_stride = a->shape.strides[1][last], right_stride = a->shape.strides[2][last];
    if (a->shape.strides[0][last] == 0) {
        repeat(result, *mask ? left : right, *mask ? left_stride : right_stride, count, a->size);
        return;
    }
    switch (a->size) {
        case 1: select_uint8_t(result, mask, left, left_stride, right, right_stride, count); break;
        case 2: select_uint16_t(result, mask, left, left_stride, right, right_stride, count); break;
        case 4: select_uint32_t(result, mask, left, left_stride, right, right_stride, count); break;
        default: select_uint64_t(result, mask, left, left_stride, right, right_stride, count); break;
    }
}

static void select_part(void *context, int64_t begin, int64_t end) {
    nn_for_each_row(&((arguments *)context)->shape, 3, begin, end, context, select_row);
}

void nn_select(int element_size, void *to, const uint8_t *mask, const void *left, const void *right, int rank,
               const int64_t *lengths, const int64_t *mask_strides, const int64_t *left_strides,
               const int64_t *right_strides) {
    arguments a = {{rank, lengths, {mask_strides, left_strides, right_strides}}, to, mask, left, right,
                   element_size};
    nn_parallel_for(nn_element_count(&a.shape), NN_GRAIN, &a, select_part);
}
