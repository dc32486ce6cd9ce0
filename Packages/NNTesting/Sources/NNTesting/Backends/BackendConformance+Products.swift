import NNCore

extension BackendConformance {
    /// Products of every size at which code for blocks has an edge, in every transposition and mix of types.
    mutating func products() {
        let sizes = [
            (1, 1, 1, 1), (1, 5, 7, 3), (1, 33, 17, 65), (1, 40, 35, 130), (1, 70, 9, 18), (1, 6, 48, 33),
            (1, 1, 40, 20), (1, 34, 1, 20), (1, 13, 18, 1), (1, 3, 4, 0), (1, 0, 5, 3), (1, 5, 0, 3), (2, 6, 5, 9),
            (2, 1, 1, 70), (3, 4, 9, 6), (5, 7, 3, 17), (0, 4, 5, 6),
        ]
        let types: [(left: DataType, right: DataType)] = [
            (.float32, .float32), (.bfloat16, .bfloat16), (.float32, .bfloat16), (.bfloat16, .float32),
        ]
        var count = 0
        for (batch, rows, columns, inner) in sizes {
            for (transposesLeft, transposesRight) in [(false, false), (true, false), (false, true), (true, true)] {
                for (left, right) in types {
                    for result in [DataType.float32, .bfloat16] where isGoing {
                        count += 1
                        let product = MatrixProduct(
                            batch: batch, rows: rows, columns: columns, inner: inner, transposesLeft: transposesLeft,
                            transposesRight: transposesRight, dataType: result)
                        let values = ProductValues(product, left, right, seed: count, isGraded: count % 3 == 0)
                        // Each size, type and transposition comes with a bias and without one.
                        hold(values.call(hasBias: (count + count / 2 + count / 8) % 2 == 0))
                    }
                }
            }
        }
    }
}

/// Numbers for a product of matrices, and what must come out.
struct ProductValues: CustomStringConvertible {
    let product: MatrixProduct
    var left: Tensor
    var right: Tensor
    var bias: Tensor
    private let isGraded: Bool

    /// - Parameter isGraded: Whether some rows and columns have values of down to a ten-millionth of the others'.
    init(_ product: MatrixProduct, _ left: DataType, _ right: DataType, seed: Int, isGraded: Bool = false) {
        self.product = product
        self.isGraded = isGraded
        let key = RandomKey(seed: 8).derived(seed)
        let (batch, m, n, k) = (product.batch, product.rows, product.columns, product.inner)
        let grade = { (line: Int) -> Double in
            isGraded && line % 2 == 1 ? [0x1p-8, 0x1p-13, 0x1p-22][line / 2 % 3] : 1
        }
        self.left = .numbers(product.transposesLeft ? [batch, k, m] : [batch, m, k], left, key.derived("left")) {
            grade(product.transposesLeft ? $0 % m : $0 / k % m)
        }
        self.right = .numbers(product.transposesRight ? [batch, n, k] : [batch, k, n], right, key.derived("right")) {
            grade(product.transposesRight ? $0 / k % n : $0 % n)
        }
        // The bias is added to small and large rows alike: it must not hide the small ones.
        bias = .numbers([n], .float32, key.derived("bias")) { grade($0) * (isGraded ? 0x1p-10 : 1) }
    }

    var description: String {
        "\(left.specification)\(product.transposesLeft ? " transposed" : "") by "
            + "\(right.specification)\(product.transposesRight ? " transposed" : "") in \(product.dataType)"
            + (isGraded ? ", graded lines" : "")
    }

    /// Turns the signs of the right operand and adds to the bias, where they lie.
    mutating func changeInPlace() {
        let width = right.dataType.byteCount
        right.withUnsafeMutableBytes { bytes in
            for index in stride(from: width - 1, to: bytes.count, by: width) { bytes[index] ^= 0x80 }
        }
        bias.withMutableScalars(as: Float.self) { for index in $0.indices { $0[index] += 0.35 } }
    }

    /// Plain loops in double precision.
    func expectation(bias: Tensor?) -> Expectation {
        let (x, y) = (left.doubles, right.doubles)
        let (m, n, k) = (product.rows, product.columns, product.inner)
        var sums = ReferenceSums(count: product.batch * m * n)
        for batch in 0..<product.batch {
            for row in 0..<m {
                for column in 0..<n {
                    let index = (batch * m + row) * n + column
                    for i in 0..<k {
                        let term =
                            x[batch * m * k + (product.transposesLeft ? i * m + row : row * k + i)]
                            * y[batch * k * n + (product.transposesRight ? column * k + i : i * n + column)]
                        sums.values[index] += term
                        sums.magnitudes[index] += abs(term)
                    }
                }
            }
        }
        return Expectation(
            sums, TensorSpecification(shape: [product.batch, m, n], dataType: product.dataType), bias: bias)
    }
}
