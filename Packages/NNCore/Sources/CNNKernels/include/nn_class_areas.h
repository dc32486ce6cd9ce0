#ifndef NN_CLASS_AREAS_H
#define NN_CLASS_AREAS_H

#include <stdint.h>

/// Soft areas of the classes in images of `pixels` predictions each: logits [images, pixels, classes].
typedef struct {
    int64_t images, pixels, classes;
    int is_bfloat16;
    const void *_Nonnull logits;
    const int32_t *_Nonnull labels;
    /// Pixels with this label do not count; INT32_MIN for none.
    int32_t ignore_index;
} nn_class_areas;

/// For each image and class the sums over pixels of the softmax where the class is the label, of the
/// softmax, and of the labels: three times [images, classes]. Gives the first pixel whose label is
/// neither a class nor the ignored one, or -1.
int64_t nn_class_areas_forward(const nn_class_areas *_Nonnull job, float *_Nonnull intersections,
                               float *_Nonnull predictions, float *_Nonnull labels);

/// The gradient by the logits, in their type, from those by intersections and predictions.
void nn_class_areas_backward(const nn_class_areas *_Nonnull job, const float *_Nonnull intersections,
                             const float *_Nonnull predictions, void *_Nonnull gradient);

#endif
