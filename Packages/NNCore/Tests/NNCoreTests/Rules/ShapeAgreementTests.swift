@_spi(Kernels) import NNCore
import Testing

/// What a shape rule accepts is calculated, forward and back, and looks as the rule says: for every operation, with
/// random shapes and settings, among them 0, 1, negative and huge ones. A trap ends the tests, with its message.
@Suite struct ShapeAgreementTests {
    @Test func acceptedShapesAreCalculated() {
        var accepted: [String: Int] = [:]
        for (number, operation) in Self.operations.enumerated() {
            for attempt in 0..<60 {
                var random = Draw(RandomKey(seed: 11).derived(number).derived(attempt))
                let (inputs, body) = operation.make(&random)
                if isCalculated(operation.name, inputs, body) { accepted[operation.name, default: 0] += 1 }
            }
        }
        for operation in Self.operations {
            #expect(accepted[operation.name, default: 0] >= 3, "\(operation.name) was hardly ever accepted")
        }
    }

    private func isCalculated(_ name: String, _ inputs: [Tensor], _ body: ([Tensor]) -> [Tensor]) -> Bool {
        let trace = Trace()
        let expected = body(inputs.map { trace.input($0.specification) })
        guard trace.failure == nil, expected.allSatisfy({ $0.elementCount < 1 << 18 }) else { return false }
        let plain = withoutGradients { body(inputs) }
        #expect(plain.map(\.specification) == expected.map(\.specification), "\(name) of \(inputs.map(\.shape))")
        let variables = inputs.map { $0.dataType.isFloatingPoint ? $0.requiringGradient() : $0 }
        let results = body(variables)
        for result in results where result.isTracked {
            let gradients = result.backward(gradient: .ones(result.shape, dataType: result.dataType))
            for variable in variables {
                guard let gradient = gradients[variable] else { continue }
                #expect(gradient.specification == variable.specification, "gradient of \(name)")
            }
            break
        }
        return true
    }
}

/// Random shapes and settings.
struct Draw {
    private var generator: RandomGenerator

    init(_ key: RandomKey) { generator = RandomGenerator(key: key) }

    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }

    mutating func flag() -> Bool { Bool.random(using: &generator) }

    mutating func element<Element>(_ elements: [Element]) -> Element { elements[number(0...elements.count - 1)] }

    /// Mostly a small number, now and then one without meaning.
    mutating func setting(_ range: ClosedRange<Int> = 1...3) -> Int {
        number(0...14) > 0 ? number(range) : element([0, -1, -2, 1 << 31, 1 << 40, 1 << 62, .max, .min])
    }

    mutating func size(_ range: ClosedRange<Int> = 1...3) -> Size {
        flag() ? Size(setting(range)) : Size(height: setting(range), width: setting(range))
    }

    mutating func insets() -> EdgeInsets {
        flag()
            ? 0 : EdgeInsets(top: setting(0...2), bottom: setting(0...2), left: setting(0...2), right: setting(0...2))
    }

    /// A length of a dimension: small, now and then 0.
    mutating func length(_ range: ClosedRange<Int> = 1...5) -> Int { number(0...7) == 0 ? 0 : number(range) }

    mutating func shape(rank: ClosedRange<Int> = 0...4) -> Shape { Shape((0..<number(rank)).map { _ in length() }) }

    mutating func axis(_ rank: Int) -> Int { setting(-rank - 1...rank) }

    /// Values between 0 and 1, of which logarithms and powers have a meaning.
    mutating func tensor(_ shape: Shape, _ dataType: DataType = .float32) -> Tensor {
        let values = Tensor.uniform(shape, key: RandomKey(seed: generator.next()))
        return dataType.isFloatingPoint ? values.cast(to: dataType) : (values * 3).cast(to: dataType)
    }

    mutating func floats(_ shape: Shape) -> Tensor { tensor(shape, number(0...3) == 0 ? .bfloat16 : .float32) }

    mutating func anyType(_ shape: Shape) -> Tensor { tensor(shape, element(DataType.allCases)) }

    mutating func image() -> Tensor { floats([length(1...2), length(1...7), length(1...7), length()]) }

    /// Indices of classes.
    mutating func labels(_ shape: Shape, below count: Int) -> Tensor {
        Tensor((0..<shape.elementCount).map { _ in Int32(number(0...Swift.max(count, 1) - 1)) }, shape: shape)
    }
}

extension ShapeAgreementTests {
    typealias Calculation = ([Tensor]) -> [Tensor]

