import Heads
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

    @Test(arguments: [(2, 1), (3, 3)])
    func aSigmoidHasOneLogitForTwoClasses(classCount: Int, logitCount: Int) throws {
        let config: ConfigNode = ["type": "mlp_classifier", "layers": [["width": 5]], "output": "sigmoid"]
        let head = try head(config, classCount: classCount)
        try checkHead(head, features: MadeFeatures.pyramid, classCount: logitCount)
    }

    @Test func refusesLayersThatCannotBe() {
        let wide: ConfigNode = ["type": "mlp_classifier", "layers": [["width": 0]]]
        #expect(refusal(of: wide) == "layers.0.width: must be positive, not 0")
        let dropping: ConfigNode = ["type": "mlp_classifier", "layers": [["dropout": 1]]]
        #expect(refusal(of: dropping) == "layers.0.dropout: must be 0 or more and below 1, not 1.0")
        #expect(
            refusal(of: "mlp_classifier", [])
                == "type: head 'mlp_classifier' needs a feature; the backbone offers none")
    }
}
