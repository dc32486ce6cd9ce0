import NNBackbones
import NNHeads
import NNLayers

/// A backbone of one layer, for networks that are there for that layer.
final class OneLayer: Backbone {
    @Child var layer: any Layer
    let features: [FeatureInfo]

    init(_ layer: any Layer, channels: Int, stride: Int = 1) {
        self.layer = layer
        features = [FeatureInfo(channels: channels, stride: stride)]
    }

    func forward(_ images: Tensor, context: Context) -> [Feature] { [Feature(layer(images, context))] }
}

/// A head that hands the feature on as logits.
final class Scores: Head {
    let task = PredictionTask.segmentation

    func forward(_ features: [Feature], imageSize: Size, context: Context) -> Tensor { features[0].map }
}

/// A layer that is made of a function of tensors.
final class FunctionLayer: Layer {
    let function: (Tensor) -> Tensor

    init(_ function: @escaping (Tensor) -> Tensor) { self.function = function }

    func forward(_ input: Tensor, context: Context) -> Tensor { function(input) }
}

/// A network whose logits are a function of the images.
func network(_ function: @escaping (Tensor) -> Tensor) -> Network { network(FunctionLayer(function), channels: 3) }

func network(_ layer: any Layer, channels: Int) -> Network {
    let network = Network(backbone: OneLayer(layer, channels: channels), head: Scores())
    network.initialize(key: RandomKey(seed: 1))
    return network
}

/// A network as a configuration describes it.
func network(
    _ backbone: ConfigNode, _ head: ConfigNode, classCount: Int = 2, task: PredictionTask = .classification
) throws -> Network {
    let registry = try Registry(plugins: [LayersPlugin(), BackbonesPlugin(), HeadsPlugin()])
    let backbone = try registry.build(.backbone, from: backbone)
    let environment = HeadEnvironment(features: backbone.features, classCount: classCount, task: task)
    let network = Network(backbone: backbone, head: try registry.build(.head, from: head, environment))
    network.initialize(key: RandomKey(seed: 1))
    return network
}
