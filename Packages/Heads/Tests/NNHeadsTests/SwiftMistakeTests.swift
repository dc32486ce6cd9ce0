import NNHeads
import NNLayers
import Testing

/// Initializers trap with the messages that configurations are refused with; each case runs in a process of its own.
@Suite struct SwiftMistakeTests {
    @Test func missingFeatures() async {
        expectSame(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = JPU(features: MadeFeatures.small, classes: 3)
            }, "JPU", refusal(of: "jpu", MadeFeatures.small))
        expectSame(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = DeepLabV3Plus(features: MadeFeatures.small, classes: 3)
            }, "DeepLabV3Plus", refusal(of: "deeplabv3plus", MadeFeatures.small))
        expectSame(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = SegNet(features: MadeFeatures.small, classes: 3)
            }, "SegNet", refusal(of: "segnet", MadeFeatures.small))
        expectSame(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = UPerNet(features: MadeFeatures.small, classes: 3, strides: [8])
            }, "UPerNet", refusal(of: ["type": "upernet", "strides": [8]], MadeFeatures.small))
        expectSame(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = FCN(features: MadeFeatures.small, classes: 3, feature: 3)
            }, "FCN", refusal(of: ["type": "fcn", "feature": 3], MadeFeatures.small))
        expectSame(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Classifier(features: [], classes: 3)
            }, "Classifier", refusal(of: "classifier", []))
    }

    @Test func invalidValues() async {
        expectSame(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Classifier(features: MadeFeatures.small, classes: 3, dropout: 1)
            }, "Classifier", refusal(of: ["type": "classifier", "dropout": 1]))
        expectSame(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = MLPClassifier(features: MadeFeatures.small, classes: 3, layers: [.init(width: 4), .init(width: 0)])
            }, "MLPClassifier",
            refusal(of: ["type": "mlp_classifier", "layers": [["width": 4], ["width": 0]]]))
        expectSame(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = MLPClassifier(features: MadeFeatures.small, classes: 3, output: .sigmoid)
            }, "MLPClassifier", refusal(of: ["type": "mlp_classifier", "output": "sigmoid"]))
        expectSame(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = UNet(features: MadeFeatures.small, classes: 3, widths: [8])
            }, "UNet", refusal(of: ["type": "unet", "widths": [8]], MadeFeatures.small))
        expectSame(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = UpsampleHead(features: MadeFeatures.small, classes: 3, convolutions: [1, 65])
            }, "UpsampleHead", refusal(of: ["type": "upsample", "convolutions": [1, 65]], MadeFeatures.small))
        expectSame(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = SegNet(features: MadeFeatures.pooled, classes: 3, classifierKernel: 2)
            }, "SegNet", refusal(of: ["type": "segnet", "classifier_kernel": 2], MadeFeatures.pooled))
        expectSame(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = PSPNet(features: MadeFeatures.small, classes: 3, bins: [])
            }, "PSPNet", refusal(of: ["type": "pspnet", "bins": []]))
        expectSame(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = FCN(features: MadeFeatures.small, classes: 3, stride: 4, feature: 1)
            }, "FCN", refusal(of: ["type": "fcn", "stride": 4, "feature": 1]))
        expectSame(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = JPU(features: MadeFeatures.pyramid, classes: 3, lowLevelWidth: 0)
            }, "JPU", refusal(of: ["type": "jpu", "low_level_width": 0]))
    }

    @Test func noClasses() async throws {
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = UNet(features: MadeFeatures.small, classes: 0)
            }, "UNet: head 'unet' needs at least one class, not 0")
        for name in try Registry(plugins: [HeadsPlugin()]).names(of: .head) {
            #expect(throws: ConfigError.self, "\(name)") {
                try head(ConfigNode(.string(name)), MadeFeatures.pooled, classCount: 0)
            }
        }
    }

    /// Expects that a process trapped in the initializer of a head with what a configuration is refused with.
    private func expectSame(
        _ result: ExitTest.Result?, _ head: String, _ refusal: String?,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        guard let refusal, let colon = refusal.firstRange(of: ": ") else {
            Issue.record("the configuration is accepted", sourceLocation: sourceLocation)
            return
        }
        // What concerns the whole head is reported at its type in a configuration.
        let option = refusal[..<colon.lowerBound]
        let message = refusal[colon.upperBound...]
        expectMessage(
            result, "\(head): \(option == "type" ? "" : "\(option) ")\(message)", sourceLocation: sourceLocation)
    }
}
