import NNDatasets
import NNLayers
import NNOptimizers
import Testing
@_spi(Internal) import NNTraining

/// Building one of these would be a fault: a check only reads options.
private struct Built: Error {}

private struct NetOptions: ComponentOptions {
    var depth = 20
    var width: Int?
}

private struct StepOptions: ComponentOptions {
    var lr = 0.1

    func validate() throws {
        if lr <= 0 { throw OptionError("lr", "must be above 0, not \(lr)") }
    }
}

private func makeRegistry() throws -> Registry {
    let registry = try Registry()
    try registry.register(.backbone, "net", summary: "", options: NetOptions.self) { _, _ in throw Built() }
    try registry.register(.head, "classifier", summary: "") { _ in throw Built() }
    try registry.register(.dataset, "folders", summary: "") { throw Built() }
    try registry.register(.transform, "flip", summary: "") { _ in throw Built() }
    try registry.register(.sampler, "shuffle", summary: "") { _ in throw Built() }
    try registry.register(.loss, "cross_entropy", summary: "") { _ in throw Built() }
    try registry.register(.optimizer, "sgd", summary: "", options: StepOptions.self) { _, _ in throw Built() }
    try registry.register(.schedule, "constant", summary: "") { _ in throw Built() }
    return registry
}

@Suite struct ConfigCheckTests {
    private let sound = """
        model: {backbone: {type: net, depth: 8}, head: classifier}
        data: {dataset: folders, train_transforms: [flip]}
        """

    private func problems(_ yaml: String) throws -> [String] {
        let node = try YAMLReader.read(yaml, source: "a.yaml")
        let check = try ConfigCheck(registry: makeRegistry())
        do {
            _ = try check.resolve(node)
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    @Test func theResolvedConfigurationSaysEverything() throws {
        let node = try YAMLReader.read(sound, source: "a.yaml")
        let check = try ConfigCheck(registry: makeRegistry())
        let config = try check.resolve(node)
        #expect(config.model.backbone == ["type": "net", "depth": 8, "width": nil])
        #expect(config.model.head == ["type": "classifier"])
        #expect(config.data.trainTransforms == [["type": "flip"]])
        #expect(config.optimizer == ["type": "sgd", "lr": 0.1])
        let again = try check.resolve(YAMLReader.read(YAMLWriter.write(config.node), source: "resolved.yaml"))
        #expect(again.node == config.node)
    }

    @Test func everyProblemOfTheFileIsReported() throws {
        let yaml = """
            modle: 3
            model:
              backbone: {type: nett, depth: 8}
              head: {type: classifier, dropuot: 0.5}
            data:
              dataset: folders
              batch_size: big
              train_transforms: [flip, {type: flop}]
            optimizer: {type: sgd, lr: -1}
            """
        #expect(
            try problems(yaml) == [
                "a.yaml:7:15: data.batch_size: expected an integer, found the string 'big'",
                "a.yaml:1:1: modle: unknown key 'modle'; did you mean 'model'? Known: model, data, loss, optimizer, "
                    + "schedule, training, epochs, iterations, precision, seed",
                "a.yaml:3:20: model.backbone.type: unknown backbone 'nett'; did you mean 'net'? Known: net",
                "a.yaml:4:28: model.head.dropuot: unknown key 'dropuot'; no keys are expected here",
                "a.yaml:8:35: data.train_transforms.1.type: unknown transform 'flop'; did you mean 'flip'? Known: flip",
                "a.yaml:9:28: optimizer.lr: must be above 0, not -1.0",
            ])
    }

    @Test func whatEveryFileMustName() throws {
        #expect(
            try problems("epochs: 3") == [
                "a.yaml:1:1: model.backbone: expected the name of a backbone; write 'type:' and one of: net",
                "a.yaml:1:1: model.head: expected the name of a head; write 'type:' and one of: classifier",
                "a.yaml:1:1: data.dataset: expected the name of a dataset; write 'type:' and one of: folders",
            ])
    }

    @Test func aKeyThatCannotBeReadIsOneProblem() throws {
        #expect(
            try problems("model: 3\ndata: {dataset: folders, train_transforms: flip}\n") == [
                "a.yaml:1:8: model: expected a mapping of keys to values, found the integer 3",
                "a.yaml:2:44: data.train_transforms: expected a list, found the string 'flip'",
            ])
    }
}
