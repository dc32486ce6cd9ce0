import NNBackbones
import NNHeads
import NNLayers
@_spi(Testing) import NNTesting
import Testing
import NNTraining

/// Every backbone that is registered with every head that is registered.
@Suite struct CombinationTests {
    static func registry() throws -> Registry {
        try Registry(plugins: [LayersPlugin(), BackbonesPlugin(), HeadsPlugin()])
    }

    static let classCount = 3

    /// Heads that need features which not every backbone has; all others fit every backbone.
    static let demanding: Set = ["segnet", "jpu", "deeplabv3plus"]

    @Test(arguments: SmallOptions.backboneNames(try registry()))
    func trainsWithEveryHeadOrIsRefused(backboneName: String) throws {
        let registry = try Self.registry()
        let backbone = try registry.build(.backbone, from: SmallOptions.backbone(backboneName))
        backbone.initialize(key: RandomKey(seed: 0))
        for headName in registry.names(of: .head) {
            let environment = HeadEnvironment(
                features: backbone.features, classCount: Self.classCount, backboneName: backboneName)
            do {
                let head = try registry.build(.head, from: SmallOptions.head(headName), environment)
                head.initialize(key: RandomKey(seed: 1))
                try FastBackend.run {
                    try checkTraining(
                        Network(backbone: backbone, head: head), imageSize: SmallOptions.imageSize(backboneName),
                        "\(backboneName) with \(headName)")
                }
            } catch let error as ConfigError {
                #expect(Self.demanding.contains(headName), "\(backboneName) with \(headName): \(error)")
                #expect(error.description.contains("head '\(headName)' needs "))
                #expect(error.description.contains("; backbone '\(backboneName)' offers "))
            }
        }
    }

    @Test(arguments: try registry().names(of: .head))
    func everyHeadFitsSomeBackbone(headName: String) throws {
        let registry = try Self.registry()
        let fits = try SmallOptions.backboneNames(registry).filter { backboneName in
            let backbone = try registry.build(.backbone, from: SmallOptions.backbone(backboneName))
            let environment = HeadEnvironment(features: backbone.features, classCount: Self.classCount)
            return (try? registry.build(.head, from: SmallOptions.head(headName), environment)) != nil
        }
        #expect(!fits.isEmpty)
    }

    @Test func aConfigurationIsToldOfBothSides() throws {
        var model = ModelConfig()
        model.backbone = ["type": "resnet_cifar", "depth": 8]
        model.head = "segnet"
        let expected =
            "head 'segnet' needs pooling indices at strides 1, 2; backbone 'resnet_cifar' offers none"
        #expect {
            _ = try ModelBuilder(Self.registry()).network(model, classCount: Self.classCount)
        } throws: {
            "\($0)".hasSuffix(expected)
        }
    }

    /// Logits have the shape that the task asks for, and gradients reach the head and the backbone.
    private func checkTraining(_ network: Network, imageSize: Size, _ subject: Comment) throws {
        let images = Tensor.uniform([2, imageSize.height, imageSize.width, 3], in: 0..<1, key: RandomKey(seed: 2))
        let logits = network(images, Context(training: true, random: RandomKey(seed: 0)))
        let pixels = network.head.task.isDense ? [imageSize.height, imageSize.width] : []
        #expect(logits.shape == Shape([2] + pixels + [Self.classCount]), subject)
        #expect(magnitude(logits).isFinite, subject)

        let gradients = logits.backward(
            gradient: .normal(logits.shape, mean: 0, standardDeviation: 1, key: RandomKey(seed: 3)))
        for (name, parameter) in ModuleTree(network.head).parameters {
            let gradient = try #require(parameter.gradient(in: gradients), "\(subject): no gradient by \(name)")
            #expect(magnitude(gradient).isFinite, "\(subject): gradient by \(name)")
        }
        let reached = ModuleTree(network.backbone).parameters.compactMap { $0.parameter.gradient(in: gradients) }
        let total = reached.reduce(0) { $0 + magnitude($1) }
        #expect(total.isFinite, subject)
        #expect(total > 0, "\(subject): no gradient reaches the backbone")
    }

    /// The sum of all magnitudes, which is not finite where one of them is not.
    private func magnitude(_ tensor: Tensor) -> Float { withoutGradients { tensor.abs().sum().floats[0] } }
}
