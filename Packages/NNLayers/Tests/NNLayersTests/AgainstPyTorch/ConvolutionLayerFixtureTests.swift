import NNLayers
import Testing

@Suite struct ConvolutionLayerFixtureTests {
    @Test func conv2D() throws {
        try expectAgreement(Conv2D(inputChannels: 3, outputChannels: 4, kernel: 3, padding: .half(of: 3)), with: "conv")
        try expectAgreement(
            Conv2D(inputChannels: 3, outputChannels: 4, kernel: 3, strides: 2, hasBias: false), with: "conv_valid_s2")
        try expectAgreement(Conv2D(inputChannels: 7, outputChannels: 3, kernel: 1, hasBias: false), with: "conv_1x1")
        try expectAgreement(
            Conv2D(inputChannels: 3, outputChannels: 4, kernel: 7, strides: 2, padding: .half(of: 7)),
            with: "conv_stem")
    }

    @Test func conv2DWithSamePadding() throws {
        try expectAgreement(
            Conv2D(inputChannels: 3, outputChannels: 4, kernel: 3, strides: 2, padding: .same), with: "conv_same_s2")
        try expectAgreement(
            Conv2D(
                inputChannels: 3, outputChannels: 4, kernel: Size(height: 4, width: 2), padding: .same,
                dilations: Size(height: 1, width: 3)),
            with: "conv_same_even")
    }

    @Test func conv2DWithDilation() throws {
        try expectAgreement(
            Conv2D(
                inputChannels: 3, outputChannels: 4, kernel: 3, padding: .half(of: 3, dilations: 2), dilations: 2),
            with: "conv_d2")
        let dilations = Size(height: 1, width: 3)
        try expectAgreement(
            Conv2D(
                inputChannels: 3, outputChannels: 4, kernel: 3, strides: Size(height: 2, width: 1),
                padding: .half(of: 3, dilations: dilations), dilations: dilations),
            with: "conv_s21_d13")
    }

    @Test func conv2DWithGroups() throws {
        try expectAgreement(
            Conv2D(inputChannels: 4, outputChannels: 6, kernel: 3, padding: .half(of: 3), groups: 2), with: "conv_g2")
        try expectAgreement(
            Conv2D(inputChannels: 5, outputChannels: 5, kernel: 3, strides: 2, padding: .half(of: 3), groups: 5),
            with: "conv_depthwise_s2")
    }

    @Test func convolutionTranspose2D() throws {
        try expectAgreement(
            ConvolutionTranspose2D(inputChannels: 4, outputChannels: 3, kernel: 2, strides: 2), with: "transposed")
        try expectAgreement(
            ConvolutionTranspose2D(
                inputChannels: 4, outputChannels: 6, kernel: 3, strides: 2, padding: 1, outputPadding: 1, groups: 2,
                hasBias: false),
            with: "transposed_g2")
        try expectAgreement(
            ConvolutionTranspose2D(
                inputChannels: 3, outputChannels: 4, kernel: Size(height: 3, width: 2),
                strides: Size(height: 3, width: 1), padding: EdgeInsets(top: 2, bottom: 2, left: 0, right: 0),
                dilations: Size(height: 2, width: 1)),
            with: "transposed_s3_d2")
    }

    @Test func separableConv2D() throws {
        try expectAgreement(SeparableConv2D(inputChannels: 3, outputChannels: 5, kernel: 3), with: "separable")
        try expectAgreement(
            SeparableConv2D(inputChannels: 3, outputChannels: 5, kernel: 3, normalizes: false, activates: false),
            with: "separable_xception")
        try expectAgreement(
            SeparableConv2D(
                inputChannels: 3, outputChannels: 5, kernel: 3, strides: 2, style: ConvolutionStyle(activation: .relu6),
                normalizesBetween: true, activatesBetween: true),
            with: "separable_mobilenet")
        try expectAgreement(
            SeparableConv2D(
                inputChannels: 3, outputChannels: 5, kernel: 3, dilations: 2,
                style: ConvolutionStyle(activation: .mish),
                normalizesBetween: true),
            with: "separable_d2")
    }
}
