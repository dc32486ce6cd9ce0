import NNHeads
import NNLayers
import NNTesting
import Testing

@Suite struct ClassifierTests {
    let features = [FeatureInfo(channels: 4, stride: 4), FeatureInfo(channels: 6, stride: 8)]

    @Test func conforms() throws {
        try checkHead(Classifier(features: features, classes: 5), features: features, classCount: 5)
        try checkHead(Classifier(features: features, classes: 5, dropout: 0.5), features: features, classCount: 5)
    }

    @Test func namesItsDenseLayerFC() {
        let head = Classifier(features: features, classes: 5)
        #expect(ModuleTree(head).parameters.map(\.name) == ["fc.weight", "fc.bias"])
        #expect(head.parameterCount.trainable == 35)
    }

    @Test func isBuiltFromTheLastFeature() throws {
        let registry = try Registry(plugins: [HeadsPlugin()])
        let environment = HeadEnvironment(features: features, classCount: 3)
        let head = try registry.build(.head, from: ["type": "classifier", "dropout": 0.2], environment)
        #expect(head.parameterCount.trainable == 21)
        #expect {
            try registry.build(.head, from: ["type": "classifier", "dropout": 1], environment)
        } throws: {
            "\($0)" == "dropout: must be 0 or more and below 1, not 1.0"
        }
        #expect(throws: ConfigError.self) {
            try registry.build(.head, from: "classifier", HeadEnvironment(features: [], classCount: 3))
        }
    }
}
