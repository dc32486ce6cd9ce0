#include "nn_broadcast.h"

#include "include/nn_binary.h"
#include "include/nn_cast.h"

/// One row; an operand with stride 0 is a single number.
typedef void (*row_function)(void *to, const void *left, int64_t left_stride, const void *right,
                             int64_t right_stride, int64_t count);

/// READ and WRITE convert from the stored type to that of x and y, and from the result.
#define NN_DEFINE_ROW(NAME, STORED, VALUE, READ, RESULT, WRITE, EXPRESSION)                      \
    NN_CLONES static void NAME(void *result, const void *left, int64_t left_stride,              \
                               const void *right, int64_t right_stride, int64_t count) {         \
        RESULT *restrict to = result;                                                            \
        const STORED *restrict a = left;                                                         \
        const STORED *restrict b = right;                                                        \
        if (left_stride && right_stride) {                                                       \
            for (int64_t i = 0; i < count; i++) {                                                \
                VALUE x = READ(a[i]), y = READ(b[i]);                                            \
                to[i] = (RESULT)WRITE(EXPRESSION);                                               \
            }                                                                                    \
        } else if (right_stride) {                                                               \
            VALUE x = READ(a[0]);                                                                \
            for (int64_t i = 0; i < count; i++) {                                                \
                VALUE y = READ(b[i]);                                                            \
                to[i] = (RESULT)WRITE(EXPRESSION);                                               \
            }                                                                                    \
        } else {                                                                                 \
            VALUE y = READ(b[0]);                                                                \
            for (int64_t i = 0; i < count; i++) {                                                \
                VALUE x = READ(a[i]);                                                            \
                to[i] = (RESULT)WRITE(EXPRESSION);                                               \
            }                                                                                    \
        }                                                                                        \
    }

#define NN_PLAIN(x) (x)

// Unsigned arithmetic wraps where signed overflow would be undefined. NaN wins in maximum and minimum.
#define NN_SUM(U) (U)x + (U)y
#define NN_DIFFERENCE(U) (U)x - (U)y
#define NN_PRODUCT(U) (U)x * (U)y
#define NN_LARGER (((x > y) | (x != x)) ? x : y)
#define NN_SMALLER (((x < y) | (x != x)) ? x : y)

