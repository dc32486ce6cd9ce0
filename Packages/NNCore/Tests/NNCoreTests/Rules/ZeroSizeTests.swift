import NNCore
import Testing

/// Dimensions of length 0 give an empty result, or what is left without them.
@Suite struct ZeroSizeTests {
    @Test func linearWithoutFeaturesIsTheBias() throws {
        let bias = Tensor([1, 2, 3, 4] as [Float]).requiringGradient()
        let result = Tensor.ones([2, 0]).linear(weight: .ones([4, 0]), bias: bias)
        #expect(result.shape == [2, 4] && result.floats == [1, 2, 3, 4, 1, 2, 3, 4])
        #expect(try #require(result.sum().backward()[bias]).floats == [2, 2, 2, 2])
    }

    @Test func linearWithoutOutputsIsEmpty() throws {
        let x = Tensor.ones([2, 3]).requiringGradient()
        let weight = Tensor.ones([0, 3]).requiringGradient()
        let bias = Tensor.ones([0]).requiringGradient()
        let result = x.linear(weight: weight, bias: bias)
        #expect(result.shape == [2, 0])
        let gradients = result.sum().backward()
        #expect(gradients[x]?.floats == [Float](repeating: 0, count: 6))
        #expect(gradients[weight]?.shape == [0, 3] && gradients[bias]?.shape == [0])
    }

    @Test func normsWithoutChannelsAreEmpty() throws {
        let x = Tensor.ones([2, 0]).requiringGradient()
        let empty = Tensor.ones([0]).requiringGradient()
        for statistics: NormStatistics in [.batch, .running(mean: .ones([0]), variance: .ones([0]))] {
            let result = x.batchNormalized(scale: empty, offset: empty, statistics: statistics)
            #expect(result.output.shape == [2, 0] && result.mean.shape == [0])
            #expect(result.output.sum().backward()[x]?.shape == [2, 0])
        }
        let result = x.layerNormalized(scale: empty, offset: empty)
        #expect(result.shape == [2, 0])
        let gradients = result.sum().backward()
        #expect(gradients[x]?.shape == [2, 0] && gradients[empty]?.shape == [0])
    }

    @Test func convolutionsWithoutOutputsAreRefused() {
        let image = TensorSpecification(shape: [1, 5, 5, 3])
        let none = Tensor.zeros([0, 3, 3, 3])
        #expect(refusal(of: image) { _ = $0[0].convolved(weight: none) }?.contains("no output channels") == true)
        #expect(
            refusal(of: image) { _ = $0[0].convolutionTransposed(weight: .zeros([3, 0, 3, 3])) }?
                .contains("no output channels") == true)
    }
}
