import NNBackbones
import NNLayers
import NNTesting
import Testing

@Suite struct MobileNetTests {
    // Those of timm and torchvision.
    @Test(
        arguments: [
            (1, 1, 4_231_976), (1, 0.5, 1_331_592), (2, 1, 3_504_872), (2, 0.5, 1_968_680), (2, 1.4, 6_108_776),
        ] as [(Int, Float, Int)])
    func hasThePublishedNumberOfParameters(version: Int, width: Float, count: Int) throws {
        let backbone: any Backbone = version == 1 ? MobileNetV1(width: width) : MobileNetV2(width: width)
        #expect(try imageNetClassifier(backbone).parameterCount.trainable == count)
    }

    @Test func conforms() throws {
        try checkBackbone(MobileNetV1(width: 0.25))
        try checkBackbone(MobileNetV2(width: 0.35))
        try checkBackbone(MobileNetV2(width: 0.35, outputStride: 8, style: ConvolutionStyle(activation: .hardSwish)))
    }

    /// Results are held against Keras in the tests of the weights.
    @Test func conformsWithThePaddingOfTensorFlow() throws {
        try checkBackbone(MobileNetV1(width: 0.25, outputStride: 16, stridedPadding: .tensorflow))
        try checkBackbone(MobileNetV2(width: 0.35, stridedPadding: .tensorflow))
    }

    @Test func featuresAreDeclared() {
        #expect(MobileNetV1().features.map(\.channels) == [64, 128, 256, 512, 1024])
        #expect(MobileNetV2().features.map(\.channels) == [16, 24, 32, 96, 1280])
        #expect(MobileNetV2(outputStride: 8).features.map(\.stride) == [2, 4, 8, 8, 8])
    }

    @Test(arguments: [("version1_silu", 0.5, 32), ("version1_stride8_relu6", 0.25, 8)] as [(String, Float, Int)])
    func version1AgreesWithTimm(name: String, width: Float, stride: Int) throws {
        let backbone = MobileNetV1(width: width, outputStride: stride, style: fixtureStyle(name))
        try check(backbone, against: name, in: "mobilenet")
    }

    @Test(arguments: [("version2_silu", 0.5), ("version2_relu6", 0.35)] as [(String, Float)])
    func version2AgreesWithTorchvision(name: String, width: Float) throws {
        try check(MobileNetV2(width: width, style: fixtureStyle(name)), against: name, in: "mobilenet")
    }

    @Test(arguments: [8, 16])
    func anOutputStrideDilates(stride: Int) throws {
        let size = Size(height: 65, width: 94)
        try checkDilation(
            MobileNetV1(width: 0.25, outputStride: stride), sees: MobileNetV1(width: 0.25), imageSize: size)
        try checkDilation(
            MobileNetV2(width: 0.35, outputStride: stride), sees: MobileNetV2(width: 0.35), imageSize: size)
    }

    @Test func isBuiltFromAConfiguration() throws {
        let registry = try backboneRegistry()
        #expect(try registry.build(.backbone, from: ["type": "mobilenet"]) is MobileNetV2)
        let narrow = try registry.build(.backbone, from: ["type": "mobilenet", "version": 1, "width": 0.5])
        #expect(narrow is MobileNetV1 && narrow.features.map(\.channels) == [32, 64, 128, 256, 512])
        try expectRefusal(["type": "mobilenet", "strided_padding": "keras"], "strided_padding: unknown value 'keras'")
        try expectRefusal(["type": "mobilenet", "version": 3], "version: must be 1 or 2, not 3")
        try expectRefusal(["type": "mobilenet", "width": 0], "width: must be above 0 and at most 16, not 0.0")
        try expectRefusal(["type": "mobilenet", "output_stride": 64], "output_stride: must be 8, 16 or 32, not 64")
    }
}
