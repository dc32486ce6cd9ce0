import Foundation

/// A short check of products of matrices against our own loops, before a library is trusted.
///
/// Builds of OpenBLAS that are older than a processor are known to calculate wrongly on it: all zeros, or what lay in
/// memory where `inner` is 0 (OpenBLAS issues 3152 and 2914). The check takes some milliseconds. It cannot help where a
/// library crashes.
enum ProductCheck {
    /// One vector or less, odd numbers, some tiles, and enough for several threads.
    private static let sizes: [(rows: Int, columns: Int, inner: Int)] = {
        var result: [(Int, Int, Int)] = []
        for rows in [1, 7, 33] {
            for columns in [1, 7, 33] {
                for inner in [1, 65] { result.append((rows, columns, inner)) }
            }
        }
        return result + [(64, 64, 64), (1, 200, 300), (200, 1, 300), (5, 16, 576), (97, 161, 203)]
    }()

    /// What the first wrong result is; nil where all are right.
    static func fault(of multiply: (DenseProduct) -> Void) -> String? {
        let operands = Operands(left: values(300 * 200, seed: 1), right: values(300 * 200, seed: 2))
        let magnitudes = Operands(left: operands.left.map(abs), right: operands.right.map(abs))
        for (rows, columns, inner) in sizes {
            for variant in 0..<8 {
                let test = OneTest(
                    rows: rows, columns: columns, inner: inner, transposesLeft: variant & 1 != 0,
                    transposesRight: variant & 2 != 0, adds: variant & 4 != 0)
                if !test.passes(operands, magnitudes: magnitudes, multiply) {
                    return "\(rows)x\(inner) times \(inner)x\(columns)"
                        + (test.transposesLeft ? ", left transposed" : "")
                        + (test.transposesRight ? ", right transposed" : "") + (test.adds ? ", added" : "")
                }
            }
        }
        return nil
    }

    /// Numbers between -1 and 1 with all bits of a float's mantissa in use.
    private static func values(_ count: Int, seed: UInt64) -> [Float] {
        var state = seed &* 0x9E37_79B9_7F4A_7C15
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(Int32(truncatingIfNeeded: state >> 32)) / Float(1 << 31)
        }
    }

    private struct Operands {
        let left: [Float]
        let right: [Float]
    }

    private struct OneTest {
        let rows: Int
        let columns: Int
        let inner: Int
        let transposesLeft: Bool
        let transposesRight: Bool
        let adds: Bool
        /// Elements behind each row of the result that must stay as they are.
        private static let gap = 3

        /// Whether a product is within the bound that rounding allows, and nothing else was written.
        func passes(_ operands: Operands, magnitudes: Operands, _ multiply: (DenseProduct) -> Void) -> Bool {
            // Where nothing is added, what was there must not matter.
            let before: Float = adds ? 0.3 : .nan
            let found = run(operands, before: before, multiply)
            let exact = run(operands, before: before, MatrixMultiplier.multiplyByOwnLoops)
            let size = run(magnitudes, before: abs(before), MatrixMultiplier.multiplyByOwnLoops)
            // Both sums have at most `inner + 1` roundings, each by half a unit of at most the sum of magnitudes.
            let tolerance = Float(inner + 2) * Float.ulpOfOne
            let stride = columns + Self.gap
            return found.indices.allSatisfy { index in
                index % stride < columns
                    ? abs(found[index] - exact[index]) <= tolerance * size[index]
                    : found[index].bitPattern == exact[index].bitPattern
            }
        }

        private func run(_ operands: Operands, before: Float, _ multiply: (DenseProduct) -> Void) -> [Float] {
            let stride = columns + Self.gap
            var result = [Float](repeating: before, count: rows * stride)
            operands.left.withUnsafeBufferPointer { left in
                operands.right.withUnsafeBufferPointer { right in
                    result.withUnsafeMutableBufferPointer { result in
                        multiply(
                            DenseProduct(
                                rows: rows, columns: columns, inner: inner, left: left.baseAddress!,
                                leftStride: transposesLeft ? rows : inner, transposesLeft: transposesLeft,
                                right: right.baseAddress!, rightStride: transposesRight ? inner : columns,
                                transposesRight: transposesRight, result: result.baseAddress!, resultStride: stride,
                                adds: adds))
                    }
                }
            }
            return result
        }
    }
}
