#include "nn_internal.h"

#include "include/nn_cast.h"

typedef struct {
    void *to;
    const void *from;
} arguments;

#define NN_PLAIN(x) (x)
// What is not a number becomes 0. Floats are compared with the power of two after the largest value.
#define NN_FLOAT_TO_U8(x) ((x) > 0 ? (x) >= 255 ? 255 : (uint8_t)(x) : 0)
#define NN_FLOAT_TO_I32(x) \
    ((x) >= 0x1p31f ? INT32_MAX : (x) >= -0x1p31f ? (int32_t)(x) : (x) < -0x1p31f ? INT32_MIN : 0)
#define NN_FLOAT_TO_I64(x) \
    ((x) >= 0x1p63f ? INT64_MAX : (x) >= -0x1p63f ? (int64_t)(x) : (x) < -0x1p63f ? INT64_MIN : 0)
#define NN_WHOLE_TO_U8(x) ((x) < 0 ? 0 : (x) > 255 ? 255 : (uint8_t)(x))
#define NN_WHOLE_TO_I64(x) (x)
#define NN_WHOLE_TO_I32(x) ((x) < INT32_MIN ? INT32_MIN : (x) > INT32_MAX ? INT32_MAX : (int32_t)(x))

/// One loop for each pair of types; READ and WRITE convert from and to the arithmetic type.
#define NN_DEFINE_CAST(NAME, FROM, READ, TO, WRITE)                                        \
    NN_CLONES static void NAME(void *context, int64_t begin, int64_t end) {                \
        arguments *a = context;                                                            \
        TO *restrict to = a->to;                                                           \
        const FROM *restrict from = a->from;                                               \
        for (int64_t i = begin; i < end; i++) to[i] = (TO)WRITE(READ(from[i]));            \
    }

/// KIND is FLOAT or WHOLE, what is read.
#define NN_DEFINE_CASTS_FROM(PREFIX, FROM, READ, KIND)                                     \
    NN_DEFINE_CAST(PREFIX##_f32, FROM, READ, float, NN_PLAIN)                              \
    NN_DEFINE_CAST(PREFIX##_bf16, FROM, READ, nn_bf16, nn_to_bf16)                         \
    NN_DEFINE_CAST(PREFIX##_i32, FROM, READ, int32_t, NN_##KIND##_TO_I32)                  \
    NN_DEFINE_CAST(PREFIX##_i64, FROM, READ, int64_t, NN_##KIND##_TO_I64)                  \
    NN_DEFINE_CAST(PREFIX##_u8, FROM, READ, uint8_t, NN_##KIND##_TO_U8)

NN_DEFINE_CASTS_FROM(f32, float, NN_PLAIN, FLOAT)
NN_DEFINE_CASTS_FROM(bf16, nn_bf16, nn_from_bf16, FLOAT)
NN_DEFINE_CASTS_FROM(i32, int32_t, NN_PLAIN, WHOLE)
NN_DEFINE_CASTS_FROM(i64, int64_t, NN_PLAIN, WHOLE)
NN_DEFINE_CASTS_FROM(u8, uint8_t, (int32_t), WHOLE)

#define NN_ROW(PREFIX) {PREFIX##_f32, PREFIX##_bf16, PREFIX##_i32, PREFIX##_i64, PREFIX##_u8}

static void (*const casts[5][5])(void *, int64_t, int64_t) = {
    NN_ROW(f32), NN_ROW(bf16), NN_ROW(i32), NN_ROW(i64), NN_ROW(u8),
};

void nn_cast(void *to, int to_type, const void *from, int from_type, int64_t count) {
    arguments a = {to, from};
    nn_parallel_for(count, NN_GRAIN, &a, casts[from_type][to_type]);
}
