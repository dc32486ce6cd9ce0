#include "include/nn_hard_labels.h"

#include "nn_internal.h"

enum { HALF_BITS = 16, HALVES = 1 << HALF_BITS };

static uint32_t bits_of(float x) {
    uint32_t bits;
    memcpy(&bits, &x, 4);
    return bits;
}

/// The value that `rank` of the values, none negative, come before; found by counting halves of their
/// bits, which have the order of the numbers.
static float ranked(const float *values, int64_t count, int64_t rank) {
    int64_t *counts = nn_scratch(HALVES, sizeof(int64_t));
    uint32_t found = 0;
    for (int shift = HALF_BITS; shift >= 0; shift -= HALF_BITS) {
        memset(counts, 0, HALVES * sizeof(int64_t));
        for (int64_t i = 0; i < count; i++) {
            uint32_t bits = bits_of(values[i]);
            if (shift == HALF_BITS || bits >> HALF_BITS == found) counts[bits >> shift & (HALVES - 1)]++;
        }
        uint32_t half = 0;
        while (rank >= counts[half]) rank -= counts[half++];
        found = found << HALF_BITS | half;
    }
    nn_free(counts);
    float value;
    memcpy(&value, &found, 4);
    return value;
}

void nn_hard_labels(const float *probabilities, const int32_t *labels, int64_t rows, float threshold, int64_t least,
                    int32_t replacement, int32_t *to) {
    int64_t counted = 0;
    for (int64_t i = 0; i < rows; i++) counted += !(probabilities[i] > 1);
    if (least > counted) least = counted;
    float limit = least > 0 ? ranked(probabilities, rows, least - 1) : -1;
    for (int64_t i = 0; i < rows; i++) {
        // What is not a number is kept, so that the loss shows it.
        int is_easy = probabilities[i] > limit && probabilities[i] >= threshold;
        to[i] = is_easy ? replacement : labels[i];
    }
}
