import Foundation
import NNCore
import Testing

/// Means and variances where float sums would cancel.
@Suite struct NormPrecisionTests {
    /// Normally distributed numbers with a fixed seed.
    private func noise(_ shape: Shape) -> Tensor { .normal(shape, key: RandomKey(seed: 7)) }

    @Test(arguments: [(7, 100.3), (768, 1000.3), (1000, 10000.3), (5000, 0.1)] as [(Int, Float)])
    func layerNormOfEqualValuesIsZero(_ count: Int, _ value: Float) {
        let row = Tensor.full([3, count], value: value).requiringGradient()
        let output = row.layerNormalized(scale: .ones([count]), offset: .zeros([count]))
        #expect(output.floats.allSatisfy { $0 == 0 })
        // With x - mean = 0 the gradient is that of subtracting the mean, over the root of epsilon.
        let coefficients = noise([3, count])
        let gradient = output.backward(gradient: coefficients)[row]!
        let expected = coefficients - coefficients.mean(axes: [1], keepsDimensions: true)
        expectClose(gradient * Float(1e-5).squareRoot(), expected, tolerance: 1e-6)
    }

    @Test(arguments: [0, 1e4] as [Float], [3, 500, 100_000])
    func layerNormAgainstDoubles(_ offset: Float, _ count: Int) {
        let row = (noise([1, count]) + offset)
        let values = row.floats.map(Double.init)
        let mean = values.reduce(0, +) / Double(count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
        let output = row.layerNormalized(scale: .ones([count])).floats
        let worst = zip(values, output).map { abs(($0 - mean) / (variance + 1e-5).squareRoot() - Double($1)) }.max()!
        #expect(worst < (offset == 0 ? 2e-6 : 1e-3))
    }

    /// The first pixel of the image, of a block, and one in between are unlike all others.
    @Test(arguments: [1000, 100_000] as [Float], [0, 1, 4097])
    func variancesWithOutliers(_ outlier: Float, _ place: Int) {
        for channels in [1, 3, 4, 40, 64, 100] {
            var image = noise([2, 56, 56, channels])
            image.withMutableScalars(as: Float.self) { values in
                for channel in 0..<channels { values[place * channels + channel] = outlier }
            }
            let (scale, offset) = (Tensor.ones([channels]), Tensor.zeros([channels]))
            let results = onThreads {
                let result = image.batchNormalized(scale: scale, offset: offset, statistics: .batch)
                return [result.mean.floats, result.variance.floats]
            }
            #expect(results[1] == results[0] && results[2] == results[0])
            let values = image.floats
            let count = 2 * 56 * 56
            for channel in 0..<channels {
                let pixels = (0..<count).map { Double(values[$0 * channels + channel]) }
                let mean = pixels.reduce(0, +) / Double(count)
                let variance = pixels.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
                #expect(abs(Double(results[0][1][channel]) / variance - 1) < 3e-6)
                #expect(abs(Double(results[0][0][channel]) - mean) < 1e-6 * max(1, abs(mean)))
            }
        }
    }

    @Test func variancesFarFromZero() {
        // 1.1 million pixels, and some that fill no block.
        let image = noise([1, 1051, 1049, 3]) * 0.01 + 100
        let result = image.batchNormalized(scale: .ones([3]), offset: .zeros([3]), statistics: .batch)
        let values = image.floats
        for channel in 0..<3 {
            let pixels = stride(from: channel, to: values.count, by: 3).map { Double(values[$0]) }
            let mean = pixels.reduce(0, +) / Double(pixels.count)
            let variance = pixels.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(pixels.count)
            #expect(abs(Double(result.variance.floats[channel]) / variance - 1) < 1e-6)
            #expect(abs(Double(result.mean.floats[channel]) / mean - 1) < 1e-7)
        }
    }

    @Test func noChannelsAndNoRows() {
        for shape in [[2, 0], [0, 0]] as [Shape] {
            let statistics = NormStatistics.running(mean: .zeros([0]), variance: .ones([0]))
            let variable = Tensor.zeros([0]).requiringGradient()
            // Zero channels divide by zero nowhere in the kernels.
            let output = Tensor.zeros(shape).batchNormalized(
                scale: variable, offset: .zeros([0]), statistics: statistics
            ).output
            #expect(output.shape == shape)
        }
        let rows = Tensor.zeros([0, 3]).batchNormalized(
            scale: .ones([3]), offset: .zeros([3]), statistics: .running(mean: .zeros([3]), variance: .ones([3])))
        #expect(rows.output.shape == [0, 3])
        let bias = Tensor.zeros([0]).requiringGradient()
        let gradient = Tensor.ones([2, 3]).linear(weight: .zeros([0, 3]), bias: bias).sum().backward()[bias]
        #expect(gradient?.shape == [0])
    }
}
