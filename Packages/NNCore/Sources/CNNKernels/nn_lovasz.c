#include "include/nn_lovasz.h"

#include "nn_internal.h"

/// The errors are sorted by their bits, which have the order of the numbers, as 0 <= error.
enum { RADIX_BITS = 11, RADIX = 1 << RADIX_BITS, FIRST_BIT = 32 };

/// Stands beside the number of a pixel whose label is the class.
static const uint32_t is_label_bit = (uint32_t)1 << 31;

/// One class of one image.
typedef struct {
    int64_t image, class, labelled;
    /// Its part in the mean.
    double share;
    double loss;
} task;

typedef struct {
    const float *probabilities;
    const int32_t *labels;
    int64_t pixels, classes;
    int32_t ignore_index;
    task *tasks;
    float *gradient;
} job;

/// Sorts by the upper 32 bits; the result is in `items`, in the order before where they are equal.
static void sort(uint64_t *items, uint64_t *other, int64_t count) {
    for (int shift = FIRST_BIT; shift < 64; shift += RADIX_BITS) {
        int64_t starts[RADIX + 1] = {0};
        for (int64_t i = 0; i < count; i++) starts[(items[i] >> shift & (RADIX - 1)) + 1]++;
        for (int d = 0; d < RADIX; d++) starts[d + 1] += starts[d];
        for (int64_t i = 0; i < count; i++) other[starts[items[i] >> shift & (RADIX - 1)]++] = items[i];
        uint64_t *swapped = items;
        items = other;
        other = swapped;
    }
    // Three passes end in the other memory.
    memcpy(other, items, (size_t)count * sizeof(uint64_t));
}

static void run(void *context, int64_t begin, int64_t end) {
    const job *j = context;
    uint64_t *items = nn_scratch(2 * j->pixels, sizeof(uint64_t)), *other = items + j->pixels;
    for (int64_t t = begin; t < end; t++) {
        task *task = &j->tasks[t];
        const int32_t *labels = j->labels + task->image * j->pixels;
        int64_t start = task->image * j->pixels * j->classes + task->class, count = 0;
        for (int64_t i = 0; i < j->pixels; i++) {
            if (labels[i] == j->ignore_index) continue;
            int is_label = labels[i] == task->class;
            float error = fabsf((float)is_label - j->probabilities[start + i * j->classes]);
            uint32_t bits;
            memcpy(&bits, &error, 4);
            // The complement, for the largest error to be first.
            items[count++] = (uint64_t)~bits << FIRST_BIT | (is_label ? is_label_bit : 0) | (uint32_t)i;
        }
        sort(items, other, count);
        double loss = 0, before = 0, intersection = (double)task->labelled, set_union = intersection;
        for (int64_t k = 0; k < count; k++) {
            int is_label = (items[k] & is_label_bit) != 0;
            if (is_label) intersection -= 1;
            else set_union += 1;
            double jaccard = 1 - intersection / set_union, slope = (jaccard - before) * task->share;
            before = jaccard;
            int64_t i = (int64_t)((uint32_t)items[k] & ~is_label_bit);
            uint32_t bits = ~(uint32_t)(items[k] >> FIRST_BIT);
            float error;
            memcpy(&error, &bits, 4);
            loss += (double)error * slope;
            j->gradient[start + i * j->classes] = (float)(is_label ? -slope : slope);
        }
        task->loss = loss;
    }
    nn_free(items);
}

int64_t nn_lovasz(const float *probabilities, const int32_t *labels, int64_t images, int64_t pixels,
                  int64_t classes, int32_t ignore_index, double *loss, float *gradient) {
    task *tasks = nn_scratch(images * classes, sizeof(task));
    int64_t *counts = nn_scratch(classes, sizeof(int64_t)), taken = 0, labelled_images = 0, bad_row = -1;
    for (int64_t image = 0; image < images; image++) {
        memset(counts, 0, (size_t)classes * sizeof(int64_t));
        for (int64_t row = image * pixels; row < (image + 1) * pixels; row++) {
            int32_t label = labels[row];
            if (label == ignore_index) continue;
            if (label >= 0 && label < classes) counts[label]++;
            else if (bad_row < 0) bad_row = row;
        }
        int64_t first = taken;
        for (int64_t c = 0; c < classes; c++)
            if (counts[c] > 0) tasks[taken++] = (task){.image = image, .class = c, .labelled = counts[c]};
        for (int64_t t = first; t < taken; t++) tasks[t].share = 1 / (double)(taken - first);
        labelled_images += taken > first;
    }
    for (int64_t t = 0; t < taken; t++) tasks[t].share /= (double)labelled_images;
    nn_zero(gradient, (size_t)(images * pixels * classes) * sizeof(float));
    job j = {probabilities, labels, pixels, classes, ignore_index, tasks, gradient};
    *loss = 0;
    if (bad_row < 0) {
        nn_parallel_for(taken, NN_GRAIN / (pixels + 1) + 1, &j, run);
        for (int64_t t = 0; t < taken; t++) *loss += tasks[t].loss;
    }
    nn_free(counts);
    nn_free(tasks);
    return bad_row;
}
