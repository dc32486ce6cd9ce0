import NNCore

/// What came of holding a backend against plain loops.
public struct BackendReport: Sendable {
    /// What was wrong, each with the operation and the largest difference; empty is good.
    public var failures: [String] = []
    /// What the backend left to the next one.
    public var declined: [String] = []
    /// How many calculations were compared.
    public var compared = 0
}

/// Holds a backend against plain loops: the same cases for every backend, odd sizes, every stride,
/// dilation and grouping, in float32 and bfloat16.
///
/// ```swift
/// @Test func backendIsRight() {
///     #expect(BackendConformance.check(MyBackend()).failures == [])
/// }
/// ```
public struct BackendConformance {
    private let backend: any Backend
    private var report = BackendReport()

    /// Checks every operation of a backend that does not decline.
    public static func check(_ backend: any Backend) -> BackendReport {
        var check = BackendConformance(backend: backend)
        for dataType in [DataType.float32, .bfloat16] {
            for testCase in ConvolutionCase.all(dataType) { check.convolution(testCase) }
            check.epilogues(dataType)
            check.products(dataType)
        }
        return check.report
    }

    private init(backend: any Backend) { self.backend = backend }

    private mutating func convolution(_ testCase: ConvolutionCase) {
        let input = values(testCase.inputShape, testCase.dataType, seed: 1)
        let weight = values(testCase.weightShape, .float32, seed: 2)
        let gradient = values(testCase.outputShape, testCase.dataType, seed: 3)
        let (x, w, g) = (
            input.floats.map(Double.init), weight.floats.map(Double.init), gradient.floats.map(Double.init)
        )
        var output = [Double](repeating: 0, count: gradient.elementCount)
        var inputGradient = [Double](repeating: 0, count: x.count)
        var weightGradient = [Double](repeating: 0, count: w.count)
        testCase.forEachProduct { o, i, k in
            output[o] += x[i] * w[k]
            inputGradient[i] += g[o] * w[k]
            weightGradient[k] += g[o] * x[i]
        }
        compare(
            backend.convolution(
                input, weight: weight, geometry: testCase.geometry, epilogue: ConvolutionEpilogue()),
            output, testCase.outputShape, testCase.dataType, "convolution \(testCase)")
        compare(
            backend.convolutionInputGradient(
                gradient, weight: weight, geometry: testCase.geometry, inputShape: testCase.inputShape),
            inputGradient, testCase.inputShape, testCase.dataType, "gradient by input \(testCase)")
        compare(
            backend.convolutionWeightGradient(
                gradient, input: input, geometry: testCase.geometry, weightShape: testCase.weightShape),
            weightGradient, testCase.weightShape, testCase.dataType, "gradient by weight \(testCase)")
    }

    /// Bias, residual and every activation, alone and together.
    private mutating func epilogues(_ dataType: DataType) {
        let testCase = ConvolutionCase(
            size: Size(height: 5, width: 7), inputChannels: 16, outputChannels: 16, kernel: 3,
            geometry: ConvolutionGeometry(padding: 1), dataType: dataType)
        let input = values(testCase.inputShape, dataType, seed: 1)
        let weight = values(testCase.weightShape, .float32, seed: 2)
        let bias = values([16], .float32, seed: 4)
        let residual = values(testCase.outputShape, dataType, seed: 5)
        let (x, w) = (input.floats.map(Double.init), weight.floats.map(Double.init))
        var plain = [Double](repeating: 0, count: residual.elementCount)
        testCase.forEachProduct { o, i, k in plain[o] += x[i] * w[k] }
        let (biases, residuals) = (bias.floats.map(Double.init), residual.floats.map(Double.init))
        for activation in ReferenceActivation.all {
            for (hasBias, hasResidual) in [(false, false), (true, false), (false, true), (true, true)] {
                let expected = plain.indices.map { index in
                    ReferenceActivation.value(
                        activation,
                        plain[index] + (hasBias ? biases[index % 16] : 0) + (hasResidual ? residuals[index] : 0))
                }
                let epilogue = ConvolutionEpilogue(
                    bias: hasBias ? bias : nil, residual: hasResidual ? residual : nil, activation: activation)
                compare(
                    backend.convolution(input, weight: weight, geometry: testCase.geometry, epilogue: epilogue),
                    expected, testCase.outputShape, dataType,
                    "convolution with \(activation), bias \(hasBias), residual \(hasResidual), \(dataType)")
            }
        }
    }

    private mutating func products(_ dataType: DataType) {
        for (batch, rows, columns, inner) in [(1, 1, 1, 1), (1, 5, 7, 3), (1, 33, 17, 65), (3, 4, 9, 6)] {
            for (left, right) in [(false, false), (true, false), (false, true), (true, true)] {
                let a = values(left ? [batch, inner, rows] : [batch, rows, inner], dataType, seed: 6)
                let b = values(right ? [batch, columns, inner] : [batch, inner, columns], dataType, seed: 7)
                let bias = values([columns], .float32, seed: 8)
                let (x, y, z) = (a.floats.map(Double.init), b.floats.map(Double.init), bias.floats.map(Double.init))
                var expected: [Double] = []
                for n in 0..<batch {
                    for row in 0..<rows {
                        for column in 0..<columns {
                            expected.append(
                                (0..<inner).reduce(z[column]) { sum, k in
                                    sum + x[n * rows * inner + (left ? k * rows + row : row * inner + k)]
                                        * y[n * inner * columns + (right ? column * inner + k : k * columns + column)]
                                })
                        }
                    }
                }
                let product = MatrixProduct(
                    batch: batch, rows: rows, columns: columns, inner: inner, transposesLeft: left,
                    transposesRight: right, dataType: dataType)
                compare(
                    backend.matrixProduct(product, left: a, right: b, bias: bias), expected, [batch, rows, columns],
                    dataType, "product \(product)")
            }
        }
    }

    /// Numbers between -1 and 1 that bfloat16 has exactly, so that only the backend's own rounding counts.
    private func values(_ shape: Shape, _ dataType: DataType, seed: UInt64) -> Tensor {
        var state = seed &* 0x9e37_79b9_7f4a_7c15
        let floats = (0..<shape.elementCount).map { _ -> Float in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(Int(state >> 57) - 64) / 64
        }
        return Tensor(floats, shape: shape).cast(to: dataType)
    }

    private mutating func compare(
        _ result: Tensor?, _ expected: [Double], _ shape: Shape, _ dataType: DataType, _ name: String
    ) {
        guard let result else {
            report.declined.append(name)
            return
        }
        report.compared += 1
        guard result.shape == shape else {
            report.failures.append("\(name): shape \(result.shape), not \(shape)")
            return
        }
        let scale = max(expected.map(abs).max() ?? 0, 1)
        // bfloat16 rounds to 8 bits; sums are made in float32.
        let tolerance = scale * (dataType == .bfloat16 ? 1.0 / 128 : 1e-5)
        let difference = zip(result.floats, expected).map { abs(Double($0) - $1) }
        // NaN compares as neither smaller nor larger, so the negation finds it.
        if let worst = difference.firstIndex(where: { !($0 <= tolerance) }) {
            report.failures.append(
                "\(name): \(result.floats[worst]) at \(worst), not \(expected[worst]) (tolerance \(tolerance))")
        }
    }
}
