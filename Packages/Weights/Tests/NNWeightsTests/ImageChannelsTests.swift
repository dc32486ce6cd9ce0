import NNBackbones
import Foundation
import NNHeads
import NNLayers
@_spi(Testing) import NNTesting
import Testing
@_spi(Internal) import NNWeights

/// Backbones of images that have not three channels, with weights of those that do.
@Suite struct ImageChannelsTests {
    private static let plugins: [any Plugin] = [LayersPlugin(), BackbonesPlugin(), HeadsPlugin(), WeightsPlugin()]
    private static let names = (try? SmallOptions.backboneNames(Registry(plugins: plugins))) ?? []

    private func network(_ backbone: String, channels: Int, _ registry: Registry) throws -> Network {
        var entries =
            SmallOptions.backbone(backbone).entries ?? [
                ConfigEntry(key: "type", value: ConfigNode(.string(backbone)))
            ]
        entries.append(ConfigEntry(key: "in_channels", value: ConfigNode(.integer(channels))))
        let made = try registry.build(.backbone, from: ConfigNode(.mapping(entries)))
        #expect(made.inputChannels == channels)
        return Network(
            backbone: made,
            head: try registry.build(
                .head, from: "classifier", HeadEnvironment(features: made.features, classCount: 5)))
    }

    /// Colours that are grey have one brightness, so that both networks must see the same in them.
    @Test(arguments: names)
    func greyImagesAreSeenAlikeByOneAndThreeChannels(backbone: String) throws {
        let registry = try Registry(plugins: Self.plugins)
        let (colored, grey) = try (
            network(backbone, channels: 3, registry), network(backbone, channels: 1, registry)
        )
        colored.initialize(key: RandomKey(seed: 7))
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).safetensors")
        defer { try? FileManager.default.removeItem(at: file) }
        try SafetensorsFile.write(
            tensors: colored.stateDictionary.entries.map { ($0.name, $0.tensor) }, to: file)
        let result = try WeightLoader(registry).load(WeightSource(file: file.path), into: grey, classCount: 5)
        #expect(result.plan.assignments.count { $0.adaptation == .inputChannels(1) } == 1)

        let size = SmallOptions.imageSize(backbone)
        let brightness = Tensor.uniform(
            [1, size.height, size.width, 1], in: 0..<1, key: RandomKey(seed: 8))
        let images = Tensor.concatenated([brightness, brightness, brightness], axis: 3)
        let (expected, found) = withoutGradients {
            (colored(images, .inference()).floats, grey(images, .inference()).floats)
        }
        let scale = expected.map(abs).max() ?? 0
        #expect(zip(expected, found).allSatisfy { abs($0 - $1) < 1e-3 * scale }, "\(expected) and \(found)")
        #expect(grey.imageChannels == 3)
    }

    @Test(arguments: names)
    func takesImagesOfFourChannels(backbone: String) throws {
        let registry = try Registry(plugins: Self.plugins)
        let network = try network(backbone, channels: 4, registry)
        let size = SmallOptions.imageSize(backbone)
        let trace = Trace()
        let images = trace.input(TensorSpecification(shape: [1, size.height, size.width, 4]))
        #expect(network(images, .inference()).shape == [1, 5])
        try trace.check()
    }
}