/// The functions that exist for every type. U is the type in which sums are calculated.
#define NN_DEFINE_ROWS(TYPE, STORED, VALUE, READ, WRITE, U)                                      \
    NN_DEFINE_ROW(add_##TYPE, STORED, VALUE, READ, STORED, WRITE, NN_SUM(U))                     \
    NN_DEFINE_ROW(subtract_##TYPE, STORED, VALUE, READ, STORED, WRITE, NN_DIFFERENCE(U))         \
    NN_DEFINE_ROW(multiply_##TYPE, STORED, VALUE, READ, STORED, WRITE, NN_PRODUCT(U))            \
    NN_DEFINE_ROW(maximum_##TYPE, STORED, VALUE, READ, STORED, WRITE, NN_LARGER)                 \
    NN_DEFINE_ROW(minimum_##TYPE, STORED, VALUE, READ, STORED, WRITE, NN_SMALLER)                \
    NN_DEFINE_ROW(equal_##TYPE, STORED, VALUE, READ, uint8_t, NN_PLAIN, x == y)                  \
    NN_DEFINE_ROW(not_equal_##TYPE, STORED, VALUE, READ, uint8_t, NN_PLAIN, x != y)              \
    NN_DEFINE_ROW(less_##TYPE, STORED, VALUE, READ, uint8_t, NN_PLAIN, x < y)                    \
    NN_DEFINE_ROW(less_or_equal_##TYPE, STORED, VALUE, READ, uint8_t, NN_PLAIN, x <= y)

#define NN_DEFINE_FLOAT_ROWS(TYPE, STORED, READ, WRITE)                                          \
    NN_DEFINE_ROWS(TYPE, STORED, float, READ, WRITE, float)                                      \
    NN_DEFINE_ROW(divide_##TYPE, STORED, float, READ, STORED, WRITE, x / y)                      \
    NN_DEFINE_ROW(power_##TYPE, STORED, float, READ, STORED, WRITE, powf(x, y))                  \
    NN_DEFINE_ROW(share_##TYPE, STORED, float, READ, STORED, WRITE, (x > y ? 1.0f : x == y ? 0.5f : 0.0f))

NN_DEFINE_FLOAT_ROWS(f32, float, NN_PLAIN, NN_PLAIN)
NN_DEFINE_FLOAT_ROWS(bf16, nn_bf16, nn_from_bf16, nn_to_bf16)
NN_DEFINE_ROWS(i32, int32_t, int32_t, NN_PLAIN, NN_PLAIN, uint32_t)
NN_DEFINE_ROWS(i64, int64_t, int64_t, NN_PLAIN, NN_PLAIN, uint64_t)
NN_DEFINE_ROWS(u8, uint8_t, uint8_t, NN_PLAIN, NN_PLAIN, uint32_t)

// Masks, in which everything but 0 holds.
NN_DEFINE_ROW(and_u8, uint8_t, uint8_t, NN_PLAIN, uint8_t, NN_PLAIN, (x != 0) & (y != 0))
NN_DEFINE_ROW(or_u8, uint8_t, uint8_t, NN_PLAIN, uint8_t, NN_PLAIN, (x != 0) | (y != 0))
NN_DEFINE_ROW(exclusive_or_u8, uint8_t, uint8_t, NN_PLAIN, uint8_t, NN_PLAIN, (x != 0) ^ (y != 0))

#define NN_FLOATS(NAME) {NAME##_f32, NAME##_bf16, NULL, NULL, NULL}
#define NN_MASKS(NAME) {NULL, NULL, NULL, NULL, NAME##_u8}
#define NN_ALL(NAME) {NAME##_f32, NAME##_bf16, NAME##_i32, NAME##_i64, NAME##_u8}

static const row_function rows[][5] = {
    [NN_ADD] = NN_ALL(add),
    [NN_SUBTRACT] = NN_ALL(subtract),
    [NN_MULTIPLY] = NN_ALL(multiply),
    [NN_DIVIDE] = NN_FLOATS(divide),
    [NN_MAXIMUM] = NN_ALL(maximum),
    [NN_MINIMUM] = NN_ALL(minimum),
    [NN_POWER] = NN_FLOATS(power),
    [NN_SHARE] = NN_FLOATS(share),
    [NN_EQUAL] = NN_ALL(equal),
    [NN_NOT_EQUAL] = NN_ALL(not_equal),
    [NN_LESS] = NN_ALL(less),
    [NN_LESS_OR_EQUAL] = NN_ALL(less_or_equal),
    [NN_AND] = NN_MASKS(and),
    [NN_OR] = NN_MASKS(or),
    [NN_EXCLUSIVE_OR] = NN_MASKS(exclusive_or),
};

static const int64_t sizes[] = {4, 2, 4, 8, 1};

typedef struct {
    nn_broadcast shape;
    row_function row;
    char *to;
    const char *left, *right;
    int64_t to_size, size;
} arguments;

static void run_row(const void *context, int64_t to, const int64_t *offsets, int64_t count) {
    const arguments *a = context;
    int last = a->shape.rank - 1;
    a->row(a->to + to * a->to_size, a->left + offsets[0] * a->size, a->shape.strides[0][last],
           a->right + offsets[1] * a->size, a->shape.strides[1][last], count);
}

static void run_part(void *context, int64_t begin, int64_t end) {
    const arguments *a = context;
    nn_for_each_row(&a->shape, 2, begin, end, a, run_row);
}

void nn_binary(int function, int type, void *to, const void *left, const void *right, int rank,
               const int64_t *lengths, const int64_t *left_strides, const int64_t *right_strides) {
    arguments a = {
        {rank, lengths, {left_strides, right_strides}}, rows[function][type], to, left, right,
        function >= NN_EQUAL ? 1 : sizes[type], sizes[type],
    };
    nn_parallel_for(nn_element_count(&a.shape), NN_GRAIN, &a, run_part);
}