    struct Operation: Sendable {
        let name: String
        let make: @Sendable (inout Draw) -> (inputs: [Tensor], body: Calculation)

        init(_ name: String, _ make: @escaping @Sendable (inout Draw) -> ([Tensor], Calculation)) {
            self.name = name
            self.make = make
        }
    }

    static let operations = elements + rearrangements + reductions + windows + products + losses

    private static func unary(_ name: String, _ body: @escaping @Sendable (Tensor) -> Tensor) -> Operation {
        Operation(name) { draw in ([draw.floats(draw.shape())], { [body($0[0])] }) }
    }

    private static func binary(_ name: String, _ body: @escaping @Sendable (Tensor, Tensor) -> Tensor) -> Operation {
        Operation(name) { draw in
            let shape = draw.shape(rank: 0...5)
            let other = Shape(
                shape.dropFirst(draw.number(0...shape.rank)).map { draw.flag() ? $0 : draw.element([1, 2]) })
            return ([draw.anyType(shape), draw.anyType(other)], { [body($0[0], $0[1])] })
        }
    }

    private static let elements: [Operation] = [
        unary("exp") { $0.exp() }, unary("log") { $0.log() }, unary("gelu") { $0.activated(by: .gelu) },
        unary("sign") { $0.sign() }, unary("power") { $0.power(1.5) }, unary("affine") { 2 - $0 * 3 },
        unary("clamped") { $0.clamped(min: 0.2) }, unary("divided") { 1 / ($0 / 3) },
        binary("add") { $0 + $1 }, binary("multiply") { $0 * $1 }, binary("divide") { $0 / $1 },
        binary("power of two") { $0.power($1) }, binary("maximum") { maximum($0, $1) },
        binary("less") { $0.isLess(than: $1) }, binary("operators") { ($0 .> $1) .& .!($0 .== $1) },
        binary("replacing") { $0.replacing(with: $1, where: $0 .!= $1) },
        binary("select") { Tensor.select($0.isGreater(than: $1), $0, $1) },
        Operation("cast") { draw in
            let type = draw.element(DataType.allCases)
            return ([draw.anyType(draw.shape())], { [$0[0].cast(to: type)] })
        },
        Operation("dropout") { draw in
            ([draw.floats(draw.shape())], { [$0[0].dropped(probability: 0.5, key: RandomKey(seed: 1))] })
        },
        Operation("oneHot") { draw in
            let count = draw.number(0...4)
            return ([draw.labels(draw.shape(), below: count)], { [$0[0].oneHot(classCount: count)] })
        },
    ]

