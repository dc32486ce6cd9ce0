import NNLayers
import Testing

@testable import NNDatasets

@Suite struct NormalizationTests {
    let normalization = Normalization(mean: [0.5, 0.25, 0], standardDeviation: [0.5, 0.2, 1])

    /// Areas with and without a rest after whole vectors.
    @Test(arguments: [Size(1), Size(height: 5, width: 7), Size(height: 4, width: 12)])
    func pixelsAreScaledByTheirChannel(size: Size) {
        let image = Image.patterned(size)
        let expected = image.pixels.enumerated().map { index, pixel in
            (Double(pixel) / 255 - Double(normalization.mean[index % 3]))
                / Double(normalization.standardDeviation[index % 3])
        }
        for dataType in [DataType.float32, .bfloat16] {
            var tensor = Tensor(uninitialized: [size.height, size.width, 3], dataType: dataType)
            tensor.withUnsafeMutableBytes { normalization.write(image, to: $0, as: dataType) }
            // bfloat16 keeps 8 bits: half a unit in the last place is at most 1 / 256 of the value.
            let relative = dataType == .float32 ? 1e-6 : 1.0 / 256
            for (value, exact) in zip(tensor.floats, expected) {
                #expect(abs(Double(value) - exact) <= abs(exact) * relative + 1e-6)
            }
        }
    }

    @Test func withoutOptionsPixelsGoFromZeroToOne() {
        var tensor = Tensor(uninitialized: [1, 2, 3])
        let image = Image(size: Size(height: 1, width: 2), channels: 3, pixels: [0, 255, 0, 255, 0, 255])
        tensor.withUnsafeMutableBytes { Normalization().write(image, to: $0, as: .float32) }
        #expect(tensor.floats == [0, 1, 0, 1, 0, 1])
    }
}
