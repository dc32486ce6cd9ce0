import NNBackbones
import NNHeads
import NNLayers
import Testing
import NNTraining

/// Whole networks, as configurations name them, have the numbers of parameters that were published.
@Suite struct PublishedNetworksTests {
    struct Published: Sendable, CustomStringConvertible {
        let description: String
        let backbone: Component<Void, any Backbone>
        let head: Component<HeadEnvironment, any Head>
        let classCount: Int
        let parameterCount: Int
    }

    static let segNet64: Component<HeadEnvironment, any Head> = [
        "type": "segnet", "convolutions": [3, 3, 2, 2], "narrows": "first", "dropout": 0.5,
    ]
    static let fcn64: Component<HeadEnvironment, any Head> = [
        "type": "upsample", "convolutions": [3, 3, 2, 2], "narrows": "first", "widths": [128, 64, 64, 32],
    ]
    static let biasedSegNet64: Component<HeadEnvironment, any Head> = [
        "type": "segnet", "convolutions": [3, 3, 2, 2], "narrows": "first", "dropout": 0.5, "conv_bias": true,
    ]
    static let fullEncoder: Component<Void, any Backbone> = [
        "type": "vgg_segnet", "width": 64, "convolutions": [2, 2, 3, 3, 3], "bottleneck": 0,
    ]
    static let networks = [
        Published(
            description: "VoVNet57", backbone: ["type": "vovnet", "depth": 57], head: "classifier", classCount: 999,
            parameterCount: 31_429_159),
        Published(
            description: "VoVNet57 with JPU", backbone: ["type": "vovnet", "depth": 57], head: "jpu", classCount: 151,
            parameterCount: 45_125_591),
        Published(
            description: "SegNet at 64x64", backbone: ["type": "vgg_segnet", "width": 32], head: segNet64,
            classCount: 22, parameterCount: 4_473_398),
        Published(
            description: "SegNet at 64x64 with biases",
            backbone: ["type": "vgg_segnet", "width": 32, "conv_bias": true], head: biasedSegNet64, classCount: 22,
            parameterCount: 4_476_214),
        Published(
            description: "the FCN beside SegNet", backbone: ["type": "vgg_segnet", "width": 32], head: fcn64,
            classCount: 22, parameterCount: 4_528_822),
        Published(
            description: "SegNet", backbone: fullEncoder, head: "segnet", classCount: 11,
            parameterCount: 29_441_419),
        Published(
            description: "Xception", backbone: "xception", head: "classifier", classCount: 1000,
            parameterCount: 22_855_952),
        Published(
            description: "ResNet-20", backbone: ["type": "resnet_cifar", "depth": 20], head: "classifier",
            classCount: 10, parameterCount: 269_722),
    ]

    @Test(arguments: networks)
    func haveThePublishedNumbersOfParameters(published: Published) throws {
        var model = ModelConfig()
        model.backbone = published.backbone
        model.head = published.head
        let builder = ModelBuilder(try CombinationTests.registry())
        let network = try builder.network(model, classCount: published.classCount)
        #expect(network.parameterCount.trainable == published.parameterCount)
    }
}
