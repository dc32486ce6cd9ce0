import NNLayers
import NNTesting
import Testing

@Suite struct ConvolutionLayerTests {
    @Test func conv2DConforms() throws {
        let layers = [
            Conv2D(inputChannels: 4, outputChannels: 6, kernel: 3),
            Conv2D(inputChannels: 4, outputChannels: 6, kernel: 3, strides: 2, padding: .same, hasBias: false),
            Conv2D(
                inputChannels: 4, outputChannels: 6, kernel: Size(height: 1, width: 3),
                padding: .half(of: 3, dilations: 2), dilations: Size(height: 1, width: 2), groups: 2),
            Conv2D(inputChannels: 4, outputChannels: 4, kernel: 3, padding: .explicit(1), groups: 4),
        ]
        for layer in layers { try checkLayer(layer, input: [2, 7, 6, 4]) }
    }

    @Test func conv2DHasPyTorchsShapes() {
        let layer = Conv2D(inputChannels: 6, outputChannels: 4, kernel: Size(height: 5, width: 3), groups: 2)
        let shapes = ModuleTree(layer).parameters.map { "\($0.name) \($0.parameter.shape)" }
        #expect(shapes == ["weight [4, 3, 5, 3]", "bias [4]"])
        #expect(layer.inputChannels == 6 && layer.outputChannels == 4 && layer.kernel == Size(height: 5, width: 3))
        #expect(
            ModuleTree(Conv2D(inputChannels: 3, outputChannels: 4, kernel: 1, hasBias: false)).parameters.count == 1)
    }

    @Test func halfPaddingKeepsTheSize() {
        for (kernel, dilation) in [(1, 1), (3, 1), (3, 4), (7, 1)] {
            let padding = Padding.half(of: Size(kernel), dilations: Size(dilation))
            let geometry = ConvolutionGeometry(
                dilations: Size(dilation),
                padding: padding.insets(input: 11, kernel: Size(kernel), strides: 1, dilations: Size(dilation)))
            #expect(geometry.outputSize(input: 11, kernel: Size(kernel)) == 11)
        }
    }

    @Test func convolutionTranspose2DConforms() throws {
        let layers = [
            ConvolutionTranspose2D(inputChannels: 4, outputChannels: 3, kernel: 2, strides: 2),
            ConvolutionTranspose2D(
                inputChannels: 4, outputChannels: 6, kernel: 3, strides: 2, padding: 1, outputPadding: 1, groups: 2,
                hasBias: false),
        ]
        for layer in layers { try checkLayer(layer, input: [2, 4, 3, 4]) }
    }

    @Test func separableConv2DConforms() throws {
        let smooth = ConvolutionStyle(activation: .tanh)
        try checkLayer(
            SeparableConv2D(inputChannels: 3, outputChannels: 5, kernel: 3, style: smooth), input: [3, 6, 5, 3])
        try checkLayer(
            SeparableConv2D(
                inputChannels: 3, outputChannels: 5, kernel: 3, strides: 2, dilations: 2,
                style: ConvolutionStyle(activation: .mish), normalizesBetween: true, activatesBetween: true),
            input: [3, 7, 8, 3])
        try checkLayer(
            SeparableConv2D(inputChannels: 3, outputChannels: 5, kernel: 3, normalizes: false, activates: false),
            input: [2, 5, 6, 3])
    }

    @Test func separableConv2DHasTheParametersOfItsParts() {
        let plain = SeparableConv2D(inputChannels: 8, outputChannels: 16, kernel: 3, normalizes: false)
        #expect(plain.parameterCount.trainable == 8 * 9 + 8 * 16)
        let full = SeparableConv2D(inputChannels: 8, outputChannels: 16, kernel: 3, normalizesBetween: true)
        #expect(full.parameterCount.trainable == 8 * 9 + 16 + 8 * 16 + 32)
        #expect(
            ModuleTree(full).parameters.map(\.name) == [
                "depthwise.weight", "depthwise.bn.weight", "depthwise.bn.bias", "pointwise.weight",
                "pointwise.bn.weight", "pointwise.bn.bias",
            ])
    }

    @Test func separableConv2DTakesNamesAndAResidual() throws {
        let layer = SeparableConv2D(
            inputChannels: 3, outputChannels: 5, kernel: 3, style: ConvolutionStyle(activation: .tanh),
            names: .init(depthwise: "rep.0.conv1", pointwise: "rep.0.pointwise", after: "rep.1"))
        #expect(
            ModuleTree(layer).parameters.map(\.name) == [
                "rep.0.conv1.weight", "rep.0.pointwise.weight", "rep.1.weight", "rep.1.bias",
            ])
        layer.initialize(key: RandomKey(seed: 0))
        let input = Tensor.normal([2, 4, 5, 3], mean: 0, standardDeviation: 1, key: RandomKey(seed: 1))
        let residual = Tensor.normal([2, 4, 5, 5], mean: 0, standardDeviation: 1, key: RandomKey(seed: 2))
        let plain = SeparableConv2D(
            inputChannels: 3, outputChannels: 5, kernel: 3, activates: false,
            names: .init(depthwise: "rep.0.conv1", pointwise: "rep.0.pointwise", after: "rep.1"))
        try plain.load(layer.stateDictionary)
        let context = Context.inference()
        try checkClose(
            layer(input, residual: residual, context), (plain(input, context) + residual).activated(by: .tanh))
    }
}
