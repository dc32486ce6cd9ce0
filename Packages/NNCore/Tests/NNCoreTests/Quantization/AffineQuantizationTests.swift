import Testing

@_spi(Kernels) @testable import NNCore

/// Values that were calculated by hand.
@Suite struct AffineQuantizationTests {
    @Test func coversARangeWithZero() {
        // 255 steps from -1 to 3; 0 lies 63.75 steps above the least value.
        let mixed = AffineQuantization(covering: -1...3)
        #expect(abs(mixed.scale - 4 / 255) < 1e-8 && mixed.zeroPoint == 64)
        let positive = AffineQuantization(covering: 2...5.1)
        #expect(abs(positive.scale - 0.02) < 1e-8 && positive.zeroPoint == 0)
        let negative = AffineQuantization(covering: -2.55 ... -1)
        #expect(abs(negative.scale - 0.01) < 1e-8 && negative.zeroPoint == 255)
    }

    @Test func takesRangesWithoutWidthAndOfAllFloats() {
        let none = AffineQuantization(covering: 0...0)
        #expect(none.scale > 0 && (1 / none.scale).isFinite && none.zeroPoint == 0)
        let all = AffineQuantization(covering: -Float.greatestFiniteMagnitude...Float.greatestFiniteMagnitude)
        #expect(all.scale.isFinite && (127...128).contains(all.zeroPoint))
    }

    @Test func roundsToTheNearestByte() {
        let half = AffineQuantization(scale: 0.5, zeroPoint: 10)
        // In steps: -20, -10.2, -0.5, 0.5, 1.5, 2.5, 2.6, 245, 246, infinite ones and none.
        let values: [Float] = [-10, -5.1, -0.25, 0.25, 0.75, 1.25, 1.3, 122.5, 123, .infinity, -.infinity, .nan]
        let bytes = Tensor(values).quantized(by: half)
        #expect(bytes.scalars(as: UInt8.self) == [0, 0, 10, 10, 12, 12, 13, 255, 255, 255, 0, 0])
        #expect(bytes.dequantized(by: half).floats.prefix(5) == [-5, -5, 0, 0, 1])
    }

    @Test func roundsEveryByteToItself() {
        for quantization in [AffineQuantization(covering: -3.7...1.9), AffineQuantization(covering: 0...1e-3)] {
            let bytes = Tensor((0...255).map { UInt8($0) })
            let again = bytes.dequantized(by: quantization).quantized(by: quantization)
            #expect(again.scalars(as: UInt8.self) == bytes.scalars(as: UInt8.self))
        }
    }

    @Test func givesEachOutputChannelAScale() {
        let weight = Tensor([1.27, -0.635, 0.01, 0, 0, 0, -254, 3, 1.0] as [Float], shape: [3, 3])
        let quantized = QuantizedWeight(weight)
        // 0.635 lies half way between 63 and 64 hundredths, or nearly so; 3 of steps of 2 rounds to the even 2.
        let bytes = quantized.bytes.scalars(as: UInt8.self).map { Int($0) - 128 }
        #expect(bytes[0] == 127 && [-63, -64].contains(bytes[1]) && bytes[2] == 1)
        #expect(Array(bytes[3...]) == [0, 0, 0, -127, 2, 0])
        #expect(quantized.scales.floats[2] == 2)
        #expect(quantized.dequantized.floats[6...] == [-254, 4, 0])
    }

    @Test func multipliesNormalizationsIntoScales() {
        let weight = QuantizedWeight(Tensor([127, -64, 127, 1, 127, 127] as [Float], shape: [3, 2, 1, 1]))
        let normalization = ChannelNormalization(
            scale: Tensor([2, -0.5, 0] as [Float]), offset: Tensor([1, 2, 3] as [Float]),
            runningMean: Tensor([10, 0, 5] as [Float]), runningVariance: Tensor([4, 1, 1] as [Float]), epsilon: 0)
        let images = AffineQuantization(scale: 0.5, zeroPoint: 0)
        let filters = QuantizedFilters.kept(
            with: weight, bias: Tensor([1, 0, 0] as [Float]), normalization: normalization, images: images)
        // Factors 1, -0.5 and 0; biases (1 - 10) * 1 + 1, 2 and 3.
        #expect(filters.weight.scales.floats.prefix(2) == [1, 0.5])
        #expect(filters.bias.scalars(as: Int32.self).prefix(2) == [-16, 8])
        let bytes = filters.weight.bytes.scalars(as: UInt8.self).map { Int($0) - 128 }
        #expect(bytes == [127, -64, -127, -1, 0, 0])
        let last = filters.bias.scalars(as: Int32.self)[2]
        #expect(abs(Float(last) * filters.weight.scales.floats[2] * 0.5 - 3) < 1e-5)
    }
}
