import NNBackbones
import NNLayers
import NNTesting
import Testing

/// A backbone as a configuration describes it, and as one call makes it.
struct OneCall: Sendable, CustomStringConvertible {
    let description: String
    let node: ConfigNode
    let make: @Sendable () -> any Backbone

    init(_ node: ConfigNode, _ make: @escaping @Sendable () -> any Backbone) {
        description = "\(node["type"]?.string ?? node.string ?? "") \((node.entries ?? []).map(\.key).dropFirst())"
        self.node = node
        self.make = make
    }

    /// Every backbone with its defaults, and with every option.
    static let all = [
        OneCall(["type": "features", "channels": 7]) { FeatureInput(channels: 7) },
        OneCall([
            "type": "sequential", "in_channels": 1, "activation": "silu", "conv_bias": true,
            "stages": [
                [["type": "convolution", "channels": 6, "stride": 2], "max_pool"],
                [["type": "residual", "layers": ["convolution", ["type": "attention", "attention": "ese"]]]],
            ],
        ]) {
            let style = ConvolutionStyle(activation: .silu, hasBias: true, imageChannels: 1)
            let first = ConvNormActivation(
                style.convolution(from: 1, to: 6, kernel: 3, strides: 2), style: style)
            let residual = Residual([style.block(from: 6, to: 6, kernel: 3), EffectiveSqueezeExcitation(channels: 6)])
            return SequentialBackbone(
                stages: [
                    [
                        ImageLayer(first, channels: 6, stride: 2),
                        ImageLayer(MaxPool2D(kernel: 2), channels: 6, stride: 2),
                    ], [ImageLayer(residual, channels: 6)],
                ], imageChannels: 1)
        },
        OneCall("sequential") {
            let style = ConvolutionStyle()
            return SequentialBackbone(
                stages: zip([3, 32, 64, 128], [32, 64, 128, 256]).map { inputChannels, channels in
                    let first = ConvNormActivation(
                        style.convolution(from: inputChannels, to: channels, kernel: 3, strides: 2), style: style)
                    return [
                        ImageLayer(first, channels: channels, stride: 2),
                        ImageLayer(style.block(from: channels, to: channels, kernel: 3), channels: channels),
                    ]
                })
        },
        OneCall("resnet") { ResNet() },
        OneCall("resnet") { ResNet(depth: 50) },
        OneCall([
            "type": "resnet", "depth": 18, "conv_bias": true, "zero_init_residual": true, "attention": "cbam",
            "output_stride": 8, "in_channels": 1, "activation": "silu", "initializer": "glorot_uniform",
        ]) {
            ResNet(
                depth: 18, zeroInitResidual: true, attention: blockAttention, outputStride: 8,
                style: ConvolutionStyle(
                    activation: .silu, initializer: GlorotUniform(), hasBias: true, imageChannels: 1))
        },
        OneCall(["type": "resnet", "strides_first": true]) { ResNet(stridesFirst: true) },
        OneCall("resnet_cifar") { ResNetCifar() },
        OneCall(["type": "resnet_cifar", "depth": 8, "shortcut_padding": "both_sides", "normalization": "none"]) {
            ResNetCifar(depth: 8, shortcutPadding: .bothSides, style: ConvolutionStyle(normalization: { _ in nil }))
        },
        OneCall("vovnet") { VoVNet() },
        OneCall("vovnet") { VoVNet(depth: 57) },
        OneCall(["type": "vovnet", "depth": 27, "slim": true]) { VoVNet(depth: 27, isSlim: true) },
        OneCall([
            "type": "vovnet", "depth": 19, "stem_stride": 4, "pads_pools": false, "concatenates_input": true,
            "residual": true, "attention": "ese", "separable": true, "output_stride": 16, "conv_bias": true,
            "activation": "relu",
        ]) {
            VoVNet(
                depth: 19, stemStride: 4, padsPools: false, concatenatesInput: true, isResidual: true,
                attention: { EffectiveSqueezeExcitation(channels: $0) }, isSeparable: true, outputStride: 16,
                style: ConvolutionStyle(hasBias: true))
        },
        OneCall("vgg") { VGG() },
        OneCall("vgg") { VGG(depth: 16) },
        OneCall(["type": "vgg", "depth": 11, "conv_bias": false, "initializer": "he_normal"]) {
            VGG(depth: 11, style: ConvolutionStyle(normalization: { _ in nil }))
        },
        OneCall("vgg_segnet") { SegNetEncoder() },
        OneCall([
            "type": "vgg_segnet", "width": 5, "convolutions": [1, 2], "bottleneck": 1, "ceil_mode": false,
            "conv_bias": true,
        ]) {
            SegNetEncoder(
                width: 5, convolutionCounts: [1, 2], bottleneckCount: 1, ceilMode: false,
                style: ConvolutionStyle(hasBias: true))
        },
        OneCall("xception") { Xception() },
        OneCall(["type": "xception", "padding": "same", "strided_padding": "tensorflow", "output_stride": 8]) {
            Xception(padding: .same, stridedPadding: .tensorflow, outputStride: 8)
        },
        OneCall("mobilenet") { MobileNetV2() },
        OneCall([
            "type": "mobilenet", "width": 0.5, "attention": "se", "output_stride": 16, "strided_padding": "tensorflow",
        ]) {
            MobileNetV2(
                width: 0.5,
                attention: { SqueezeExcitation(channels: $0, initializer: HeNormal(fan: .output)) }, outputStride: 16,
                stridedPadding: .tensorflow)
        },
        OneCall(["type": "mobilenet", "version": 1]) { MobileNetV1() },
        OneCall(["type": "mobilenet", "version": 1, "width": 0.5, "output_stride": 8]) {
            MobileNetV1(width: 0.5, outputStride: 8)
        },
        OneCall("densenet") { DenseNet() },
        OneCall(["type": "densenet", "depth": 121]) { DenseNet(depth: 121) },
        OneCall(["type": "densenet", "depth": 161, "dropout": 0.1, "output_stride": 8]) {
            DenseNet(depth: 161, dropout: 0.1, outputStride: 8)
        },
        OneCall("inception_resnet_v2") { InceptionResNetV2() },
        OneCall(["type": "inception_resnet_v2", "padding": "same", "in_channels": 4]) {
            var style = InceptionResNetV2.defaultStyle
            style.imageChannels = 4
            return InceptionResNetV2(padding: .same, style: style)
        },
    ]
}

