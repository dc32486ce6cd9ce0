#include "nn_internal.h"

#include "include/nn_accumulate.h"

typedef struct {
    void *to;
    const void *from;
} arguments;

NN_CLONES static void add_f32(float *restrict to, const float *restrict from, int64_t count) {
    for (int64_t i = 0; i < count; i++) to[i] += from[i];
}

NN_CLONES static void add_bf16(nn_bf16 *restrict to, const nn_bf16 *restrict from, int64_t count) {
    for (int64_t i = 0; i < count; i++) to[i] = nn_to_bf16(nn_from_bf16(to[i]) + nn_from_bf16(from[i]));
}

static void part_f32(void *context, int64_t begin, int64_t end) {
    arguments *a = context;
    add_f32((float *)a->to + begin, (const float *)a->from + begin, end - begin);
}

static void part_bf16(void *context, int64_t begin, int64_t end) {
    arguments *a = context;
    add_bf16((nn_bf16 *)a->to + begin, (const nn_bf16 *)a->from + begin, end - begin);
}

void nn_accumulate_f32(void *to, const void *from, int64_t count) {
    arguments a = {to, from};
    nn_parallel_for(count, NN_GRAIN, &a, part_f32);
}

void nn_accumulate_bf16(void *to, const void *from, int64_t count) {
    arguments a = {to, from};
    nn_parallel_for(count, NN_GRAIN, &a, part_bf16);
}
