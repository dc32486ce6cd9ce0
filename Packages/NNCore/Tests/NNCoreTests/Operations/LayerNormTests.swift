import Foundation
import NNCore
import Testing

@Suite(.onSeveralThreads) struct LayerNormTests {
    @Test(arguments: [[3, 4, 5], [37, 64], [2, 3, 130]], [1, 2])
    func values(_ dimensions: [Int], normalizedRank: Int) {
        let x = distinctTensor(Shape(dimensions))
        let shape = Shape(dimensions.suffix(normalizedRank))
        // Factors up to 1: with large ones the offset would cancel all but the rounding of some results.
        let limit = Float(shape.elementCount) * 0.025
        let (scale, offset) = (distinctTensor(shape, seed: 2) / limit, distinctTensor(shape, seed: 3) / limit)
        let expected = reference(x, scale: scale, offset: offset, epsilon: 1e-3)
        expectClose(x.layerNormalized(scale: scale, offset: offset, epsilon: 1e-3), expected)
        let plain = reference(x, scale: scale, offset: .zeros(shape), epsilon: 1e-5)
        expectClose(x.layerNormalized(scale: scale), plain)
    }

    @Test func largeMean() {
        let x = Tensor.tabulated([1, 64]) { Float(10_000 + $0[1] % 2) }
        let expected = Tensor.tabulated([1, 64]) { $0[1] % 2 == 0 ? -1 : 1 }
        expectClose(x.layerNormalized(scale: .ones([64]), epsilon: 0), expected)
    }

    @Test func gradients() {
        let x = distinctTensor([3, 2, 4])
        expectGradient(by: x, distinctTensor([4], seed: 2), distinctTensor([4], seed: 3)) {
            $0[0].layerNormalized(scale: $0[1], offset: $0[2])
        }
        expectGradient(by: x, distinctTensor([2, 4], seed: 2)) { $0[0].layerNormalized(scale: $0[1], epsilon: 0.1) }
    }

    @Test func parameterGradientsOfManyRows() {
        let x = distinctTensor([53, 7])
        let (scale, offset) = (Tensor.ones([7]).requiringGradient(), Tensor.zeros([7]).requiringGradient())
        let normalized = x.layerNormalized(scale: scale, offset: offset)
        let gradient = distinctTensor([53, 7], seed: 4)
        let gradients = normalized.backward(gradient: gradient)
        let (values, weights) = (normalized.floats, gradient.floats)
        let expectedScale = Tensor.tabulated([7]) { c in
            let products = stride(from: c[0], to: 53 * 7, by: 7).map { position in values[position] * weights[position]
            }
            return products.reduce(0, +)
        }
        let expectedOffset = Tensor.tabulated([7]) { c in (0..<53).reduce(0) { $0 + weights[$1 * 7 + c[0]] } }
        expectClose(gradients[scale]!, expectedScale, tolerance: 1e-4)
        expectClose(gradients[offset]!, expectedOffset, tolerance: 1e-4)
    }

    @Test func bfloat16() {
        let (scale, offset) = (distinctTensor([33], seed: 2), distinctTensor([33], seed: 3))
        expectSameInBFloat16(distinctTensor([5, 33])) { $0[0].layerNormalized(scale: scale, offset: offset) }
    }

    @Test func refusesOtherParameters() {
        let x = TensorSpecification(shape: [2, 3, 4])
        let scale = TensorSpecification(shape: [3])
        #expect(
            refusal(of: x, scale) { _ = $0[0].layerNormalized(scale: $0[1]) }
                == "layerNorm: scale [3] for the last dimensions of float32[2, 3, 4]")
        let (fits, offset) = (TensorSpecification(shape: [4]), TensorSpecification(shape: [4], dataType: .bfloat16))
        let message = refusal(of: x, fits, offset) { _ = $0[0].layerNormalized(scale: $0[1], offset: $0[2]) }
        #expect(message?.contains("bfloat16[4]") == true)
    }

    private func reference(_ x: Tensor, scale: Tensor, offset: Tensor, epsilon: Double) -> Tensor {
        let columns = scale.elementCount
        let (values, scales, offsets) = (x.floats.map(Double.init), scale.floats, offset.floats)
        var result: [Float] = []
        for row in 0..<values.count / columns {
            let part = values[row * columns..<(row + 1) * columns]
            let mean = part.reduce(0, +) / Double(columns)
            let variance = part.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(columns)
            result += part.enumerated().map {
                Float(($1 - mean) / sqrt(variance + epsilon)) * scales[$0] + offsets[$0]
            }
        }
        return Tensor(result, shape: x.shape)
    }
}
