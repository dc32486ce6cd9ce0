import NNLayers
import NNTesting
import Testing

@Suite struct SimpleLayerTests {
    @Test func linearConforms() throws {
        try checkLayer(Linear(inputFeatures: 5, outputFeatures: 3), input: [4, 5])
        try checkLayer(Linear(inputFeatures: 5, outputFeatures: 3, hasBias: false), input: [2, 3, 5])
    }

    @Test func linearCalculatesProductAndBias() throws {
        let layer = Linear(inputFeatures: 2, outputFeatures: 3)
        layer.weight = Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [3, 2])
        layer.bias?.value = Tensor([0.5, 0, -1] as [Float])
        let output = withoutGradients { layer(Tensor([1, -1] as [Float], shape: [1, 2]), .inference()) }
        try checkEqual(output, Tensor([-0.5, -1, -2] as [Float], shape: [1, 3]))
    }

    @Test(arguments: [
        Activation.relu, .leakyReLU(slope: 0.1), .mish, .silu, .gelu, .sigmoid, .tanh, .softplus, .hardSwish, .relu6,
    ])
    func activationsConform(activation: Activation) throws {
        try checkLayer(ActivationLayer(activation), input: [2, 3, 5, 4])
    }

    @Test func poolsConform() throws {
        try checkLayer(MaxPool2D(kernel: 3, strides: 2, padding: 1), input: [2, 7, 6, 3])
        try checkLayer(MaxPool2D(kernel: 2, ceilMode: true), input: [2, 7, 5, 3])
        try checkLayer(AveragePool2D(kernel: 3, strides: 2, padding: 1, countsPadding: false), input: [2, 7, 6, 3])
        try checkLayer(AveragePool2D(kernel: 2), input: [2, 7, 6, 3])
        try checkLayer(GlobalAveragePool(), input: [2, 7, 6, 3])
    }

    @Test func upsampleConforms() throws {
        try checkLayer(Upsample(factors: 2), input: [2, 3, 4, 3])
        try checkLayer(
            Upsample(factors: Size(height: 2, width: 3), method: .bilinear(alignsCorners: false)), input: [2, 3, 4, 3])
    }

    @Test func sequentialIdentityAndFlattenConform() throws {
        let layer = Sequential(
            Identity(), MaxPool2D(kernel: 2), Flatten(), Linear(inputFeatures: 12, outputFeatures: 2))
        try checkLayer(layer, input: [3, 4, 6, 2])
        #expect(ModuleTree(layer).parameters.map(\.name) == ["3.weight", "3.bias"])
    }

    @Test func dropoutConforms() throws {
        try checkLayer(Dropout(probability: 0.4), input: [3, 4, 5, 2])
    }

    @Test func dropoutDropsInTrainingOnly() {
        let layer = Dropout(probability: 0.25)
        let input = Tensor.ones([100, 100])
        let context = Context(training: true, random: RandomKey(seed: 7))
        let (first, second) = (layer(input, context).floats, layer(input, context).floats)
        #expect(first != second)
        let kept: Float = 1 / 0.75
        #expect(Set(first) == [0, kept])
        #expect(abs(first.reduce(0, +) / 10_000 - 1) < 0.02)
        #expect(layer(input, .inference()).floats == input.floats)
    }
}
