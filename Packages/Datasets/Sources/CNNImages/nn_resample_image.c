#include "include/nn_images.h"
#include "nn_clones.h"

#include <string.h>

/// Bytes that are weighed at once, in registers. 64 are four vectors of AVX-512, enough to hide the latency of the sums.
enum { block = 64, strip = 64 };

/// One line: the sum of `taps` lines, `pitch` bytes apart, each with its weight, rounded and clipped.
NN_CLONES static void weigh_lines(uint8_t *restrict to, const uint8_t *restrict from, int64_t pitch,
                                  const float *restrict weights, int64_t taps, int64_t count) {
    int64_t i = 0;
    for (; i + block <= count; i += block) {
        float sums[block];
        for (int l = 0; l < block; l++) sums[l] = 0.5f;
        for (int64_t t = 0; t < taps; t++) {
            const uint8_t *line = from + t * pitch + i;
            float weight = weights[t];
            for (int l = 0; l < block; l++) sums[l] += weight * (float)line[l];
        }
        for (int l = 0; l < block; l++) {
            float sum = sums[l] < 0 ? 0 : sums[l] > 255.5f ? 255.5f : sums[l];
            to[i + l] = (uint8_t)(int)sum;
        }
    }
    for (; i < count; i++) {
        float sum = 0.5f;
        for (int64_t t = 0; t < taps; t++) sum += weights[t] * (float)from[t * pitch + i];
        sum = sum < 0 ? 0 : sum > 255.5f ? 255.5f : sum;
        to[i] = (uint8_t)(int)sum;
    }
}

void nn_resample_rows(uint8_t *to, const uint8_t *from, int64_t pitch, int64_t to_height, const int32_t *first,
                      const int32_t *taps, const float *weights, int64_t weight_count) {
    for (int64_t y = 0; y < to_height; y++) {
        weigh_lines(to + y * pitch, from + first[y] * pitch, pitch, weights + y * weight_count, taps[y], pitch);
    }
}

int64_t nn_resample_scratch(int64_t height, int64_t width, int64_t to_width, int64_t channels) {
    return (height < strip ? height : strip) * channels * (width + to_width);
}

/// Copies pixels so that those of one column, in `rows` rows, stand together, or back. The number of channels is a
/// constant where it is passed as one.
static inline void turn(uint8_t *restrict to, int64_t to_column, int64_t to_row, const uint8_t *restrict from,
                        int64_t from_column, int64_t from_row, int64_t rows, int64_t columns, int64_t channels) {
    for (int64_t x = 0; x < columns; x++) {
        for (int64_t y = 0; y < rows; y++) {
            const uint8_t *source = from + x * from_column + y * from_row;
            uint8_t *target = to + x * to_column + y * to_row;
            for (int64_t c = 0; c < channels; c++) target[c] = source[c];
        }
    }
}

static void turn_any(uint8_t *to, int64_t to_column, int64_t to_row, const uint8_t *from, int64_t from_column,
                     int64_t from_row, int64_t rows, int64_t columns, int64_t channels) {
    // Sixteen columns at a time, so that the lines of memory that are read and written stay in the cache.
    for (int64_t x = 0; x < columns; x += 16) {
        int64_t part = columns - x < 16 ? columns - x : 16;
        uint8_t *target = to + x * to_column;
        const uint8_t *source = from + x * from_column;
        if (channels == 3) {
            turn(target, to_column, to_row, source, from_column, from_row, rows, part, 3);
        } else if (channels == 1) {
            turn(target, to_column, to_row, source, from_column, from_row, rows, part, 1);
        } else {
            turn(target, to_column, to_row, source, from_column, from_row, rows, part, channels);
        }
    }
}

void nn_resample_columns(uint8_t *to, const uint8_t *from, int64_t height, int64_t width, int64_t to_width,
                         int64_t channels, const int32_t *first, const int32_t *taps, const float *weights,
                         int64_t weight_count, uint8_t *scratch) {
    for (int64_t top = 0; top < height; top += strip) {
        int64_t rows = height - top < strip ? height - top : strip, line = rows * channels;
        uint8_t *columns = scratch, *results = scratch + line * width;
        turn_any(columns, line, channels, from + top * width * channels, channels, width * channels, rows, width,
                 channels);
        for (int64_t x = 0; x < to_width; x++) {
            weigh_lines(results + x * line, columns + first[x] * line, line, weights + x * weight_count, taps[x], line);
        }
        turn_any(to + top * to_width * channels, channels, to_width * channels, results, line, channels, rows, to_width,
                 channels);
    }
}

NN_CLONES void nn_resample_floats(float *restrict to, const float *restrict from, int64_t height, int64_t width,
                                  int64_t to_width, int64_t channels, const int32_t *restrict first,
                                  const int32_t *restrict taps, const float *restrict weights, int64_t weight_count) {
    for (int64_t y = 0; y < height; y++, from += width * channels) {
        for (int64_t x = 0; x < to_width; x++, to += channels) {
            for (int64_t c = 0; c < channels; c++) to[c] = 0;
            for (int64_t t = 0; t < taps[x]; t++) {
                const float *pixel = from + (first[x] + t) * channels;
                float weight = weights[x * weight_count + t];
                for (int64_t c = 0; c < channels; c++) to[c] += weight * pixel[c];
            }
        }
    }
}
