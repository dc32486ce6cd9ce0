#include "nn_internal.h"

#include "include/nn_strided_copy.h"

enum { NN_LINE = 64 };  // bytes of a cache line

typedef struct {
    char *to;
    const char *from;
    nn_block block;
    int64_t size;  // of an element, in bytes
    int across;    // the dimension along which the source is dense, where the block is transposed
} arguments;

/// Leaves out dimensions of length 1 and joins neighbours that lie as one in both memories.
static nn_block simplified(const nn_block *block) {
    nn_block result = {0};
    for (int i = 0; i < block->rank; i++) {
        if (block->shape[i] == 1) continue;
        int last = result.rank - 1;
        if (last >= 0 && result.to_strides[last] == block->shape[i] * block->to_strides[i] &&
            result.from_strides[last] == block->shape[i] * block->from_strides[i]) {
            result.shape[last] *= block->shape[i];
        } else {
            last = result.rank++;
            result.shape[last] = block->shape[i];
        }
        result.to_strides[last] = block->to_strides[i];
        result.from_strides[last] = block->from_strides[i];
    }
    return result;
}

/// Finds the places of the item with this number, counted over the dimensions that are not left out.
NN_INLINE void locate(const arguments *a, int64_t number, int skipped, int also_skipped, char **to,
                      const char **from) {
    const nn_block *b = &a->block;
    int64_t to_offset = 0, from_offset = 0;
    for (int i = b->rank - 1; i >= 0; i--) {
        if (i == skipped || i == also_skipped) continue;
        int64_t index = number % b->shape[i];
        number /= b->shape[i];
        to_offset += index * b->to_strides[i];
        from_offset += index * b->from_strides[i];
    }
    *to = a->to + to_offset * a->size;
    *from = a->from + from_offset * a->size;
}

/// Rows that are dense in both memories.
static void copy_dense(void *context, int64_t begin, int64_t end) {
    arguments *a = context;
    const int last = a->block.rank - 1;
    const size_t bytes = (size_t)(a->block.shape[last] * a->size);
    for (int64_t row = begin; row < end; row++) {
        char *to;
        const char *from;
        locate(a, row, last, last, &to, &from);
        memcpy(to, from, bytes);
    }
}

