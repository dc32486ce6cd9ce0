import NNCore

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

extension ProductValues {
    func call(hasBias: Bool, _ remark: String = "") -> BackendCall {
        let values = self
        let bias = hasBias ? bias : nil
        return BackendCall(
            name: "product \(self)\(hasBias ? ", bias" : "")\(remark)",
            inputs: ["left operand": left, "right operand": right, "bias": self.bias],
            expected: { values.expectation(bias: bias) },
            make: { [product, left, right] in $0.matrixProduct(product, left: left, right: right, bias: bias) })
    }
}