    private static let rearrangements: [Operation] = [
        Operation("reshape") { draw in
            let input = draw.anyType(draw.shape())
            var lengths = input.shape.dimensions
            if draw.flag(), lengths.count > 1 { lengths = [lengths[0] * lengths[1]] + lengths[2...] }
            for index in lengths.indices where draw.number(0...3) == 0 {
                lengths[index] = draw.element([-1, -1, 0, 1 << 62])
            }
            let shape = Shape(lengths)
            return ([input], { [$0[0].reshaped(shape)] })
        },
        Operation("broadcast") { draw in
            let shape = draw.shape()
            let kept = shape.dropFirst(draw.number(0...shape.rank)).map { draw.flag() ? $0 : 1 }
            let target = Shape(shape.map { draw.number(0...9) == 0 ? draw.setting() : $0 })
            return ([draw.anyType(Shape(kept))], { [$0[0].broadcast(to: target)] })
        },
        Operation("transpose") { draw in
            let shape = draw.shape(rank: 0...8)
            let order = draw.permutation(shape.rank).map { draw.number(0...20) == 0 ? draw.axis(shape.rank) : $0 }
            return ([draw.anyType(shape)], { [$0[0].transposed(order)] })
        },
        Operation("slice") { draw in
            let shape = draw.shape(rank: 1...3)
            let (axis, lower) = (draw.axis(1), draw.number(0...2))
            let (upper, step) = (lower + draw.number(0...3), draw.setting())
            return ([draw.anyType(shape)], { [$0[0].slice(axis: axis, range: lower..<upper, step: step)] })
        },
        Operation("subscript") { draw in
            let (first, second) = (draw.setting(-3...3), draw.setting(0...3))
            return ([draw.anyType(draw.shape(rank: 2...3))], { [$0[0][first, 0...Swift.max(second, 0)]] })
        },
        Operation("split") { draw in
            let (sizes, axis) = ((0..<draw.number(1...3)).map { _ in draw.setting(0...2) }, draw.axis(2))
            let shape = Shape([Int](repeating: sizes.reduce(0) { $0 &+ $1 } & 7, count: 2))
            return ([draw.anyType(shape)], { $0[0].split(sizes: sizes, axis: axis) })
        },
        Operation("concatenate") { draw in
            let shape = draw.shape(rank: 1...3)
            let axis = draw.axis(shape.rank)
            var other = shape
            if shape.indices.contains(axis) { other[axis] = draw.length() }
            return ([draw.floats(shape), draw.tensor(other)], { [Tensor.concatenated($0, axis: axis)] })
        },
        Operation("stacked") { draw in
            let shape = draw.shape(rank: 0...4)
            let axis = draw.axis(shape.rank + 1)
            return ([draw.anyType(shape), draw.anyType(shape)], { [Tensor.stacked($0, axis: axis)] })
        },
        reshaping("squeezed") { tensor, first, _ in tensor.squeezed(axis: first) },
        reshaping("expanded") { tensor, first, _ in tensor.expandedDimension(at: first).squeezed() },
        reshaping("flattened") { $0.flattened(from: $1, through: $2) },
        reshaping("exchanged") { $0.transposed($1, $2) },
        Operation("elements") { draw in
            let shape = draw.shape(rank: 1...4)
            let axis = draw.axis(shape.rank)
            let resolved = axis < 0 ? axis &+ shape.rank : axis
            var indexShape = shape
            if shape.indices.contains(resolved) { indexShape[resolved] = shape[resolved] == 0 ? 0 : draw.length() }
            let indices = draw.labels(indexShape, below: shape.indices.contains(resolved) ? shape[resolved] : 1)
            return ([draw.anyType(shape), indices], { [$0[0].elements(at: $0[1], axis: axis)] })
        },
        Operation("pad") { draw in
            let shape = draw.shape()
            let widths = shape.map { _ in (before: draw.setting(0...2), after: draw.setting(0...2)) }
            let value = draw.element([0, 2, -1, 300, 0.5, Float.infinity])
            return ([draw.anyType(shape)], { [$0[0].padded(widths, value: value)] })
        },
        Operation("gather") { draw in
            let shape = draw.shape(rank: 1...3)
            let axis = draw.axis(shape.rank)
            let resolved = axis < 0 ? axis &+ shape.rank : axis
            let length = shape.indices.contains(resolved) ? shape[resolved] : 1
            let indices = draw.labels(length == 0 ? [0, 2] : draw.shape(rank: 0...6), below: length)
            return ([draw.floats(shape), indices], { [$0[0].gathered(indices: $0[1], axis: axis)] })
        },
    ]

    private static func reshaping(
        _ name: String, _ body: @escaping @Sendable (Tensor, Int, Int) -> Tensor
    ) -> Operation {
        Operation(name) { draw in
            let shape = draw.shape(rank: 0...5)
            let (first, second) = (draw.axis(shape.rank), draw.axis(shape.rank))
            return ([draw.anyType(shape)], { [body($0[0], first, second)] })
        }
    }

    private static let reductions: [Operation] = [
        reduction("product") { $0.product(axes: $1, keepsDimensions: $2) },
        reduction("norm") { $0.norm(axes: $1, keepsDimensions: $2) },
        reduction("standardDeviation") { $0.standardDeviation(axes: $1, correction: 1, keepsDimensions: $2) },
        reduction("any") { $0.any(axes: $1, keepsDimensions: $2) },
        reduction("all") { $0.all(axes: $1, keepsDimensions: $2) },
        along("sorted") { $0.sorted(axis: $1) }, along("cumulativeSum") { $0.cumulativeSum(axis: $1) },
        reduction("sum") { $0.sum(axes: $1, keepsDimensions: $2) },
        reduction("mean") { $0.mean(axes: $1, keepsDimensions: $2) },
        reduction("max") { $0.max(axes: $1, keepsDimensions: $2) },
        reduction("variance") { $0.variance(axes: $1, keepsDimensions: $2) },
        along("softmax") { $0.softmax(axis: $1) }, along("logSoftmax") { $0.logSoftmax(axis: $1) },
        along("argmax") { $0.argmax(axis: $1) },
        Operation("topK") { draw in
            let count = draw.setting(0...4)
            return ([draw.floats(draw.shape())], { [$0[0].topK(count).values] })
        },
    ]

