import NNLayers
import Testing
@_spi(Internal) @testable import NNTraining

struct FreezingConfigTests {
    /// What is wrong with the part `training` of a configuration, of which it is the first lines.
    private func problems(_ training: String) throws -> [String] {
        let yaml = """
            training:
            \(training.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n"))
            model: {backbone: {type: resnet_cifar, depth: 8}, head: classifier}
            data: {dataset: {type: shapes, size: 16}}
            """
        let registry = try TestExperiment.registry()
        do {
            let config = try ConfigCheck(registry: registry).resolve(YAMLReader.read(yaml, source: "a.yaml"))
            _ = try Experiment(config, registry: registry).proveShapes()
            return []
        } catch let error as ConfigError {
            return error.problems.map(\.description)
        }
    }

    @Test func readsPatternsAndEpochs() throws {
        let yaml = """
            freeze: [backbone, '*.bn?']
            unfreeze: [{epoch: 3, pattern: backbone.layer3}]
            """
        let config = try ConfigDecoder().decode(TrainingConfig.self, from: YAMLReader.read(yaml, source: "a.yaml"))
        #expect(
            config.freezing
                == Freezing(["backbone", "*.bn?"], releases: [.init(epoch: 3, pattern: "backbone.layer3")]))
        #expect(try problems("freeze: ['backbone.layer?', '*.bn1']").isEmpty)
    }

    @Test(arguments: [
        (
            "freeze: [backbone.conv1, backbone.layer9]",
            "a.yaml:2:28: training.freeze.1: 'backbone.layer9' matches nothing in the network; did you mean "
                + "'backbone.layer1'? Known: backbone.conv1, backbone.bn1, backbone.layer1, backbone.layer2, "
                + "backbone.layer3"
        ),
        (
            "freeze: [bacbone]",
            "a.yaml:2:12: training.freeze.0: 'bacbone' matches nothing in the network; did you mean 'backbone'? "
                + "Known: backbone, head"
        ),
        (
            "freeze: [layer3.0]",
            "a.yaml:2:12: training.freeze.0: 'layer3.0' matches nothing in the network; did you mean "
                + "'backbone.layer3.0'?"
        ),
        (
            "freeze: ['*']",
            "a.yaml:2:12: training.freeze.0: nothing is left to train; freeze only a part of the network, such as "
                + "backbone"
        ),
        (
            "freeze: [3]",
            "a.yaml:2:12: training.freeze.0: must be the name of a part of the network, such as backbone or "
                + "backbone.layer?, not the integer 3"
        ),
        (
            "freeze: [backbone]\nunfreeze: [{epoch: 2, pattern: backbone.stage3}]",
            "a.yaml:3:34: training.unfreeze.0.pattern: 'backbone.stage3' matches nothing in the network; did "
                + "you mean 'backbone.layer3'? Known: backbone.conv1, backbone.bn1, backbone.layer1, "
                + "backbone.layer2, backbone.layer3"
        ),
        (
            "freeze: [backbone]\nunfreeze: [{epoch: 2, pattern: head}]",
            "a.yaml:3:34: training.unfreeze.0.pattern: nothing that 'head' matches is frozen in epoch 2; freeze it "
                + "with 'training.freeze', or leave it out here"
        ),
        (
            "freeze: [backbone]\nunfreeze: [{epoch: 1, pattern: backbone}]",
            "a.yaml:3:22: training.unfreeze.0.epoch: must be 2 or more, not 1: freezing begins in epoch 1"
        ),
        (
            "freeze: [backbone]\nunfreeze: [{epoch: 2}]",
            "a.yaml:3:14: training.unfreeze.0.pattern: must be the name of a part of the network, such as backbone "
                + "or backbone.layer?, not null"
        ),
    ])
    func wrongOnesHaveAPlaceAndARemedy(training: String, problem: String) throws {
        #expect(try problems(training) == [problem])
    }
}
