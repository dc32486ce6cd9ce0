#include "nn_parts.h"

#include "include/nn_cast.h"
#include "include/nn_reduce.h"

/// The columns that are reduced side by side: as many as the accumulators of AVX-512 and AVX2 hold.
enum { LANES = 64 };
/// The elements of one piece of work. Fixed, so that the order of sums is the same on any machine.
enum { PIECE = 65536 };

typedef union {
    double real;
    int64_t whole;
} total;

/// Reduces `rows` rows, `stride` elements apart, of width <= LANES elements to a total for each column.
typedef void (*block_function)(const void *from, int64_t rows, int64_t stride, int64_t width, total *totals);
typedef void (*merge_function)(total *totals, const total *others, int64_t count);
typedef void (*store_function)(void *to, int64_t index, const total *totals, int64_t count, double scale);

#define NN_PLAIN(x) (x)
#define NN_SUM(a, x) ((a) + (x))
// NaN wins.
#define NN_LARGER(a, x) ((((x) > (a)) | ((x) != (x))) ? (x) : (a))
#define NN_SMALLER(a, x) ((((x) < (a)) | ((x) != (x))) ? (x) : (a))

#define NN_DEFINE_BLOCK(NAME, STORED, READ, VALUE, FIELD, START, COMBINE)                        \
    NN_CLONES static void NAME(const void *from, int64_t rows, int64_t stride, int64_t width,    \
                               total *totals) {                                                  \
        const STORED *x = from;                                                                  \
        for (int64_t l = 0; l < width; l++) totals[l].FIELD = START;                             \
        for (int64_t done = 0; done < rows; done += NN_TERMS) {                                  \
            int64_t terms = rows - done < NN_TERMS ? rows - done : NN_TERMS;                     \
            VALUE sums[LANES];                                                                   \
            for (int l = 0; l < LANES; l++) sums[l] = START;                                     \
            if (width == LANES) {                                                                \
                for (int64_t t = 0; t < terms; t++, x += stride)                                 \
                    for (int l = 0; l < LANES; l++) {                                            \
                        VALUE value = READ(x[l]);                                                \
                        sums[l] = COMBINE(sums[l], value);                                       \
                    }                                                                            \
            } else {                                                                             \
                for (int64_t t = 0; t < terms; t++, x += stride)                                 \
                    for (int64_t l = 0; l < width; l++) {                                        \
                        VALUE value = READ(x[l]);                                                \
                        sums[l] = COMBINE(sums[l], value);                                       \
                    }                                                                            \
            }                                                                                    \
            for (int64_t l = 0; l < width; l++) totals[l].FIELD = COMBINE(totals[l].FIELD, sums[l]); \
        }                                                                                        \
    }

