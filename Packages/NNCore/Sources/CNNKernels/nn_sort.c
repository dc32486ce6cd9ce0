#include "include/nn_sort.h"

#include "include/nn_cast.h"
#include "nn_internal.h"

enum { RADIX_BITS = 8, RADIX = 1 << RADIX_BITS, LARGEST_KEY = 8 };
/// Lines below this length are sorted by insertion, which costs less than the counts of a radix sort.
enum { SHORT_LINE = 48 };

/// An element as an unsigned number that has its order, and its index in the line.
typedef struct {
    uint64_t key;
    int32_t index;
} item;

typedef struct {
    int32_t *to;
    const void *from;
    int64_t length, inner;
    int type, is_descending;
} arguments;

/// The bits of negative numbers fall as the numbers rise; those of the others follow.
NN_INLINE uint32_t key_of_float(float x) {
    uint32_t bits, sign = (uint32_t)1 << 31;
    memcpy(&bits, &x, 4);
    if (x != x) return UINT32_MAX;
    if (x == 0) return sign;
    return bits & sign ? ~bits : bits | sign;
}

NN_INLINE uint64_t key_at(const void *from, int64_t index, const int type) {
    switch (type) {
        case NN_FLOAT32: return key_of_float(((const float *)from)[index]);
        case NN_BFLOAT16: return key_of_float(nn_from_bf16(((const nn_bf16 *)from)[index])) >> 16;
        case NN_INT32: return (uint32_t)((const int32_t *)from)[index] ^ (uint32_t)1 << 31;
        case NN_INT64: return (uint64_t)((const int64_t *)from)[index] ^ (uint64_t)1 << 63;
        default: return ((const uint8_t *)from)[index];
    }
}

NN_INLINE void read_line(const arguments *a, int64_t start, item *items, const int type) {
    const uint64_t flip = a->is_descending ? UINT64_MAX : 0;
    for (int64_t i = 0; i < a->length; i++) {
        items[i].key = key_at(a->from, start + i * a->inner, type) ^ flip;
        items[i].index = (int32_t)i;
    }
}

static void insertion_sort(item *items, int64_t count) {
    for (int64_t i = 1; i < count; i++) {
        const item x = items[i];
        int64_t j = i;
        for (; j > 0 && items[j - 1].key > x.key; j--) items[j] = items[j - 1];
        items[j] = x;
    }
}

/// Sorts by the lower `bytes` of the keys, each pass keeping the order of equal ones. Returns which of the two
/// memories holds the result.
static item *radix_sort(item *items, item *other, int64_t count, int bytes) {
    int64_t counts[LARGEST_KEY][RADIX] = {{0}};
    for (int64_t i = 0; i < count; i++)
        for (int b = 0; b < bytes; b++) counts[b][items[i].key >> b * RADIX_BITS & (RADIX - 1)]++;
    for (int b = 0; b < bytes; b++) {
        const int shift = b * RADIX_BITS;
        int64_t next = 0;
        // All elements have this byte, so the pass would move nothing.
        if (counts[b][items[0].key >> shift & (RADIX - 1)] == count) continue;
        for (int d = 0; d < RADIX; d++) {
            const int64_t first = next;
            next += counts[b][d];
            counts[b][d] = first;
        }
        for (int64_t i = 0; i < count; i++) other[counts[b][items[i].key >> shift & (RADIX - 1)]++] = items[i];
        item *swapped = items;
        items = other;
        other = swapped;
    }
    return items;
}

static void sort_lines(void *context, int64_t begin, int64_t end) {
    static const int bytes[] = {4, 2, 4, 8, 1};
    const arguments *a = context;
    item *memory = nn_scratch(2 * a->length, sizeof(item));
    for (int64_t line = begin; line < end; line++) {
        const int64_t start = line / a->inner * a->length * a->inner + line % a->inner;
        item *items = memory;
        switch (a->type) {
            case NN_FLOAT32: read_line(a, start, items, NN_FLOAT32); break;
            case NN_BFLOAT16: read_line(a, start, items, NN_BFLOAT16); break;
            case NN_INT32: read_line(a, start, items, NN_INT32); break;
            case NN_INT64: read_line(a, start, items, NN_INT64); break;
            default: read_line(a, start, items, NN_UINT8); break;
        }
        if (a->length < SHORT_LINE) {
            insertion_sort(items, a->length);
        } else {
            items = radix_sort(items, memory + a->length, a->length, bytes[a->type]);
        }
        for (int64_t i = 0; i < a->length; i++) a->to[start + i * a->inner] = items[i].index;
    }
    nn_free(memory);
}

void nn_argsort(int type, int is_descending, int32_t *to, const void *from, int64_t outer, int64_t length,
                int64_t inner) {
    if (length == 0) return;
    arguments a = {to, from, length, inner, type, is_descending};
    // An element is moved several times.
    nn_parallel_for(outer * inner, NN_GRAIN / 16 / (length + 1) + 1, &a, sort_lines);
}
