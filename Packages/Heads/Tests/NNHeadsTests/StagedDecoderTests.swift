import NNHeads
import NNLayers
import NNTesting
import Testing

/// SegNet, and the decoder that enlarges by repeating pixels instead.
@Suite struct StagedDecoderTests {
    /// The features of an encoder in the shape of VGG16: a width for each pooling, and what comes after.
    static func encoder(_ widths: [Int]) -> [FeatureInfo] {
        (widths + widths.suffix(1)).enumerated().map { index, width in
            FeatureInfo(channels: width, stride: 1 << index, hasPoolingIndices: index < widths.count)
        }
    }
    static let narrow = encoder([32, 64, 128, 256])
    static let segNet64: ConfigNode = [
        "type": "segnet", "convolutions": [3, 3, 2, 2], "narrows": "first", "dropout": 0.5,
    ]

    @Test func hasThePublishedNumbersOfParameters() throws {
        // The encoders have 3,682,272 and 14,718,912 parameters, so the networks 4,473,398 and 29,441,419.
        #expect(try head(Self.segNet64, Self.narrow, classCount: 22).parameterCount.trainable == 4_473_398 - 3_682_272)
        let full = try head("segnet", Self.encoder([64, 128, 256, 512, 512]), classCount: 11)
        #expect(full.parameterCount.trainable == 29_441_419 - 14_718_912)
    }

    @Test func theComparedNetworkHasThePublishedNumberOfParameters() throws {
        let fcn: ConfigNode = [
            "type": "upsample", "convolutions": [3, 3, 2, 2], "narrows": "first", "widths": [128, 64, 64, 32],
        ]
        #expect(try head(fcn, Self.narrow, classCount: 22).parameterCount.trainable == 4_528_822 - 3_682_272)
    }

    @Test func theTwinHasTheSameParameters() throws {
        let twin: ConfigNode = [
            "type": "upsample", "convolutions": [3, 3, 2, 2], "narrows": "first", "dropout": 0.5,
        ]
        let names = ModuleTree(try head(Self.segNet64, Self.narrow)).parameters.map {
            "\($0.name) \($0.parameter.shape)"
        }
        let others = ModuleTree(try head(twin, Self.narrow)).parameters.map { "\($0.name) \($0.parameter.shape)" }
        #expect(names == others)
        #expect(names.first == "stages.0.0.conv.weight [128, 256, 3, 3]")
        #expect(names.last == "conv_seg.bias [3]")
    }

    @Test func convolutionsHaveBiasesWhereToldTo() throws {
        let plain = try head("segnet", MadeFeatures.pooled).parameterCount.trainable
        let biased = try head(["type": "segnet", "conv_bias": true], MadeFeatures.pooled).parameterCount.trainable
        // Three convolutions, two, and one.
        let channels = [8, 8, 6, 6, 4, 4]
        #expect(biased - plain == channels.reduce(0, +))
        let silent = try head(["type": "segnet", "classifier_bias": false], MadeFeatures.pooled)
        #expect(plain - silent.parameterCount.trainable == 3)
    }

    @Test func conforms() throws {
        try checkHead(try head("segnet", MadeFeatures.pooled), features: MadeFeatures.pooled, classCount: 3)
        let dropping: ConfigNode = ["type": "segnet", "dropout": 0.5, "classifier_kernel": 1]
        try checkHead(try head(dropping, MadeFeatures.pooled), features: MadeFeatures.pooled, classCount: 3)
    }

    @Test(arguments: MadeFeatures.all)
    func upsamplingConformsOnAnyFeatures(features: [FeatureInfo]) throws {
        let config: ConfigNode = ["type": "upsample", "interpolation": "bilinear"]
        try checkHead(try head(config, features), features: features, classCount: 3)
    }

    @Test func valuesGoBackToWhereTheyCameFrom() throws {
        // With one stage of one convolution that hands its input on, only the positions of maxima are not zero.
        let features = [
            FeatureInfo(channels: 1, stride: 1, hasPoolingIndices: true), FeatureInfo(channels: 1, stride: 2),
        ]
        let config: ConfigNode = ["type": "segnet", "normalization": "none", "classifier_kernel": 1]
        let head = try head(config, features, classCount: 1)
        let centre: [Float] = [0, 0, 0, 0, 1, 0, 0, 0, 0]
        for (name, parameter) in ModuleTree(head).parameters {
            parameter.value =
                name.hasPrefix("stages")
                ? Tensor(centre, shape: [1, 1, 3, 3]) : .full(parameter.shape, value: name.hasSuffix("bias") ? 0 : 1)
        }
        let fine = Tensor([Float(1), 5, 2, 0, 3, 0, 0, 7, 0] as [Float], shape: [1, 3, 3, 1])
        let pooled = fine.maxPooledWithIndices(kernel: 2)
        let made = [Feature(fine, poolingIndices: pooled.indices), Feature(pooled.values * 10)]
        let logits = withoutGradients { head(made, imageSize: 3, .inference()) }
        #expect(logits.floats == [0, 50, 0, 0, 0, 0, 0, 0, 0])
    }

    @Test func refusesWhatDoesNotFit() {
        #expect(
            refusal(of: "segnet", backboneName: "vovnet57")
                == "type: head 'segnet' needs pooling indices at strides 1, 2, 4, 8, 16; backbone 'vovnet57' offers none"
        )
        #expect(
            refusal(of: "segnet", [FeatureInfo(channels: 4, stride: 16)])
                == "type: head 'segnet' needs pooling indices at strides 1, 2, 4, 8; the backbone offers none")
        var gap = MadeFeatures.pooled
        gap[1].hasPoolingIndices = false
        #expect(
            refusal(of: "segnet", gap)
                == "type: head 'segnet' needs pooling indices at strides 1, 2, 4; the backbone offers them at 1, 4")
        var wide = MadeFeatures.pooled
        wide[3].channels = 16
        #expect(
            refusal(of: "segnet", wide)
                == "type: head 'segnet' needs as many channels at stride 8 as at 4; the backbone offers 16 and 8")
        #expect(
            refusal(of: "upsample", [], backboneName: "mine")
                == "type: head 'upsample' needs a feature; backbone 'mine' offers none")
    }

    @Test func refusesOptionsForOtherStages() {
        #expect(
            refusal(of: ["type": "segnet", "convolutions": [3, 3]], MadeFeatures.pooled)
                == "convolutions: must have an element for each of the backbone's 3 stages, from coarse to fine, not 2")
        #expect(
            refusal(of: ["type": "upsample", "widths": [8]])
                == "widths: must have an element for each of the backbone's 3 stages, from coarse to fine, not 1")
        #expect(
            refusal(of: ["type": "upsample", "classifier_kernel": 2])
                == "classifier_kernel: must be odd and positive, not 2")
        #expect(
            refusal(of: ["type": "segnet", "convolutions": [0, 1, 1]])?.contains("must be from 1 to 64, not 0") == true)
    }
}