#define NN_DEFINE_COPY(TYPE, NAME)                                                                         \
    /* Rows whose elements lie apart in one memory or in both. */                                          \
    NN_CLONES static void sparse_##NAME(void *context, int64_t begin, int64_t end) {                       \
        arguments *a = context;                                                                            \
        const int last = a->block.rank - 1;                                                                \
        const int64_t to_stride = a->block.to_strides[last], from_stride = a->block.from_strides[last];    \
        for (int64_t row = begin; row < end; row++) {                                                      \
            char *to;                                                                                      \
            const char *from;                                                                              \
            locate(a, row, last, last, &to, &from);                                                        \
            TYPE *restrict target = (TYPE *)to;                                                            \
            const TYPE *restrict source = (const TYPE *)from;                                              \
            for (int64_t i = 0; i < a->block.shape[last]; i++)                                             \
                target[i * to_stride] = source[i * from_stride];                                           \
        }                                                                                                  \
    }                                                                                                      \
                                                                                                           \
    typedef TYPE vector_##NAME __attribute__((vector_size(8 * sizeof(TYPE))));                             \
                                                                                                           \
    /* Interleaving row i with row i + 4 three times transposes eight rows of eight. */                    \
    NN_INLINE void transpose8_##NAME(TYPE *to, int64_t to_pitch, const TYPE *from, int64_t from_pitch) {   \
        vector_##NAME rows[8], mixed[8];                                                                   \
        for (int i = 0; i < 8; i++) memcpy(&rows[i], from + i * from_pitch, sizeof rows[i]);               \
        for (int round = 0; round < 3; round++) {                                                          \
            for (int i = 0; i < 4; i++) {                                                                  \
                mixed[2 * i] =                                                                             \
                    __builtin_shufflevector(rows[i], rows[i + 4], 0, 8, 1, 9, 2, 10, 3, 11);               \
                mixed[2 * i + 1] =                                                                         \
                    __builtin_shufflevector(rows[i], rows[i + 4], 4, 12, 5, 13, 6, 14, 7, 15);             \
            }                                                                                              \
            memcpy(rows, mixed, sizeof rows);                                                              \
        }                                                                                                  \
        for (int i = 0; i < 8; i++) memcpy(to + i * to_pitch, &rows[i], sizeof rows[i]);                   \
    }                                                                                                      \
                                                                                                           \
    /* Target rows [row, row + height), columns [column, column + width). */                               \
    NN_INLINE void transpose_tile_##NAME(TYPE *to, int64_t to_pitch, const TYPE *from, int64_t from_pitch, \
                                         int64_t height, int64_t width) {                                  \
        int64_t i = 0;                                                                                     \
        for (; i + 8 <= height; i += 8) {                                                                  \
            int64_t j = 0;                                                                                 \
            for (; j + 8 <= width; j += 8)                                                                 \
                transpose8_##NAME(to + i * to_pitch + j, to_pitch, from + j * from_pitch + i, from_pitch); \
            for (; j < width; j++)                                                                         \
                for (int64_t k = i; k < i + 8; k++) to[k * to_pitch + j] = from[j * from_pitch + k];       \
        }                                                                                                  \
        for (; i < height; i++)                                                                            \
            for (int64_t j = 0; j < width; j++) to[i * to_pitch + j] = from[j * from_pitch + i];           \
    }                                                                                                      \
                                                                                                           \
    /* Bands of target rows, each one cache line wide in the source. */                                    \
    NN_CLONES static void transpose_##NAME(void *context, int64_t begin, int64_t end) {                    \
        arguments *a = context;                                                                            \
        const int last = a->block.rank - 1;                                                                \
        const int64_t rows = a->block.shape[a->across], columns = a->block.shape[last];                    \
        const int64_t to_pitch = a->block.to_strides[a->across];                                           \
        const int64_t from_pitch = a->block.from_strides[last];                                            \
        const int64_t band = NN_LINE / (int64_t)sizeof(TYPE), bands = (rows + band - 1) / band;            \
        for (int64_t item = begin; item < end; item++) {                                                   \
            char *to;                                                                                      \
            const char *from;                                                                              \
            locate(a, item / bands, a->across, last, &to, &from);                                          \
            const int64_t row = item % bands * band, height = rows - row < band ? rows - row : band;       \
            for (int64_t column = 0; column < columns; column += NN_LINE) {                                \
                const int64_t width = columns - column < NN_LINE ? columns - column : NN_LINE;             \
                transpose_tile_##NAME((TYPE *)to + row * to_pitch + column, to_pitch,                      \
                                      (const TYPE *)from + column * from_pitch + row, from_pitch, height,  \
                                      width);                                                              \
            }                                                                                              \
        }                                                                                                  \
    }

NN_DEFINE_COPY(uint8_t, 8)
NN_DEFINE_COPY(uint16_t, 16)
NN_DEFINE_COPY(uint32_t, 32)
NN_DEFINE_COPY(uint64_t, 64)

typedef void (*body)(void *context, int64_t begin, int64_t end);

/// The dimension along which the source is dense where the target is dense along the last one; -1 if none.
static int transposed_dimension(const nn_block *block) {
    const int last = block->rank - 1;
    if (block->to_strides[last] != 1) return -1;
    for (int i = 0; i < last; i++)
        if (block->from_strides[i] == 1) return i;
    return -1;
}

void nn_strided_copy(void *to, const void *from, int32_t element_size, const nn_block *block) {
    static const body sparse[] = {sparse_8, sparse_16, sparse_32, sparse_64};
    static const body transpose[] = {transpose_8, transpose_16, transpose_32, transpose_64};
    int64_t count = 1;
    for (int i = 0; i < block->rank; i++) count *= block->shape[i];
    if (count == 0) return;

    arguments a = {to, from, simplified(block), element_size, -1};
    if (a.block.rank == 0) {
        memcpy(to, from, (size_t)element_size);
        return;
    }
    const int last = a.block.rank - 1;
    const int type = element_size == 1 ? 0 : element_size == 2 ? 1 : element_size == 4 ? 2 : 3;
    const int64_t length = a.block.shape[last], grain = NN_GRAIN / element_size;
    if (a.block.to_strides[last] == 1 && a.block.from_strides[last] == 1) {
        if (last == 0) {
            nn_copy(to, from, (size_t)(length * element_size));
        } else {
            nn_parallel_for(count / length, grain / length + 1, &a, copy_dense);
        }
    } else if ((a.across = transposed_dimension(&a.block)) >= 0) {
        const int64_t rows = a.block.shape[a.across], band = NN_LINE / element_size;
        const int64_t bands = (rows + band - 1) / band;
        nn_parallel_for(count / length / rows * bands, grain / length / band + 1, &a, transpose[type]);
    } else {
        nn_parallel_for(count / length, grain / length + 1, &a, sparse[type]);
    }
}