    private static func reduction(
        _ name: String, _ body: @escaping @Sendable (Tensor, [Int], Bool) -> Tensor
    ) -> Operation {
        Operation(name) { draw in
            let shape = draw.shape(rank: 0...6)
            let axes = (0..<draw.number(0...2)).map { _ in draw.axis(shape.rank) }
            let keeps = draw.flag()
            return ([draw.floats(shape)], { [body($0[0], axes, keeps)] })
        }
    }

    private static func along(_ name: String, _ body: @escaping @Sendable (Tensor, Int) -> Tensor) -> Operation {
        Operation(name) { draw in
            let shape = draw.shape()
            let axis = draw.axis(shape.rank)
            return ([draw.floats(shape)], { [body($0[0], axis)] })
        }
    }

    private static let windows: [Operation] = [
        Operation("convolve") { draw in
            let image = draw.image()
            let groups = draw.number(0...3) == 0 ? draw.setting(1...2) : 1
            let outputs = draw.length(1...3) &* (groups & 3)
            let weight = draw.tensor([
                outputs, image.shape[3] / Swift.max(groups, 1), draw.length(1...3), draw.length(1...3),
            ])
            let (strides, dilations) = (draw.size(), draw.size(1...2))
            let padding = draw.flag() ? Padding.same : .explicit(draw.insets())
            let inputs = [image, weight] + (draw.flag() ? [draw.tensor([outputs])] : [])
            return (
                inputs,
                {
                    [
                        $0[0].convolved(
                            weight: $0[1], bias: $0.count > 2 ? $0[2] : nil, strides: strides, padding: padding,
                            dilations: dilations, groups: groups)
                    ]
                }
            )
        },
        Operation("convolve transposed") { draw in
            let image = draw.image()
            let weight = draw.tensor([image.shape[3], draw.length(1...3), draw.length(1...3), draw.length(1...3)])
            let (strides, dilations, insets) = (draw.size(), draw.size(1...2), draw.insets())
            let outputPadding = draw.size(0...1)
            return (
                [image, weight],
                {
                    [
                        $0[0].convolutionTransposed(
                            weight: $0[1], strides: strides, padding: insets, outputPadding: outputPadding,
                            dilations: dilations)
                    ]
                }
            )
        },
        Operation("block") { draw in
            let image = draw.image()
            let outputs = draw.length(1...3)
            let weight = draw.tensor([outputs, image.shape[3], draw.length(1...3), 1])
            let vectors = (0..<2).map { _ in draw.tensor([outputs]) }
            let usesBatch = draw.flag()
            return (
                [image, weight] + vectors,
                { inputs in
                    let statistics = (mean: Tensor.zeros([outputs]), variance: Tensor.ones([outputs]))
                    return [
                        inputs[0].convolutionNormActivation(
                            weight: inputs[1],
                            normalization: ChannelNormalization(
                                scale: inputs[2], offset: inputs[3], runningMean: statistics.mean,
                                runningVariance: statistics.variance), activation: .relu,
                            usesBatchStatistics: usesBatch
                        ).output
                    ]
                }
            )
        },
        Operation("maxPool") { draw in
            let (kernel, strides, padding) = (draw.size(), draw.size(), draw.insets())
            let (dilations, ceilMode) = (draw.size(1...4), draw.flag())
            return (
                [draw.image()],
                {
                    let (values, indices) = $0[0].maxPooledWithIndices(
                        kernel: kernel, strides: strides, padding: padding, dilations: dilations, ceilMode: ceilMode)
                    let image = $0[0].rank == 4 ? Size(height: $0[0].shape[1], width: $0[0].shape[2]) : 1
                    return [values.maxUnpooled(indices: indices, outputSize: image), values]
                }
            )
        },
        Operation("averagePool") { draw in
            let (kernel, strides, padding) = (draw.size(), draw.size(), draw.insets())
            let (counts, ceilMode) = (draw.flag(), draw.flag())
            return (
                [draw.image()],
                {
                    [
                        $0[0].averagePooled(
                            kernel: kernel, strides: strides, padding: padding, countsPadding: counts,
                            ceilMode: ceilMode)
                    ]
                }
            )
        },
        Operation("resize") { draw in
            let size = draw.size(1...6)
            let method = draw.element([ResizeMethod.nearest, .bilinear(), .bilinear(alignsCorners: true)])
            return ([draw.image()], { [$0[0].resized(to: size, method: method)] })
        },
        Operation("adaptive pooling") { draw in
            let size = draw.size(1...6)
            return ([draw.image()], { [$0[0].adaptivelyAveragePooled(to: size)] })
        },
        Operation("global pooling") { draw in ([draw.image()], { [$0[0].globalAveragePooled()] }) },
    ]

