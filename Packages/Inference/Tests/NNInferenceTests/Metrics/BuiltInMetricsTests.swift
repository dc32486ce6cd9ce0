import NNLayers
import Testing
import NNInference

@Suite struct BuiltInMetricsTests {
    @Test func buildsByName() throws {
        let registry = try Registry(plugins: [InferencePlugin()])
        let environment = MetricEnvironment(classNames: ["a", "b", "c"], ignoreIndex: 255)
        var names: [String] = []
        for node in [["type": "top_k", "k": 2], "confusion_matrix", "segmentation"] as [ConfigNode] {
            var metric = try registry.build(.metric, from: node, environment)
            metric.update(
                predictions([1, 0], classCount: 3, shape: [2]), labels: Tensor([1, 255] as [Int32]))
            names += metric.values.map(\.name)
            #expect(metric.values.allSatisfy { $0.value == 100 })
        }
        #expect(names == ["top2", "balanced_accuracy", "mIoU", "mAcc", "mDice", "aAcc"])
        #expect(throws: ConfigError.self) {
            try registry.build(.metric, from: ["type": "top_k", "k": 0], environment)
        }
        #expect(throws: ConfigError.self) { try registry.build(.metric, from: "binary", environment) }
        var binary = try registry.build(
            .metric, from: "binary", MetricEnvironment(classNames: ["no", "yes"], ignoreIndex: 255))
        binary.update(
            Predictions(logits: Tensor([2, -1, 3] as [Float], shape: [3, 1])), labels: Tensor([1, 0, 255] as [Int32]))
        #expect(binary.values.map(\.name) == ["accuracy", "precision", "recall", "f1", "roc_auc"])
        #expect(binary.values.allSatisfy { $0.value == 100 })
    }
}