private func blockAttention(_ channels: Int) -> any Layer {
    ConvolutionalBlockAttention(channels: channels, initializer: GlorotUniform())
}

@Suite struct OneCallTests {
    @Test func everyBackboneIsThere() throws {
        let named = Set(OneCall.all.map { $0.node["type"]?.string ?? $0.node.string })
        #expect(try named == Set(backboneRegistry().names(of: .backbone)))
    }

    /// The same names, shapes, first values, features and operations.
    @Test(arguments: OneCall.all)
    func isWhatTheConfigurationDescribes(_ call: OneCall) throws {
        let (made, built) = (call.make(), try backboneRegistry().build(.backbone, from: call.node))
        #expect(made.typeName == built.typeName)
        #expect(made.features == built.features)
        #expect(made.inputChannels == built.inputChannels)
        #expect(parameters(made) == parameters(built))
        #expect(buffers(made) == buffers(built))
        #expect(try operations(made) == operations(built))
    }

    private func parameters(_ module: any Module) -> [String] {
        ModuleTree(module).parameters.map {
            "\($0.name) \($0.parameter.shape) \($0.parameter.initializer.map { "\($0)" } ?? "")"
        }
    }

    private func buffers(_ module: any Module) -> [String] {
        ModuleTree(module).buffers.map { "\($0.name) \($0.buffer.wrappedValue.shape)" }
    }

    /// The operations in training, with their settings.
    private func operations(_ backbone: any Backbone) throws -> [String] {
        let trace = Trace()
        let size = backbone is FeatureInput ? 1 : 160
        let images = trace.input(TensorSpecification(shape: [1, size, size, backbone.inputChannels]))
        _ = backbone(images, Context(training: true, random: RandomKey(seed: 0)))
        try trace.check()
        return trace.steps.map { "\($0.operation) \($0.outputSpecifications)" }
    }