    private static let products: [Operation] = [
        Operation("matmul") { draw in
            let (rows, inner, columns, batch) = (draw.length(), draw.length(), draw.length(), draw.length(1...2))
            let isBatched = draw.flag()
            let right = isBatched && draw.flag() ? Shape([batch, inner, columns]) : [inner, columns]
            return (
                [draw.floats(isBatched ? [batch, rows, inner] : [rows, inner]), draw.floats(right)],
                { [Tensor.matmul($0[0], $0[1])] }
            )
        },
        Operation("einsum") { draw in
            let (i, j, k, b) = (draw.length(), draw.length(), draw.length(), draw.length(1...2))
            let (equation, shapes): (String, [Shape]) = draw.element([
                ("ij,jk->ik", [[i, j], [j, k]]), ("bij,bkj->bik", [[b, i, j], [b, k, j]]),
                ("bi,bi->b", [[b, i], [b, i]]),
                ("ii->i", [[i, i]]), ("...i,j->...j", [[b, k, i], [j]]), ("ij,j,jk->ki", [[i, j], [1], [j, k]]),
            ])
            let wrong = draw.number(0...9)
            let inputs = shapes.map { shape in wrong == 0 ? draw.anyType(draw.shape()) : draw.floats(shape) }
            return (inputs, { [einsum(equation, $0)] })
        },
        Operation("linear") { draw in
            let (inner, outputs) = (draw.length(), draw.length())
            let inputs = [draw.floats([draw.length(), inner]), draw.tensor([outputs, inner])]
            let bias = draw.flag() ? [draw.tensor([outputs])] : []
            return (inputs + bias, { [$0[0].linear(weight: $0[1], bias: $0.count > 2 ? $0[2] : nil)] })
        },
        Operation("batchNorm") { draw in
            let input = draw.floats(draw.shape(rank: 1...4))
            let channels = input.shape[-1]
            let usesBatch = draw.flag()
            let vectors = (0..<2).map { _ in draw.tensor([channels]) }
            let residual = draw.flag() ? [input] : []
            return (
                [input] + vectors + residual,
                { inputs in
                    let statistics: NormStatistics =
                        usesBatch ? .batch : .running(mean: .zeros([channels]), variance: .ones([channels]))
                    let result = inputs[0].batchNormalized(
                        scale: inputs[1], offset: inputs[2], statistics: statistics, activation: .silu,
                        residual: inputs.count > 3 ? inputs[3] : nil)
                    return [result.output]
                }
            )
        },
        Operation("layerNorm") { draw in
            let input = draw.floats(draw.shape(rank: 1...4))
            let scale = Shape(Array(input.shape.dropFirst(draw.number(0...input.rank))))
            let vectors = (0..<draw.number(1...2)).map { _ in draw.tensor(scale) }
            return (
                [input] + vectors, { [$0[0].layerNormalized(scale: $0[1], offset: $0.count > 2 ? $0[2] : nil)] }
            )
        },
    ]

    private static func loss(_ name: String, _ body: @escaping @Sendable (Tensor, Tensor) -> Tensor) -> Operation {
        Operation(name) { draw in
            let logits = draw.floats(draw.shape(rank: 1...4))
            let labels = draw.labels(Shape(Array(logits.shape.dropLast())), below: logits.shape[-1])
            return ([logits, labels], { [body($0[0], $0[1])] })
        }
    }

    private static let losses: [Operation] = [
        loss("cross entropy") { $0.softmaxCrossEntropy(labels: $1, labelSmoothing: 0.1) },
        loss("focal loss") { $0.softmaxFocalLoss(labels: $1, gamma: 2, ignoreIndex: 0) },
        loss("binary cross entropy") { $0.binaryCrossEntropy(labels: $1) },
        loss("areas") { $0.softmaxAreas(labels: $1).intersections },
        loss("lovasz") { $0.softmax().lovaszLoss(labels: $1) },
        loss("hard labels") { $0.hardLabels($1, threshold: 0.5, minimumCount: 1, replacement: -1) },
    ]
}

extension Draw {
    fileprivate mutating func permutation(_ count: Int) -> [Int] {
        Array(0..<count).shuffled(using: &generator)
    }
}
