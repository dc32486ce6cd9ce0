#include "include/nn_matrix_product.h"

#include "nn_internal.h"

/// A tile of the result, of ROWS x COLUMNS sums, stays in registers: 6 of AVX-512 or 12 of AVX2. A packed tile of
/// the left operand (6 KiB) and one of the right (16 KiB) stay in the first cache, DEPTH x PANEL of the right
/// operand (256 KiB) in the second.
enum { ROWS = 6, COLUMNS = 16, DEPTH = 256, PANEL = 256 };

typedef float lanes __attribute__((vector_size(COLUMNS * sizeof(float)), aligned(4)));

typedef struct {
    const float *values;
    /// Elements from one row to the next, and from one column to the next.
    int64_t row, column;
} matrix;

/// `depth` rows of the right operand's columns, COLUMNS beside each other and filled up with zeros.
NN_INLINE void pack_right(matrix from, int64_t depth, int64_t columns, float *to) {
    for (int64_t tile = 0; tile < columns; tile += COLUMNS)
        for (int64_t k = 0; k < depth; k++)
            for (int64_t j = tile; j < tile + COLUMNS; j++)
                *to++ = j < columns ? from.values[k * from.row + j * from.column] : 0;
}

/// `depth` columns of up to ROWS rows of the left operand, filled up with zeros.
NN_INLINE void pack_left(matrix from, int64_t rows, int64_t depth, float *to) {
    for (int64_t i = 0; i < ROWS; i++)
        for (int64_t k = 0; k < depth; k++)
            to[k * ROWS + i] = i < rows ? from.values[i * from.row + k * from.column] : 0;
}

/// One tile of the result from packed operands.
NN_INLINE void multiply_tile(const float *left, const float *right, int64_t depth, int64_t rows, int64_t columns,
                             int adds, float *result, int64_t stride) {
    lanes sums[ROWS] = {0};
    for (int64_t k = 0; k < depth; k++) {
        lanes other = *(const lanes *)(right + k * COLUMNS);
        for (int i = 0; i < ROWS; i++) sums[i] += left[k * ROWS + i] * other;
    }
    for (int64_t i = 0; i < rows; i++) {
        float row[COLUMNS];
        memcpy(row, &sums[i], sizeof row);
        float *to = result + i * stride;
        for (int64_t j = 0; j < columns; j++) to[j] = adds ? to[j] + row[j] : row[j];
    }
}

NN_CLONES static void multiply_panel(matrix left, int64_t rows, matrix right, int64_t columns, int64_t depth, int adds,
                                     float *result, int64_t stride, float *packed) {
    float packed_left[DEPTH * ROWS];
    pack_right(right, depth, columns, packed);
    for (int64_t i = 0; i < rows; i += ROWS) {
        int64_t tile_rows = rows - i < ROWS ? rows - i : ROWS;
        matrix block = {left.values + i * left.row, left.row, left.column};
        pack_left(block, tile_rows, depth, packed_left);
        for (int64_t j = 0; j < columns; j += COLUMNS)
            multiply_tile(packed_left, packed + j * depth, depth, tile_rows,
                          columns - j < COLUMNS ? columns - j : COLUMNS, adds, result + i * stride + j, stride);
    }
}

void nn_matrix_product(int transposes_left, int transposes_right, int64_t rows, int64_t columns, int64_t inner,
                       const float *left, int64_t left_stride, const float *right, int64_t right_stride, int adds,
                       float *result, int64_t result_stride) {
    if (rows <= 0 || columns <= 0) return;
    if (inner <= 0) {
        for (int64_t i = 0; !adds && i < rows; i++) memset(result + i * result_stride, 0, (size_t)columns * 4);
        return;
    }
    matrix a = {left, transposes_left ? 1 : left_stride, transposes_left ? left_stride : 1};
    matrix b = {right, transposes_right ? 1 : right_stride, transposes_right ? right_stride : 1};
    int64_t depth = inner < DEPTH ? inner : DEPTH, width = columns < PANEL ? columns : PANEL;
    float *packed = nn_scratch(depth * ((width + COLUMNS - 1) / COLUMNS * COLUMNS), sizeof(float));
    for (int64_t j = 0; j < columns; j += PANEL) {
        int64_t panel = columns - j < PANEL ? columns - j : PANEL;
        for (int64_t k = 0; k < inner; k += DEPTH) {
            matrix from_left = {a.values + k * a.column, a.row, a.column};
            matrix from_right = {b.values + k * b.row + j * b.column, b.row, b.column};
            multiply_panel(from_left, rows, from_right, panel, inner - k < DEPTH ? inner - k : DEPTH, adds || k > 0,
                           result + j, result_stride, packed);
        }
    }
    nn_free(packed);
}
