import NNHeads
import NNLayers
import NNTesting
import Testing

@Suite struct MLPClassifierTests {
    @Test func hasTheParametersOfItsLayers() throws {
        let features = [FeatureInfo(channels: 2048, stride: 32)]
        let config: ConfigNode = ["type": "mlp_classifier", "output": "sigmoid"]
        let head = try head(config, features, classCount: 2)
        #expect(head.parameterCount.trainable == 2048 * 256 + 256 + 256 * 128 + 128 + 128 + 1)
        #expect(ModuleTree(head).parameters.map(\.name).last == "fc.bias")
    }

    @Test func conforms() throws {
        let config: ConfigNode = [
            "type": "mlp_classifier", "layers": [["width": 7, "dropout": 0.5], ["width": 5, "activation": "tanh"]],
        ]
        try checkHead(try head(config), features: MadeFeatures.pyramid, classCount: 3)
        let plain: ConfigNode = ["type": "mlp_classifier", "layers": []]
        try checkHead(try head(plain), features: MadeFeatures.pyramid, classCount: 3)
    }

    @Test func aSigmoidHasOneLogitForTwoClasses() throws {
        let config: ConfigNode = ["type": "mlp_classifier", "layers": [["width": 5]], "output": "sigmoid"]
        try checkHead(try head(config, classCount: 2), features: MadeFeatures.pyramid, classCount: 1)
        #expect {
            try head(config, classCount: 3)
        } throws: {
            "\($0)".hasPrefix("output: must be softmax for 3 classes")
        }
    }

    @Test func refusesLayersThatCannotBe() {
        let wide: ConfigNode = ["type": "mlp_classifier", "layers": [["width": 0]]]
        #expect(refusal(of: wide) == "layers.0.width: must be positive, not 0")
        let tooWide: ConfigNode = ["type": "mlp_classifier", "layers": [["width": 100_000]]]
        #expect(refusal(of: tooWide) == "layers.0.width: must be at most 65536, not 100000")
        let dropping: ConfigNode = ["type": "mlp_classifier", "layers": [["dropout": 1]]]
        #expect(refusal(of: dropping) == "layers.0.dropout: must be 0 or more and below 1, not 1.0")
        #expect(
            refusal(of: "mlp_classifier", [])
                == "type: head 'mlp_classifier' needs a feature; the backbone offers none")
    }
}
