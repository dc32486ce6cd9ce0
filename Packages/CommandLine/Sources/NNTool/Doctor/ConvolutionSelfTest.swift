import Foundation
import NNLayers

/// Convolutions by a backend, held against a plain loop.
struct ConvolutionSelfTest: Encodable {
    let backend: String
    let precision: String
    /// The largest difference from the exact value, in parts of the largest value; nil where the
    /// backend leaves such a convolution to the next one.
    let error: Float?

    /// Rounding to the type, and sums in another order; a wrong result is off by its own size.
    static let tolerances: [Precision: Float] = [.float32: 1e-5, .bfloat16: 0.02]

    var passes: Bool { error.map { $0 <= Self.tolerances[Precision(rawValue: precision)!]! } ?? true }

    /// Tests a backend in one precision.
    init(_ backend: any Backend, precision: Precision) {
        self.backend = backend.name
        self.precision = precision.rawValue
        // Odd sizes and a stride, so that no edge is treated as another.
        let input = Self.pattern([2, 9, 11, 16], seed: 1, dataType: precision.dataType)
        let weight = Self.pattern([24, 16, 3, 3], seed: 2, dataType: .float32)
        let geometry = ConvolutionGeometry(strides: 2, padding: 1)
        let result = backend.convolution(
            input, weight: weight, geometry: geometry, epilogue: ConvolutionEpilogue(activation: .relu))
        error = result.map { Self.difference($0.floats, Self.reference(input, weight, geometry)) }
    }

    /// Numbers between -1 and 1 that bfloat16 holds exactly.
    private static func pattern(_ shape: Shape, seed: Int, dataType: DataType) -> Tensor {
        let values = (0..<shape.elementCount).map { Float(($0 * 37 + seed * 11) % 65 - 32) / 32 }
        return dataType == .float32 ? Tensor(values, shape: shape) : Tensor(values.map { BFloat16($0) }, shape: shape)
    }

    private static func difference(_ values: [Float], _ exact: [Float]) -> Float {
        guard values.count == exact.count else { return .infinity }
        return zip(values, exact).map { abs($0 - $1) }.max()! / exact.map(abs).max()!
    }

    /// relu(input ⋆ weight), one multiplication after the other.
    private static func reference(_ input: Tensor, _ weight: Tensor, _ geometry: ConvolutionGeometry) -> [Float] {
        let (x, w) = (input.floats, weight.floats)
        let (height, width, channels) = (input.shape[1], input.shape[2], input.shape[3])
        let kernel = Size(height: weight.shape[2], width: weight.shape[3])
        let size = geometry.outputSize(input: Size(height: height, width: width), kernel: kernel)

        func output(_ image: Int, _ row: Int, _ column: Int, _ filter: Int) -> Float {
            var sum: Float = 0
            for tap in 0..<kernel.area {
                let y = row * geometry.strides.height + tap / kernel.width - geometry.padding.top
                let z = column * geometry.strides.width + tap % kernel.width - geometry.padding.left
                guard (0..<height).contains(y), (0..<width).contains(z) else { continue }
                for channel in 0..<channels {
                    sum +=
                        x[((image * height + y) * width + z) * channels + channel]
                        * w[(filter * channels + channel) * kernel.area + tap]
                }
            }
            return max(sum, 0)
        }

        var result: [Float] = []
        for image in 0..<input.shape[0] {
            for row in 0..<size.height {
                for column in 0..<size.width {
                    result += (0..<weight.shape[0]).map { output(image, row, column, $0) }
                }
            }
        }
        return result
    }
}
