import NNLayers

/// A calculation on images for which a file is written, and the operations that it is there for.
struct OperationCase: Sendable, CustomStringConvertible {
    let operations: [String]
    let function: @Sendable (Tensor) -> Tensor

    init(_ operations: String..., function: @escaping @Sendable (Tensor) -> Tensor) {
        self.operations = operations
        self.function = function
    }

    var description: String { operations.joined(separator: ", ") }
    var network: Network { NNONNXTests.network(function) }

    static let all = elementwise + windows + rearranging

    private static func values(_ shape: Shape, _ seed: UInt64) -> Tensor {
        .uniform(shape, in: -1..<1, key: RandomKey(seed: seed))
    }

    private static let elementwise: [OperationCase] = [
        .init("relu", "relu6", "leakyReLU") {
            ($0 * 8).activated(by: .relu6) + $0.activated(by: .leakyReLU(slope: 0.2)) + $0.activated(by: .relu)
        },
        .init("mish", "silu", "gelu", "hardSwish", "softplus", "sigmoid", "tanh") { images in
            let functions: [Activation] = [.mish, .silu, .gelu, .hardSwish, .softplus, .sigmoid, .tanh]
            return .concatenated(functions.map { (images * 4).activated(by: $0) }, axis: -1)
        },
        .init("exp", "log", "sqrt", "rsqrt", "reciprocal", "abs", "sign", "squared") { x in
            let y = x.abs() + 0.5
            return x.exp() + y.log() * y.sqrt() - y.rsqrt() + y.reciprocal() + x.sign() + x.squared()
        },
        .init("sin", "cos", "erf", "floor", "rounded", "power", "clamped") { x in
            x.sin() * x.cos() + x.erf() + (x * 3).floor() + (x * 5).rounded() + (x.abs() + 1).power(1.5)
                + x.clamped(min: -0.5, max: 0.25) + x.clamped(max: 0.1)
        },
        .init("divisionByNumber", "quotient", "scale and offset") { x in x / 3 + 2 / (x.abs() + 1) },
        .init("add", "subtract", "multiply", "divide", "maximum", "minimum", "power", "scale and offset") { x in
            let vector = values([3], 1)
            let image = values([1, 1, 1, 3], 2)
            return maximum(x + vector, x * image) / ((x - vector).abs() + 1) + minimum(x, image).abs().power(vector)
        },
        .init("equal", "notEqual", "less", "lessOrEqual", "select", "cast") { x in
            let mask = x.isLess(than: Tensor(scalar: Float(0.2))).cast(to: .float32)
            let other = mask.isEqual(to: Tensor(scalar: Float(1)))
            let third = x.isLessOrEqual(to: -x).cast(to: .float32) + x.isNotEqual(to: x).cast(to: .float32)
            return Tensor.select(other, x, values([3], 3)) + third
        },
    ]

