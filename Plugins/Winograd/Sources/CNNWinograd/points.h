/// The transformations of one line of a tile.
///
/// A product of polynomials is known from its values at as many points as it has coefficients: at each point one
/// multiplication (Toom 1963, Cook 1966). Turned round, it gives m outputs of a filter of 3 taps from m + 2 inputs by
/// m + 2 multiplications, F(m, 3) (Winograd, "Arithmetic Complexity of Computations", 1980); tiles are transformed
/// along their columns and then along their rows (Lavin and Gray, "Fast Algorithms for Convolutional Neural
/// Networks", 2015).
///
/// F(2, 3) takes the points 0, 1, -1 and infinity. F(4, 3) takes 0, 5/8, -5/8, 3/2, -3/2 and infinity: rounding
/// errors are a third of those with the usual 1 and 2 at the same cost, since good pairs have a product near 1 (Alam,
/// Anderson, Barabasz and Gregg, "Winograd Convolution for Deep Neural Networks: Efficient Point Selection", 2022),
/// and all products of these points are exact. The scales 1 / N of the interpolation are in the weights, which are
/// transformed least often, or where the sums of a gradient are transformed back.
#ifndef POINTS_H
#define POINTS_H

#include "vectors.h"

#define A 0.625f
#define B 1.5f
#define AA (A * A)
#define BB (B * B)
#define SCALE_0 (1 / (AA * BB))
#define SCALE_A (1 / (2 * AA * (AA - BB)))
#define SCALE_B (1 / (2 * BB * (BB - AA)))
#define HALF 0.5f

/// The longest line of a tile.
enum { SPAN = 6 };

/// m + 2 inputs at the points.
INLINE void input_line(const int m, const vec *d, vec *r) {
    if (m == 2) {
        r[0] = d[0] - d[2];
        r[1] = d[1] + d[2];
        r[2] = d[2] - d[1];
        r[3] = d[3] - d[1];
        return;
    }
    vec even_a = d[4] - BB * d[2], odd_a = d[3] - BB * d[1];
    vec even_b = d[4] - AA * d[2], odd_b = d[3] - AA * d[1];
    r[0] = AA * BB * d[0] + (d[4] - (AA + BB) * d[2]);
    r[1] = even_a + A * odd_a;
    r[2] = even_a - A * odd_a;
    r[3] = even_b + B * odd_b;
    r[4] = even_b - B * odd_b;
    r[5] = AA * BB * d[1] + (d[5] - (AA + BB) * d[3]);
}

/// m outputs from the products at the points.
INLINE void output_line(const int m, const vec *p, vec *y) {
    vec sum_a = p[1] + p[2], difference_a = p[1] - p[2];
    if (m == 2) {
        y[0] = p[0] + sum_a;
        y[1] = difference_a + p[3];
        return;
    }
    vec sum_b = p[3] + p[4], difference_b = p[3] - p[4];
    y[0] = p[0] + sum_a + sum_b;
    y[1] = A * difference_a + B * difference_b;
    y[2] = AA * sum_a + BB * sum_b;
    y[3] = A * AA * difference_a + (B * BB * difference_b + p[5]);
}

/// 3 weights at the points, with the scales.
INLINE void weight_line(const int m, const vec *g, vec *r) {
    if (m == 2) {
        vec even = HALF * (g[0] + g[2]), odd = HALF * g[1];
        r[0] = g[0];
        r[1] = even + odd;
        r[2] = even - odd;
        r[3] = g[2];
        return;
    }
    vec even_a = SCALE_A * g[0] + SCALE_A * AA * g[2], odd_a = SCALE_A * A * g[1];
    vec even_b = SCALE_B * g[0] + SCALE_B * BB * g[2], odd_b = SCALE_B * B * g[1];
    r[0] = SCALE_0 * g[0];
    r[1] = even_a + odd_a;
    r[2] = even_a - odd_a;
    r[3] = even_b + odd_b;
    r[4] = even_b - odd_b;
    r[5] = g[2];
}

/// m gradients of outputs at the points. For the gradient by the weight they are the filter, of m taps, and the
/// weight's gradient is the output: F(3, m). The transformation of the inputs is that of F(m, 3), as both have the
/// same points.
INLINE void gradient_line(const int m, const vec *g, vec *r) {
    if (m == 2) {
        r[0] = g[0];
        r[1] = g[0] + g[1];
        r[2] = g[0] - g[1];
        r[3] = g[1];
        return;
    }
    vec even_a = g[0] + AA * g[2], odd_a = g[1] + AA * g[3];
    vec even_b = g[0] + BB * g[2], odd_b = g[1] + BB * g[3];
    r[0] = g[0];
    r[1] = even_a + A * odd_a;
    r[2] = even_a - A * odd_a;
    r[3] = even_b + B * odd_b;
    r[4] = even_b - B * odd_b;
    r[5] = g[3];
}

/// The gradients of 3 weights from sums of products at the points, with the scales.
INLINE void sum_line(const int m, const vec *p, vec *y) {
    if (m == 2) {
        vec sum = HALF * (p[1] + p[2]), difference = HALF * (p[1] - p[2]);
        y[0] = p[0] + sum;
        y[1] = difference;
        y[2] = sum + p[3];
        return;
    }
    vec sum_a = SCALE_A * (p[1] + p[2]), difference_a = SCALE_A * (p[1] - p[2]);
    vec sum_b = SCALE_B * (p[3] + p[4]), difference_b = SCALE_B * (p[3] - p[4]);
    y[0] = SCALE_0 * p[0] + sum_a + sum_b;
    y[1] = A * difference_a + B * difference_b;
    y[2] = AA * sum_a + (BB * sum_b + p[5]);
}

#endif
