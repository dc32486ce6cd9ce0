import NNBackbones
import NNHeads
import NNLayers
@_spi(Testing) import NNTesting
import Testing

@testable import NNONNX

/// Every backbone that is registered with every head that fits it.
@Suite struct RegistryExportTests {
    static func registry() throws -> Registry {
        try Registry(plugins: [LayersPlugin(), BackbonesPlugin(), HeadsPlugin()])
    }

    /// The networks of a backbone, by the name of the head.
    static func networks(_ backboneName: String) throws -> [(head: String, network: Network)] {
        let registry = try registry()
        let backbone = try registry.build(.backbone, from: SmallOptions.backbone(backboneName))
        backbone.initialize(key: RandomKey(seed: 0))
        let environment = HeadEnvironment(features: backbone.features, classCount: 3)
        return registry.names(of: .head).compactMap { name in
            // Heads that need other features are refused by themselves.
            guard let head = try? registry.build(.head, from: SmallOptions.head(name), environment) else { return nil }
            head.initialize(key: RandomKey(seed: 1))
            return (name, Network(backbone: backbone, head: head))
        }
    }

    @Test(arguments: SmallOptions.backboneNames(try registry()))
    func takesImagesOfAnySizeWithEveryHead(backboneName: String) throws {
        let exporter = ONNXExporter(foldBatchNorm: false)
        for (headName, network) in try Self.networks(backboneName) {
            let subject: Comment = "\(backboneName) with \(headName)"
            var description = Exported.description
            description.imageSize = SmallOptions.imageSize(backboneName)
            let (model, notices) = try exporter.model(of: network, description)
            let graph = model.message.graph
            #expect(notices == [], subject)
            #expect(graph.input[0].port.shape == ["batch", "3", "height", "width"], subject)
            let isClassifier = network.head.task == .classification
            let logits = ["batch", "3"] + (isClassifier ? [] : ["height", "width"])
            #expect(graph.output[0].port.shape == logits, subject)
            #expect(!graph.node.contains { $0.opType == "Transpose" }, subject)
        }
    }

    @Test(arguments: ["mish", "silu", "gelu", "hard_swish", "leaky_relu", "relu6", "tanh", "softplus", "identity"])
    func writesEveryActivationByName(activation: String) throws {
        for normalization: ConfigNode in ["batch_norm", "layer_norm", "none"] {
            let made = try network(
                [
                    "type": "resnet_cifar", "depth": 8, "activation": ConfigNode(.string(activation)),
                    "normalization": normalization,
                ], "classifier")
            let exported = try Exported(made)
            #expect(exported.problems == [])
            #expect(exported.count("Transpose") == 0)
        }
    }
}