    private static let windows: [OperationCase] = [
        .init("conv2d") { x in
            let grouped = x.convolved(
                weight: values([6, 1, 3, 5], 1), bias: values([6], 2), strides: Size(height: 2, width: 1),
                padding: .explicit(EdgeInsets(top: 0, bottom: 2, left: 1, right: 3)),
                dilations: Size(height: 1, width: 2), groups: 3)
            return grouped.convolved(weight: values([2, 6, 3, 3], 3), strides: 2, padding: .same)
        },
        .init("conv_transposed2d", "batch_norm") { x in
            x.convolutionTransposed(
                weight: values([3, 2, 3, 3], 1), bias: values([6], 2), strides: 2, padding: 1, outputPadding: 1,
                groups: 3
            ).batchNormalized(
                scale: values([6], 3), offset: values([6], 4),
                statistics: .running(mean: values([6], 5), variance: values([6], 6).squared()),
                activation: .leakyReLU(slope: 0.3)
            ).output
        },
        .init("batch_norm") { x in
            let both = [values([3], 1), values([3], 2)]
            let plain = x.batchNormalized(
                scale: both[0], offset: both[1], statistics: .running(mean: both[1], variance: .ones([3])),
                activation: .mish, residual: x
            ).output
            let vectors = plain.mean(axes: [1, 2])
            return plain
                + vectors.batchNormalized(
                    scale: both[0], offset: both[1], statistics: .running(mean: both[1], variance: .ones([3]))
                ).output.reshaped([-1, 1, 1, 3])
        },
        .init("layerNorm") { x in
            let scale = values([3], 1)
            let pixels = x.layerNormalized(scale: scale, offset: values([3], 2))
            return pixels + x.mean(axes: [1, 2]).layerNormalized(scale: scale).reshaped([-1, 1, 1, 3])
        },
        .init("maxPool") { $0.maxPooled(kernel: 3, strides: 2, padding: 1, dilations: 1, ceilMode: true) },
        .init("maxPool", "maxUnpool") { x in
            let pooled = x.maxPooledWithIndices(kernel: 2)
            return (pooled.values * 2).maxUnpooled(
                indices: pooled.indices, outputSize: Size(height: x.shape[1], width: x.shape[2]))
        },
        .init("averagePool") { x in
            let all = x.averagePooled(kernel: 3, strides: 1, padding: 1)
            let inside = x.averagePooled(kernel: 3, strides: 1, padding: 1, countsPadding: false)
            return (all + inside).averagePooled(kernel: 3, strides: 2, padding: 1, ceilMode: true)
        },
        .init("globalAveragePool") { $0 - $0.globalAveragePooled().reshaped([$0.shape[0], 1, 1, 3]) },
        .init("adaptiveAveragePool") { x in
            x.adaptivelyAveragePooled(to: Size(height: 6, width: 3)) + x.adaptivelyAveragePooled(to: 1)
        },
        .init("resize") { x in
            let (height, width) = (x.shape[1], x.shape[2])
            let small = x.averagePooled(kernel: 3, strides: 2, padding: 1)
            let size = Size(height: height, width: width)
            return small.resized(to: size, method: .nearest) + small.resized(to: size, method: .bilinear())
                + small.resized(to: size, method: .bilinear(alignsCorners: true))
                + x.mean(axes: [1, 2], keepsDimensions: true).resized(to: size, method: .bilinear())
        },
    ]

    private static let rearranging: [OperationCase] = [
        .init("reshape", "transpose", "matmul", "softmax", "linear") { x in
            // Attention of rows to each other.
            let rows = x.mean(axes: [2]).linear(weight: values([5, 3], 1), bias: values([5], 2))
            let attention = Tensor.matmul(rows, rows.transposed([0, 2, 1])).softmax()
            let seen = Tensor.matmul(attention, rows).linear(weight: values([3, 5], 3))
            return x + seen.reshaped([x.shape[0], x.shape[1], 1, 3])
        },
        .init("reshape") { x in
            // Pixels of 2x2 become channels.
            let even = x.slice(axis: 1, range: 0..<2).slice(axis: 2, range: 0..<x.shape[2], step: 1)
            return even.reshaped([x.shape[0], -1, 3]).transposed([0, 2, 1]).reshaped([x.shape[0], 3, 2, -1])
                .transposed([0, 2, 3, 1])
        },
        .init("linear", "logSoftmax") { $0.linear(weight: values([4, 3], 1), bias: values([4], 2)).logSoftmax() },
        .init("concatenate", "slice", "pad", "split") { x in
            let parts = x.split(sizes: [1, 2], axis: 3)
            let last = x[0..., 1..., 2..<x.shape[2] - 1].padded([(0, 0), (1, 0), (2, 1), (0, 0)], value: 0.5)
            return .concatenated([parts[1], last, parts[0], x.slice(axis: 3, range: 0..<3, step: 2)], axis: 3)
        },
        .init("sum", "mean", "maximum", "minimum") { x in
            let columns =
                x.sum(axes: [1]) + x.mean(axes: [1, 3], keepsDimensions: false).reshaped([x.shape[0], -1, 1])
            return x * 0.1 + x.max(axes: [3], keepsDimensions: true) - x.min(axes: [-1, 1], keepsDimensions: true)
                + columns.mean() + columns.reshaped([x.shape[0], 1, -1, 3])
        },
        .init("argmax", "topK", "gather", "broadcast") { x in
            let best = x.argmax(axis: -1)
            let table = values([3, 4], 1).gathered(indices: best)
            let top = x.topK(2)
            let first = top.indices.cast(to: .float32) * top.values
            return .concatenated([table, first, x.mean(axes: [0, 1, 2])[..<2].broadcast(to: first.shape)], axis: 3)
        },
    ]
}
