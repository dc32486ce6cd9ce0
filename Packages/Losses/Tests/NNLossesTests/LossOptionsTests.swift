import NNLosses
import NNLayers
import Testing

@Suite struct LossOptionsTests {
    private let environment = LossEnvironment(
        classCount: 3, classNames: ["road", "tree", "car"], ignoreIndex: 9, labelCounts: { [700, 200, 100] })

    private func build(_ node: ConfigNode) throws -> any Loss {
        try Registry(plugins: [LossesPlugin()]).build(.loss, from: node, environment)
    }

    private func weights(_ node: ConfigNode) throws -> [Float]? {
        try #require(try build(node) as? any ClassWeighted).classWeights
    }

    @Test func refusesWhatCannotBe() throws {
        let refused: [(ConfigNode, String)] = [
            (["type": "focal", "gamma": -1], "gamma: must be 0 or more, not -1.0"),
            (["type": "focal", "alpha": 0], "alpha: must be positive, not 0.0"),
            (["type": "dice", "smooth": 0], "smooth: must be positive, not 0.0"),
            (["type": "tversky", "beta": -0.1], "beta: must be 0 or more, not -0.1"),
            (["type": "ohem", "threshold": 2], "threshold: must be between 0 and 1, not 2.0"),
            (["type": "ohem", "min_kept": -2], "min_kept: must be 0 or more, not -2"),
            (["type": "binary_cross_entropy", "pos_weight": 0], "pos_weight: must be positive, not 0.0"),
            (
                ["type": "binary_cross_entropy", "pos_weight": [2]],
                "pos_weight: has 1 values, but there are 3 classes"
            ),
            (
                ["type": "binary_cross_entropy", "pos_weight": [1, 2]],
                "pos_weight: has 2 values, but there are 3 classes"
            ),
            (["type": "sum"], "terms: must list one or more losses, such as {weight: 1, loss: dice}"),
            (
                ["type": "dice", "class_weights": ["tre": 2]],
                "class_weights.tre: there is no class 'tre'; did you mean 'tree'? Known: road, tree, car"
            ),
            (
                ["type": "focal", "class_weights": "median"],
                "class_weights: unknown value 'median'; known: auto, median_frequency, inverse_frequency, enet, "
                    + "effective_number"
            ),
            (
                ["type": "focal", "class_weights": 3],
                "class_weights: expected auto or another formula, a list, or a mapping from class names"
            ),
            (["type": "focal", "class_weights": ["car": -1]], "class_weights: must be 0 or more and not all 0"),
        ]
        for (node, message) in refused {
            #expect {
                try build(node)
            } throws: {
                if "\($0)" != message { Issue.record("\($0)") }
                return "\($0)" == message
            }
        }
    }

    /// It is set in one place, the data set: a loss that took another label to be ignored would meet labels that no
    /// class has.
    @Test func theIgnoredLabelIsThatOfTheData() throws {
        let registry = try Registry(plugins: [LossesPlugin()])
        for name in registry.names(of: .loss) where name != "sum" {
            let loss = try build(ConfigNode(.string(name)))
            guard loss.labelKinds.contains(.classes) else { continue }
            #expect(
                loss(Tensor.zeros([1, 1, 2, 3]), labels: Tensor([0, 9] as [Int32], shape: [1, 1, 2])).item.isFinite)
            #expect(throws: (any Error).self) {
                try registry.check(.loss, ["type": ConfigNode(.string(name)), "ignore_index": 4])
            }
        }
    }

    @Test(arguments: ["cross_entropy", "focal", "ohem", "dice", "generalized_dice", "tversky"])
    func readsEveryFormOfClassWeights(_ name: String) throws {
        let type = ConfigNode(.string(name))
        #expect(try weights(["type": type]) == nil)
        #expect(try weights(["type": type, "class_weights": [1, 0, 2.5]]) == [1, 0, 2.5])
        #expect(try weights(["type": type, "class_weights": ["car": 4]]) == [1, 1, 4])
        // Parts 0.7, 0.2 and 0.1; the median is 0.2.
        let expected: [Float] = [2 / 7, 1, 2]
        for formula in ["auto", "median_frequency"] as [ConfigNode] {
            let found = try #require(try weights(["type": type, "class_weights": formula]))
            #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-6 })
        }
    }

    @Test func formsAreWrittenAsTheyAreRead() throws {
        let registry = try Registry(plugins: [LossesPlugin()])
        for weights in ["enet", [1, 2, 0.5], ["car": 2.5]] as [ConfigNode] {
            let checked = try registry.check(.loss, ["type": "focal", "class_weights": weights])
            let again = try registry.check(.loss, checked)
            #expect(checked == again)
            #expect(checked["class_weights"]?.string == weights.string)
        }
    }

    @Test func adds() throws {
        let node: ConfigNode = [
            "type": "sum",
            "terms": [["weight": 2, "loss": "cross_entropy"], ["loss": ["type": "focal", "gamma": 1]]],
        ]
        let loss = try #require(try build(node) as? SumLoss)
        #expect(loss.terms.map { $0.weight } == [2, 1])
        let logits = Tensor([1, 2, 0, -1, 3, 0.5] as [Float], shape: [2, 3])
        let labels = Tensor([1, 2] as [Int32])
        let expected =
            2 * CrossEntropy()(logits, labels: labels).item + FocalLoss(gamma: 1)(logits, labels: labels).item
        #expect(abs(loss(logits, labels: labels).item - expected) < 1e-6)
    }

    /// Without a data set, as a configuration is checked before any data is read.
    @Test func checksTheTermsOfASumWithTheirPlaces() throws {
        let registry = try Registry(plugins: [LossesPlugin()])
        let node: ConfigNode = [
            "type": "sum",
            "terms": [["loss": "focl"], ["loss": ["type": "dice", "smoth": 1]], ["loss": "tversky"]],
        ]
        do {
            try registry.check(.loss, node)
            Issue.record("accepted")
        } catch {
            #expect(
                error.problems.map(\.keyPath) == ["terms.0.loss", "terms.1.loss.smoth"])
            #expect(error.description.contains("unknown loss 'focl'; did you mean 'focal'?"))
        }
        let checked = try registry.check(.loss, ["type": "sum", "terms": [["loss": "focal"]]])
        let focal = try #require(checked["terms"]?.elements?.first?["loss"])
        #expect(focal["type"]?.string == "focal" && focal["gamma"] == 2.0)
    }
}
