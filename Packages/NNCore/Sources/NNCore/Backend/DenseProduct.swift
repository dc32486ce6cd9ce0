/// One product of float32 matrices in memory: `result[rows, columns] = left[rows, inner] · right[inner, columns]`.
struct DenseProduct: @unchecked Sendable {
    // Sendable: who divides a product among threads gives each a part of the result of its own.
    var rows: Int
    var columns: Int
    var inner: Int
    var left: UnsafePointer<Float>
    /// Elements from one stored row to the next, as of the others.
    var leftStride: Int
    /// The left operand is stored `[inner, rows]`.
    var transposesLeft = false
    var right: UnsafePointer<Float>
    var rightStride: Int
    /// The right operand is stored `[columns, inner]`.
    var transposesRight = false
    var result: UnsafeMutablePointer<Float>
    var resultStride: Int
    /// The result is added to what is there.
    var adds = false

    /// Some rows of the result.
    func part(rows range: Range<Int>) -> Self {
        Self(
            rows: range.count, columns: columns, inner: inner,
            left: left + range.lowerBound * (transposesLeft ? 1 : leftStride), leftStride: leftStride,
            transposesLeft: transposesLeft, right: right, rightStride: rightStride, transposesRight: transposesRight,
            result: result + range.lowerBound * resultStride, resultStride: resultStride, adds: adds)
    }

    /// Some columns of the result.
    func part(columns range: Range<Int>) -> Self {
        Self(
            rows: rows, columns: range.count, inner: inner, left: left, leftStride: leftStride,
            transposesLeft: transposesLeft, right: right + range.lowerBound * (transposesRight ? rightStride : 1),
            rightStride: rightStride, transposesRight: transposesRight, result: result + range.lowerBound,
            resultStride: resultStride, adds: adds)
    }
}
