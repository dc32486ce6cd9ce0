import NNCore
import Testing

/// Sums over many terms are as exact everywhere as `sum()` is, and the same for any number of threads.
@Suite struct LongSumTests {
    /// How far the values may be from `expected`, relatively.
    private let tolerance = 1e-6

    /// Expects every value that `body` gives to be `expected`, on 1, 2 and 3 threads, to the same bits.
    private func expectEach(
        _ expected: Double, tolerance: Double? = nil, sourceLocation: SourceLocation = #_sourceLocation,
        of body: () -> Tensor
    ) {
        let results = onThreads { body().floats }
        let worst = results[0].map { abs(Double($0) / expected - 1) }.max() ?? .infinity
        #expect(worst <= tolerance ?? self.tolerance, "relative error \(worst)", sourceLocation: sourceLocation)
        #expect(results[1] == results[0] && results[2] == results[0], sourceLocation: sourceLocation)
    }

    private static let tenth = Double(Float(0.1))

    @Test(arguments: [1, 2, 3, 40, 65])
    func globalAverages(_ channels: Int) {
        let image = Tensor.full([1, 700, 500, channels], value: 0.1)
        expectEach(Self.tenth) { image.globalAveragePooled() }
        expectEach(Self.tenth) { image.adaptivelyAveragePooled(to: 1) }
    }

    @Test func averagesOfManyOnes() {
        let image = Tensor.ones([1, 4200, 4200, 1])
        #expect(image.globalAveragePooled().item == 1)
        #expect(abs(image.adaptivelyAveragePooled(to: 1).item - 1) < 1e-6)
    }

    @Test func averagesOfLargeWindows() {
        let image = Tensor.full([1, 300, 260, 3], value: 0.1)
        expectEach(Self.tenth) { image.averagePooled(kernel: 256, strides: 3) }
        expectEach(Self.tenth) { image.adaptivelyAveragePooled(to: 2) }
        // What a pixel collects from the windows over it.
        let variable = Tensor.ones([1, 140, 140, 2]).requiringGradient()
        let pooled = variable.averagePooled(kernel: 70, strides: 1)
        let gradient = pooled.backward(gradient: .full(pooled.shape, value: 0.1))[variable]!
        let middle = Double(gradient[0, 70, 70].floats[0])
        #expect(abs(middle / Self.tenth - 1) < 1e-6)
    }

    @Test func gradientsOfOverlappingMaxima() {
        var values = [Float](repeating: 0, count: 64 * 64)
        values[32 * 64 + 32] = 1
        let image = Tensor(values, shape: [1, 64, 64, 1]).requiringGradient()
        let results = onThreads {
            let pooled = image.maxPooled(kernel: 32, strides: 1)
            return pooled.backward(gradient: .full(pooled.shape, value: 0.1))[image]![0, 32, 32, 0].item
        }
        #expect(results.allSatisfy { abs(Double($0) / (1024 * Self.tenth) - 1) < 1e-6 })
    }

    @Test(arguments: [1, 2, 5, 16, 70], [DataType.float32, .bfloat16])
    func gradientsByBias(_ channels: Int, _ type: DataType) {
        let rows = 1_250_000 / channels
        let features = Tensor.zeros([rows, 1], dataType: type)
        let bias = Tensor.zeros([channels]).requiringGradient()
        let gradient = Tensor.full([rows, channels], value: 0.1, dataType: type)
        let each = Double(gradient.cast(to: .float32).floats[0])
        expectEach(each * Double(rows)) {
            features.linear(weight: .ones([channels, 1]), bias: bias).backward(gradient: gradient)[bias]!
        }
    }

    @Test(arguments: [1, 3, 24, 80])
    func gradientsByScaleAndOffset(_ channels: Int) {
        let rows = 2_000_000 / channels
        let scale = Tensor.ones([channels]).requiringGradient()
        let offset = Tensor.zeros([channels]).requiringGradient()
        let gradient = Tensor.full([rows, channels], value: 0.1)
        // With a given mean of -1 and a variance of 1 the normalized values are nearly 1.
        let statistics = NormStatistics.running(mean: .full([channels], value: -1), variance: .ones([channels]))
        func gradients() -> Gradients {
            Tensor.zeros([rows, channels])
                .batchNormalized(scale: scale, offset: offset, statistics: statistics)
                .output.backward(gradient: gradient)
        }
        expectEach(Self.tenth * Double(rows) / (1 + 1e-5).squareRoot()) { gradients()[scale]! }
        expectEach(Self.tenth * Double(rows)) { gradients()[offset]! }
    }

