#include "nn_math.h"

#include "include/nn_random.h"

/// One step of work: the words of this many / 4 neighbouring counters, calculated side by side.
enum { WORDS = 64 };

/// Ten rounds on the counters [4][count], in place.
NN_INLINE void philox(uint32_t *restrict w0, uint32_t *restrict w1, uint32_t *restrict w2, uint32_t *restrict w3,
                      int count, uint32_t key0, uint32_t key1) {
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < count; i++) {
            uint64_t a = (uint64_t)0xD2511F53u * w0[i], b = (uint64_t)0xCD9E8D57u * w2[i];
            w0[i] = (uint32_t)(b >> 32) ^ w1[i] ^ key0;
            w1[i] = (uint32_t)b;
            w2[i] = (uint32_t)(a >> 32) ^ w3[i] ^ key1;
            w3[i] = (uint32_t)a;
        }
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
}

void nn_philox(uint64_t key, uint64_t low, uint64_t high, uint64_t *first, uint64_t *second) {
    uint32_t w0 = (uint32_t)low, w1 = (uint32_t)(low >> 32), w2 = (uint32_t)high, w3 = (uint32_t)(high >> 32);
    philox(&w0, &w1, &w2, &w3, 1, (uint32_t)key, (uint32_t)(key >> 32));
    *first = w0 | (uint64_t)w1 << 32;
    *second = w2 | (uint64_t)w3 << 32;
}

/// The words of elements first ..< first + WORDS.
NN_INLINE void random_words(uint64_t key, int64_t first, uint32_t words[WORDS]) {
    enum { COUNT = WORDS / 4 };
    uint32_t w0[COUNT], w1[COUNT], w2[COUNT], w3[COUNT];
    for (int i = 0; i < COUNT; i++) {
        uint64_t counter = (uint64_t)first / 4 + (uint64_t)i;
        w0[i] = (uint32_t)counter;
        w1[i] = (uint32_t)(counter >> 32);
        w2[i] = w3[i] = 0;
    }
    philox(w0, w1, w2, w3, COUNT, (uint32_t)key, (uint32_t)(key >> 32));
    for (int i = 0; i < COUNT; i++) {
        words[4 * i] = w0[i];
        words[4 * i + 1] = w1[i];
        words[4 * i + 2] = w2[i];
        words[4 * i + 3] = w3[i];
    }
}

typedef struct {
    void *to;
    const void *from;
    int64_t count;
    uint64_t key;
    float a, b;
    uint32_t threshold;
} arguments;

NN_CLONES static void uniform_part(void *context, int64_t begin, int64_t end) {
    const arguments *p = context;
    float low = p->a, range = p->b - p->a, limit = nextafterf(p->b, p->a);
    for (int64_t first = begin * WORDS; first < end * WORDS; first += WORDS) {
        uint32_t words[WORDS];
        float numbers[WORDS];
        random_words(p->key, first, words);
        // The sum may be rounded up to the end of the range, which does not belong to it.
        for (int i = 0; i < WORDS; i++)
            numbers[i] = nn_min(low + range * ((float)(int32_t)(words[i] >> 8) * 0x1p-24f), limit);
        int64_t count = p->count - first < WORDS ? p->count - first : WORDS;
        memcpy((float *)p->to + first, numbers, (size_t)count * sizeof(float));
    }
}

/// sin and cos of 2 pi u for 0 <= u < 1, by the polynomials of Cephes (Moshier 1992).
NN_INLINE void sin_cos_of_turn(float u, float *sin, float *cos) {
    float quarter = __builtin_elementwise_floor(4.0f * u + 0.5f);
    float x = (u - 0.25f * quarter) * 6.28318531f, z = x * x;
    int32_t quadrant = (int32_t)quarter;
    float s = ((-1.9515295891e-4f * z + 8.3321608736e-3f) * z - 1.6666654611e-1f) * z * x + x;
    float c = ((2.443315711809948e-5f * z - 1.388731625493765e-3f) * z + 4.166664568298827e-2f) * z * z;
    c = (c - 0.5f * z) + 1.0f;
    int is_odd = quadrant & 1;
    float first = is_odd ? c : s, second = is_odd ? s : c;
    *sin = quadrant & 2 ? -first : first;
    *cos = (quadrant + 1) & 2 ? -second : second;
}

NN_CLONES static void normal_part(void *context, int64_t begin, int64_t end) {
    const arguments *p = context;
    for (int64_t first = begin * WORDS; first < end * WORDS; first += WORDS) {
        uint32_t words[WORDS];
        float numbers[WORDS];
        random_words(p->key, first, words);
        for (int i = 0; i < WORDS / 2; i++) {
            // Half a step above 0, whose logarithm is infinite.
            float u = (float)words[2 * i] * 0x1p-32f + 0x1p-33f, sin, cos;
            float radius = p->b * nn_sqrt(-2.0f * nn_log(u));
            sin_cos_of_turn((float)(int32_t)(words[2 * i + 1] >> 8) * 0x1p-24f, &sin, &cos);
            numbers[2 * i] = p->a + radius * cos;
            numbers[2 * i + 1] = p->a + radius * sin;
        }
        int64_t count = p->count - first < WORDS ? p->count - first : WORDS;
        memcpy((float *)p->to + first, numbers, (size_t)count * sizeof(float));
    }
}

#define NN_PLAIN(x) (x)

#define NN_DEFINE_DROPOUT(NAME, STORED, READ, WRITE)                                             \
    NN_CLONES static void NAME(void *context, int64_t begin, int64_t end) {                      \
        const arguments *p = context;                                                            \
        for (int64_t first = begin * WORDS; first < end * WORDS; first += WORDS) {               \
            uint32_t words[WORDS];                                                               \
            random_words(p->key, first, words);                                                  \
            STORED *restrict to = (STORED *)p->to + first;                                       \
            const STORED *restrict from = (const STORED *)p->from + first;                       \
            int64_t count = p->count - first < WORDS ? p->count - first : WORDS;                 \
            for (int64_t i = 0; i < count; i++)                                                  \
                to[i] = words[i] >= p->threshold ? WRITE(READ(from[i]) * p->a) : (STORED)0;      \
        }                                                                                        \
    }

NN_DEFINE_DROPOUT(dropout_f32, float, NN_PLAIN, NN_PLAIN)
NN_DEFINE_DROPOUT(dropout_bf16, nn_bf16, nn_from_bf16, nn_to_bf16)

static void run(arguments *p, void (*part)(void *, int64_t, int64_t)) {
    nn_parallel_for((p->count + WORDS - 1) / WORDS, NN_GRAIN / 4 / WORDS, p, part);
}

void nn_random_uniform(float *to, int64_t count, uint64_t key, float low, float high) {
    arguments p = {to, NULL, count, key, low, high, 0};
    run(&p, uniform_part);
}

void nn_random_normal(float *to, int64_t count, uint64_t key, float mean, float deviation) {
    arguments p = {to, NULL, count, key, mean, deviation, 0};
    run(&p, normal_part);
}

void nn_dropout(int type, void *to, const void *from, int64_t count, uint64_t key, uint32_t threshold,
                float scale) {
    arguments p = {to, from, count, key, scale, 0, threshold};
    run(&p, type ? dropout_bf16 : dropout_f32);
}
