import NNLayers
import NNTesting
import Testing

@testable import NNHeads

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

    @Test func poolsAsConfigured() throws {
        let registry = try Registry(plugins: [LayersPlugin(), HeadsPlugin()])
        let environment = HeadEnvironment(features: features, classCount: 5)
        let neck: ConfigNode = [["type": "convolution", "channels": 7, "stride": 2], "dropout"]
        for name in ["classifier", "mlp_classifier"] {
            for pooling in registry.names(of: .pooling) {
                var node: ConfigNode = ["type": ConfigNode(.string(name)), "pooling": ConfigNode(.string(pooling))]
                let plain = try registry.build(.head, from: node, environment)
                try checkHead(plain, features: features, classCount: 5)
                let names = ModuleTree(plain).parameters.map(\.name)
                #expect(names.contains("pool.exponent") == (pooling == "generalized_mean"))
                guard name == "classifier" else { continue }
                node.content = .mapping((node.entries ?? []) + [ConfigEntry(key: "neck", value: neck)])
                let head = try registry.build(.head, from: node, environment)
                #expect(ModuleTree(head).parameters.first { $0.name == "fc.weight" }?.parameter.shape == [5, 7])
                #expect(ModuleTree(head).parameters.contains { $0.name == "neck.0.conv.weight" })
                try checkHead(head, features: features, classCount: 5)
            }
        }
        let map = Feature(Tensor([1, 2, 5, 0] as [Float], shape: [1, 2, 2, 1]))
        let head = Classifier(
            features: [FeatureInfo(channels: 1, stride: 1)], classes: 1, pooling: { _ in GlobalMaxPool() })
        head.initialize(key: RandomKey(seed: 0))
        head.dense.weight = .ones([1, 1])
        #expect(head([map], imageSize: 2, .inference()).item == 5)
    }

    @Test func isBuiltFromTheLastFeature() throws {
        let registry = try Registry(plugins: [LayersPlugin(), HeadsPlugin()])
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
