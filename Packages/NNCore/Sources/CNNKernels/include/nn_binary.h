#ifndef NN_BINARY_H
#define NN_BINARY_H

#include <stdint.h>

/// Functions of two numbers. NN_SHARE is the part of a maximum's gradient that goes to the left
/// operand: 1 where it is greater, 1/2 where both are equal. From NN_EQUAL on results are uint8, 0 or 1.
enum {
    NN_ADD, NN_SUBTRACT, NN_MULTIPLY, NN_DIVIDE, NN_MAXIMUM, NN_MINIMUM, NN_POWER, NN_SHARE,
    NN_EQUAL, NN_NOT_EQUAL, NN_LESS, NN_LESS_OR_EQUAL,
    NN_AND, NN_OR, NN_EXCLUSIVE_OR
};

/// to = function(left, right), both of one type and repeated over the result's `lengths`.
///
/// Integers wrap around. NN_DIVIDE, NN_POWER and NN_SHARE take floats only, NN_AND, NN_OR and NN_EXCLUSIVE_OR
/// uint8 only, of which any value but 0 counts as true. A stride of 0 repeats an operand; the last stride is 0 or 1. There are 1 to NN_MAXIMUM_RANK dimensions.
void nn_binary(int function, int type, void *_Nonnull to, const void *_Nonnull left,
               const void *_Nonnull right, int rank, const int64_t *_Nonnull lengths,
               const int64_t *_Nonnull left_strides, const int64_t *_Nonnull right_strides);

#endif
