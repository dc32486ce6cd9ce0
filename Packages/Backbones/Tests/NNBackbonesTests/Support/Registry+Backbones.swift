import NNBackbones
import NNHeads
import NNLayers
import Testing

/// Every backbone of this module.
func backboneRegistry() throws -> Registry { try Registry(plugins: [LayersPlugin(), BackbonesPlugin()]) }

/// A backbone with a classifier of 1000 classes.
func imageNetClassifier(_ backbone: any Backbone) throws -> Network {
    Network(backbone: backbone, head: Classifier(features: backbone.features, classes: 1000))
}

/// Expects that a configuration is refused with a message that begins so.
func expectRefusal(_ options: ConfigNode, _ message: String) throws {
    let registry = try backboneRegistry()
    #expect {
        try registry.build(.backbone, from: options)
    } throws: {
        "\($0)".hasPrefix(message)
    }
}