    @Test func gradientsOfLayerNorm() {
        let rows = 400_000
        let (scale, offset) = (Tensor.ones([2]).requiringGradient(), Tensor.zeros([2]).requiringGradient())
        // Normalized to nearly -1 and 1.
        let input = Tensor((0..<2 * rows).map { Float($0 % 2) * 2 - 1 }, shape: [rows, 2])
        let gradient = Tensor.full([rows, 2], value: 0.1)
        func gradients() -> Gradients {
            input.layerNormalized(scale: scale, offset: offset).backward(gradient: gradient)
        }
        expectEach(Self.tenth * Double(rows)) { gradients()[offset]! }
        expectEach(Self.tenth * Double(rows) / (1 + 1e-5).squareRoot()) { gradients()[scale]!.abs() }
    }

    @Test(arguments: [1, 3])
    func weightGradientsOfDepthwiseConvolutions(_ kernel: Int) {
        let weight = Tensor.ones([2, 1, kernel, kernel]).requiringGradient()
        let image = Tensor.full([2, 701, 503, 2], value: 0.1)
        let results = onThreads {
            Engine.$scoped.withValue([BLASBackend()]) {
                let output = image.convolved(weight: weight, groups: 2)
                return output.backward(gradient: .full(output.shape, value: 0.1))[weight]!.floats
            }
        }
        let count = Double(2 * (702 - kernel) * (504 - kernel))
        #expect(results[0].allSatisfy { abs(Double($0) / (count * Self.tenth * Self.tenth) - 1) < 1e-6 })
        #expect(results[1] == results[0] && results[2] == results[0])
    }

    @Test(arguments: [1, 70])
    func gradientsByEqualIndices(_ width: Int) {
        let count = 1_000_000 / width
        let table = Tensor.zeros([3, width]).requiringGradient()
        let indices = Tensor([Int32](repeating: 1, count: count))
        let gradient = Tensor.full([count, width], value: 0.1)
        let results = onThreads { table.gathered(indices: indices).backward(gradient: gradient)[table]! }
        for result in results {
            #expect(result[1].floats.allSatisfy { abs(Double($0) / (Double(count) * Self.tenth) - 1) < 1e-6 })
            #expect(result[0].floats.allSatisfy { $0 == 0 } && result[2].floats.allSatisfy { $0 == 0 })
            #expect(result.floats == results[0].floats)
        }
    }

    @Test func softmaxOfLongLines() {
        let logits = Tensor.zeros([1, 3_000_000])
        expectEach(1 / 3_000_000) { logits.softmax() }
        expectEach(-14.914_122_8) { logits.logSoftmax() }
    }

    @Test func areasOfLargeImages() {
        // Softmax of equal logits is 1/3 everywhere.
        let logits = Tensor.zeros([1, 1100, 1000, 3])
        let labels = Tensor.zeros([1, 1100, 1000], dataType: .int32)
        expectEach(1_100_000.0 / 3) { logits.softmaxAreas(labels: labels).predictions }
    }

    @Test(arguments: [1, 2, 3, 7, 32, 33, 64, 100])
    func sumsOfFewColumns(_ columns: Int) {
        for rows in [1, 2, 5, 31, 32, 33, 200_003] {
            expectEach(Self.tenth * Double(rows)) {
                Tensor.full([rows, columns], value: 0.1).sum(axes: [0])
            }
            let numbers = Tensor((0..<Int32(rows * columns)).map { $0 % 1009 }, shape: [rows, columns])
            let sums = numbers.sum(axes: [0]).scalars(as: Int64.self)
            let greatest = numbers.max(axes: [0]).scalars(as: Int32.self)
            for column in Set([0, columns / 2, columns - 1]) {
                let expected = (0..<rows).map { Int64(($0 * columns + column) % 1009) }
                #expect(sums[column] == expected.reduce(0, +))
                #expect(Int64(greatest[column]) == expected.max())
            }
        }
    }
}