    /// What a configuration refuses, an initializer refuses too.
    @Test func initializersRefuse() async {
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = ResNet(depth: 51)
            }, "ResNet: depth must be 18, 34, 50, 101 or 152, not 51")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = ResNet(depth: 50, outputStride: 4)
            }, "OutputStride: output_stride must be 8, 16 or 32, not 4")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = ResNet(zeroInitResidual: true, style: ConvolutionStyle(normalization: { _ in nil }))
            }, "ResNet: zero_init_residual needs a normalization with a scale")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = ResNetCifar(depth: 21)
            }, "ResNetCifar: depth must be 6n + 2, such as 20, 32, 44, 56 or 110, not 21")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = VoVNet(depth: 27)
            }, "VoVNet: depth must be 19, 39, 57 or 99 for a network that is not slim, not 27")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = VoVNet(stemStride: 3)
            }, "VoVNet: stem_stride must be 2 or 4, not 3")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = VGG(depth: 12)
            }, "VGG: depth must be 11, 13, 16 or 19, not 12")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = SegNetEncoder(convolutionCounts: [2, 0])
            }, "SegNetEncoder: convolutions.1 must be from 1 to 64, not 0")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = MobileNetV1(width: 0)
            }, "MobileNetV1: width must be above 0 and at most 16, not 0.0")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = MobileNetV2(width: .nan)
            }, "MobileNetV2: width must be above 0 and at most 16, not nan")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = DenseNet(depth: 122)
            }, "DenseNet: depth must be 121, 161, 169 or 201, not 122")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = DenseNet(dropout: 1)
            }, "DenseNet: dropout must be 0 or more and below 1, not 1.0")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Xception(middleBlockCount: -1)
            }, "Xception: middleBlockCount must be from 0 to 1000, not -1")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = InceptionResNetV2(blockCounts: [1, 2])
            }, "InceptionResNetV2: there are numbers of blocks at three strides, not [1, 2]")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = ResNet(layout: ResNet.Layout(blockCounts: [1, 1, 1, 1 << 62], isBottleneck: false))
            }, "ResNet: blockCounts.3 must be from 0 to 1000, not 4611686018427387904")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = ResNet(
                    layout: ResNet.Layout(blockCounts: [1, 1, 1, 1], isBottleneck: true, widths: [8, 8, 8, 1 << 62]))
            }, "ResNet: widths.3 must be at most 65536, not 4611686018427387904")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = ResNetCifar(depth: 1 << 31)
            }, "ResNetCifar: depth must be at most 9998, not 2147483648")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = DenseNet(layout: DenseNet.Layout(growth: 1 << 62, layerCounts: [1], stemChannels: 8))
            }, "DenseNet: growth must be at most 65536, not 4611686018427387904")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = VGG(convolutionCounts: [1, 1 << 31], widths: [8, 8])
            }, "VGG: convolutionCounts.1 must be from 0 to 1000, not 2147483648")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                let stage = VoVNet.Layout.Stage(moduleCount: 1, width: -1, channels: 8)
                _ = VoVNet(layout: VoVNet.Layout(stages: [stage]))
            }, "VoVNet: stages.width.0 must be positive, not -1")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = FeatureInput(channels: 0)
            }, "FeatureInput: channels must be 1 or more, not 0")
    }

    @Test(arguments: [
        "resnet", "resnet_cifar", "vovnet", "vgg", "vgg_segnet", "xception", "mobilenet", "densenet",
        "inception_resnet_v2",
    ])
    func imagesHaveChannels(name: String) throws {
        let type = ConfigNode(.string(name))
        try expectRefusal(["type": type, "in_channels": 0], "in_channels: must be positive, not 0")
        try expectRefusal(["type": type, "in_channels": 100_000], "in_channels: must be at most 65536, not 100000")
    }

    @Test func featuresNeedANumber() throws {
        try expectRefusal("features", "channels: must be the number of features, unless the data set is one of")
        try expectRefusal(["type": "features", "channels": 0], "channels: must be 1 or more, not 0")
    }
}
