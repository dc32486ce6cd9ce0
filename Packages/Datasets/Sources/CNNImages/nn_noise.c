#include "include/nn_images.h"
#include "nn_clones.h"
#include "nn_random.h"

/// The numbers that are drawn at a time: few enough for the kernels not to start threads, which belong to the network.
enum { CHUNK = 4096 };

/// The key of a chunk: any two of one call differ, and Philox makes unrelated numbers of them.
static uint64_t key_of(uint64_t key, int64_t first) { return key + (uint64_t)(first / CHUNK); }

static int64_t length(int64_t count, int64_t first) { return count - first < CHUNK ? count - first : CHUNK; }

void nn_uniform_noise(float *to, int64_t count, uint64_t key, float low, float high) {
    for (int64_t first = 0; first < count; first += CHUNK) {
        nn_random_uniform(to + first, length(count, first), key_of(key, first), low, high);
    }
}

void nn_random_bytes(uint8_t *to, int64_t count, uint64_t key) {
    float numbers[CHUNK];
    for (int64_t first = 0; first < count; first += CHUNK) {
        int64_t n = length(count, first);
        nn_random_uniform(numbers, n, key_of(key, first), 0, 256);
        for (int64_t i = 0; i < n; i++) to[first + i] = (uint8_t)numbers[i];
    }
}

NN_CLONES static void add_each(uint8_t *restrict pixels, const float *restrict numbers, const float *deviations,
                               int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        float value = (float)pixels[i] + deviations[pixels[i]] * numbers[i];
        value = value < 0 ? 0 : value > 255 ? 255 : value;
        pixels[i] = (uint8_t)(value + 0.5f);
    }
}

void nn_add_noise(uint8_t *pixels, int64_t count, int64_t channels, const float *deviations, bool is_shared,
                  uint64_t key) {
    float numbers[CHUNK];
    int64_t step = is_shared ? channels : 1, drawn = is_shared ? count : count * channels;
    for (int64_t first = 0; first < drawn; first += CHUNK) {
        int64_t n = length(drawn, first);
        nn_random_normal(numbers, n, key_of(key, first), 0, 1);
        uint8_t *part = pixels + first * step;
        if (step == 1) {
            add_each(part, numbers, deviations, n);
            continue;
        }
        for (int64_t i = 0; i < n; i++) {
            for (int64_t c = 0; c < step; c++) {
                uint8_t *byte = part + i * step + c;
                float value = (float)*byte + deviations[*byte] * numbers[i];
                value = value < 0 ? 0 : value > 255 ? 255 : value;
                *byte = (uint8_t)(value + 0.5f);
            }
        }
    }
}

void nn_salt_and_pepper(uint8_t *pixels, int64_t count, int64_t channels, float share, uint64_t key) {
    float numbers[CHUNK];
    for (int64_t first = 0; first < count; first += CHUNK) {
        int64_t n = length(count, first);
        nn_random_uniform(numbers, n, key_of(key, first), 0, 1);
        for (int64_t i = 0; i < n; i++) {
            if (numbers[i] >= share) continue;
            uint8_t value = numbers[i] < share / 2 ? 0 : 255;
            for (int64_t c = 0; c < channels; c++) pixels[(first + i) * channels + c] = value;
        }
    }
}