#define NN_DEFINE_BLOCKS(NAME, COMBINE, FLOAT_START, INTEGER_START)                              \
    NN_DEFINE_BLOCK(NAME##_f32, float, NN_PLAIN, float, real, FLOAT_START, COMBINE)              \
    NN_DEFINE_BLOCK(NAME##_bf16, nn_bf16, nn_from_bf16, float, real, FLOAT_START, COMBINE)       \
    NN_DEFINE_BLOCK(NAME##_i32, int32_t, NN_PLAIN, int64_t, whole, INTEGER_START, COMBINE)       \
    NN_DEFINE_BLOCK(NAME##_i64, int64_t, NN_PLAIN, int64_t, whole, INTEGER_START, COMBINE)       \
    NN_DEFINE_BLOCK(NAME##_u8, uint8_t, NN_PLAIN, int64_t, whole, INTEGER_START, COMBINE)

NN_DEFINE_BLOCKS(sum, NN_SUM, 0, 0)
NN_DEFINE_BLOCKS(maximum, NN_LARGER, -INFINITY, INT64_MIN)
NN_DEFINE_BLOCKS(minimum, NN_SMALLER, INFINITY, INT64_MAX)

// Products leave the range of float32 long before the last factor brings them back, so they are made in double;
// whole ones wrap around, which signed overflow would not.
#define NN_PRODUCT(a, x) ((a) * (x))
#define NN_WRAPPED_PRODUCT(a, x) ((int64_t)((uint64_t)(a) * (uint64_t)(x)))

NN_DEFINE_BLOCK(product_f32, float, NN_PLAIN, double, real, 1, NN_PRODUCT)
NN_DEFINE_BLOCK(product_bf16, nn_bf16, nn_from_bf16, double, real, 1, NN_PRODUCT)
NN_DEFINE_BLOCK(product_i32, int32_t, NN_PLAIN, int64_t, whole, 1, NN_WRAPPED_PRODUCT)
NN_DEFINE_BLOCK(product_i64, int64_t, NN_PLAIN, int64_t, whole, 1, NN_WRAPPED_PRODUCT)
NN_DEFINE_BLOCK(product_u8, uint8_t, NN_PLAIN, int64_t, whole, 1, NN_WRAPPED_PRODUCT)

#define NN_DEFINE_MERGE(NAME, FIELD, COMBINE)                                                    \
    static void NAME(total *totals, const total *others, int64_t count) {                        \
        for (int64_t l = 0; l < count; l++)                                                      \
            totals[l].FIELD = COMBINE(totals[l].FIELD, others[l].FIELD);                         \
    }

NN_DEFINE_MERGE(merge_sum, real, NN_SUM)
NN_DEFINE_MERGE(merge_maximum, real, NN_LARGER)
NN_DEFINE_MERGE(merge_minimum, real, NN_SMALLER)
NN_DEFINE_MERGE(merge_whole_sum, whole, NN_SUM)
NN_DEFINE_MERGE(merge_whole_maximum, whole, NN_LARGER)
NN_DEFINE_MERGE(merge_whole_minimum, whole, NN_SMALLER)
NN_DEFINE_MERGE(merge_product, real, NN_PRODUCT)
NN_DEFINE_MERGE(merge_whole_product, whole, NN_WRAPPED_PRODUCT)

#define NN_DEFINE_STORE(NAME, STORED, WRITE, EXPRESSION)                                         \
    static void NAME(void *to, int64_t index, const total *totals, int64_t count, double scale) { \
        STORED *result = (STORED *)to + index;                                                   \
        (void)scale;                                                                             \
        for (int64_t l = 0; l < count; l++) result[l] = WRITE(EXPRESSION);                       \
    }

NN_DEFINE_STORE(store_f32, float, NN_PLAIN, (float)(totals[l].real * scale))
NN_DEFINE_STORE(store_bf16, nn_bf16, nn_to_bf16, (float)(totals[l].real * scale))
NN_DEFINE_STORE(store_i32, int32_t, NN_PLAIN, (int32_t)totals[l].whole)
NN_DEFINE_STORE(store_i64, int64_t, NN_PLAIN, totals[l].whole)
NN_DEFINE_STORE(store_u8, uint8_t, NN_PLAIN, (uint8_t)totals[l].whole)

#define NN_ROW(NAME) {NAME##_f32, NAME##_bf16, NAME##_i32, NAME##_i64, NAME##_u8}

static const block_function blocks[][5] = {NN_ROW(sum), NN_ROW(maximum), NN_ROW(minimum), NN_ROW(product)};
static const store_function stores[5] = NN_ROW(store);
static const merge_function merges[][2] = {
    {merge_sum, merge_whole_sum},
    {merge_maximum, merge_whole_maximum},
    {merge_minimum, merge_whole_minimum},
    {merge_product, merge_whole_product},
};
static const int64_t sizes[] = {4, 2, 4, 8, 1};

typedef struct {
    block_function block;
    merge_function merge;
    store_function store;
    double scale;
    void *to;
    const char *from;
    int64_t size, length, inner;
    /// Each outer item is cut into chunks of rows and tiles of columns.
    int64_t chunks, chunk_rows, tiles;
    /// [outer, chunks, inner], where there is more than one chunk.
    total *partials;
} arguments;

/// Reduces `count` rows of few columns, so many of them side by side as there are lanes for.
static void reduce_narrow(const arguments *a, const char *from, int64_t count, total *result) {
    total totals[LANES], rest[LANES];
    const int64_t inner = a->inner, together = LANES / inner, width = together * inner;
    int64_t rows = count / together, tail = count % together;
    // Few rows cost less one by one than the folding of the lanes.
    if (rows == 0 && tail < together / 2) {
        a->block(from, count, inner, inner, result);
        return;
    }
    a->block(from, rows, width, width, totals);
    a->block(from + rows * width * a->size, 1, width, tail * inner, rest);
    a->merge(totals, rest, tail * inner);
    for (int64_t count = together; count > 1; count = (count + 1) / 2)
        a->merge(totals, totals + (count + 1) / 2 * inner, count / 2 * inner);
    memcpy(result, totals, (size_t)inner * sizeof(total));
}

static void reduce_part(void *context, int64_t begin, int64_t end) {
    const arguments *a = context;
    for (int64_t piece = begin; piece < end; piece++) {
        int64_t tile = piece % a->tiles, chunk = piece / a->tiles % a->chunks, outer = piece / a->tiles / a->chunks;
        int64_t row = chunk * a->chunk_rows, column = tile * LANES;
        int64_t rows = a->length - row < a->chunk_rows ? a->length - row : a->chunk_rows;
        int64_t width = a->inner - column < LANES ? a->inner - column : LANES;
        const char *from = a->from + ((outer * a->length + row) * a->inner + column) * a->size;
        total totals[LANES];
        if (a->inner <= LANES / 2) {
            reduce_narrow(a, from, rows, totals);
        } else {
            a->block(from, rows, a->inner, width, totals);
        }
        if (a->partials) {
            total *partials = a->partials + (outer * a->chunks + chunk) * a->inner + column;
            memcpy(partials, totals, (size_t)width * sizeof(total));
        } else {
            a->store(a->to, outer * a->inner + column, totals, width, a->scale);
        }
    }
}

void nn_reduce(int function, double scale, int to_type, void *to, int from_type, const void *from,
               int64_t outer, int64_t length, int64_t inner) {
    if (outer == 0 || inner == 0) return;
    arguments a = {
        .block = blocks[function][from_type],
        .merge = merges[function][from_type >= NN_INT32],
        .store = stores[to_type],
        .scale = scale, .to = to, .from = from,
        .size = sizes[from_type], .length = length, .inner = inner,
    };
    a.chunk_rows = PIECE / (inner < LANES ? inner : LANES);
    a.chunks = length > a.chunk_rows ? (length + a.chunk_rows - 1) / a.chunk_rows : 1;
    a.tiles = (inner + LANES - 1) / LANES;
    if (a.chunks > 1) {
        a.partials = nn_scratch(outer * a.chunks * inner, sizeof(total));
    }
    int64_t pieces = outer * a.chunks * a.tiles;
    int64_t elements = outer * length * inner / pieces;
    nn_parallel_for(pieces, elements < NN_GRAIN ? NN_GRAIN / (elements + 1) + 1 : 1, &a, reduce_part);
    if (!a.partials) return;
    for (int64_t o = 0; o < outer; o++) {
        total *sums = a.partials + o * a.chunks * inner;
        for (int64_t chunk = 1; chunk < a.chunks; chunk++) a.merge(sums, sums + chunk * inner, inner);
        a.store(to, o * inner, sums, inner, scale);
    }
    nn_free(a.partials);
}
