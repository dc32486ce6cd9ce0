import Foundation
import NNLayers
import NNLosses
import NNTesting
import Testing

/// Logits and labels of flags or numbers with the loss of them; written by Tests/Fixtures/make_value_losses.py.
struct ValueLossFixture: Sendable, CustomStringConvertible {
    let description: String
    let classCount: Int
    let task: PredictionTask
    let loss: ConfigNode
    private let file: SafetensorsFile

    func tensor(_ role: String) throws -> Tensor { try file.tensor(named: "\(description).\(role)") }

    static func all() throws -> [ValueLossFixture] {
        let url = try #require(
            Bundle.module.url(forResource: "value_losses", withExtension: "safetensors", subdirectory: "Fixtures"))
        let file = try SafetensorsFile(url)
        let json = try JSONSerialization.jsonObject(with: Data(#require(file.metadata["cases"]).utf8))
        let cases = try #require(json as? [String: [String: Any]])
        return try cases.keys.sorted().map { name in
            let parameters = cases[name]!
            let task = try #require(parameters["task"] as? String)
            return ValueLossFixture(
                description: name, classCount: try #require(parameters["classes"] as? Int),
                task: try #require(PredictionTask(rawValue: task)),
                loss: configNode(try #require(parameters["loss"])).moved(to: ""), file: file)
        }
    }
}

@Suite struct ValueLossTests {
    private static func registry() throws -> Registry { try Registry(plugins: [LossesPlugin()]) }

    @Test(arguments: try ValueLossFixture.all())
    func agreesWithNumPy(_ fixture: ValueLossFixture) throws {
        let loss = try Self.registry().build(
            .loss, from: fixture.loss, LossEnvironment(classCount: fixture.classCount, task: fixture.task))
        #expect(loss.labelKinds.contains(fixture.task.labels))
        let logits = try fixture.tensor("logits").requiringGradient()
        let result = loss(logits, labels: try fixture.tensor("labels"))
        try checkClose(result, try fixture.tensor("loss").reshaped([]), relative: 1e-5, absolute: 1e-6)
        let gradient = try #require(result.backward()[logits])
        try checkClose(gradient, try fixture.tensor("gradient"), relative: 1e-4, absolute: 1e-7)
    }

    @Test(
        arguments: [
            "mse", "mae", "huber", "smooth_l1", ["type": "huber", "delta": 0.3], ["type": "smooth_l1", "beta": 2],
            "binary_cross_entropy", ["type": "binary_cross_entropy", "pos_weight": [1, 2, 0.5, 4, 1]],
            ["type": "sum", "terms": [["loss": "mse"], ["loss": "mae", "weight": 0.5]]],
        ] as [ConfigNode])
    func conforms(_ node: ConfigNode) throws {
        let environment = LossEnvironment(classCount: 5, ignoreIndex: 255, task: .regression)
        let loss = try Self.registry().build(.loss, from: node, environment)
        try checkLoss(loss, classCount: 5, ignoreIndex: 255, gradientTolerance: 1e-3)
    }

    /// A network that begins with logits of 0 must learn from them, although the parts of the formula have a kink there.
    @Test func theGradientAtZeroIsThatOfTheSigmoid() throws {
        let logits = Tensor([0, 0] as [Float], shape: [1, 2]).requiringGradient()
        let result = BinaryCrossEntropy()(logits, labels: Tensor([1, 0] as [Float], shape: [1, 2]))
        #expect(result.backward()[logits]?.floats == [-0.25, 0.25])
    }

    @Test func theKindsOfASumAreThoseOfAllTerms() {
        #expect(SumLoss([(BinaryCrossEntropy(), 1)]).labelKinds == [.classes, .flags])
        #expect(SumLoss([(BinaryCrossEntropy(), 1), (CrossEntropy(), 1)]).labelKinds == [.classes])
        #expect(SumLoss([(BinaryCrossEntropy(), 1), (MeanSquaredError(), 1)]).labelKinds == [])
        #expect(FocalLoss().labelKinds == [.classes])
    }

    @Test func optionsAreChecked() throws {
        let environment = LossEnvironment(classCount: 2, task: .multiLabel)
        for node in [
            ["type": "huber", "delta": 0], ["type": "smooth_l1", "beta": -1],
            // One weight would be for one of two classes that exclude each other.
            ["type": "binary_cross_entropy", "pos_weight": [1]],
        ] as [ConfigNode] {
            #expect(throws: ConfigError.self) { try Self.registry().build(.loss, from: node, environment) }
        }
    }
}
