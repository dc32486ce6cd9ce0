import NNLayers
import Testing
@_spi(Internal) import NNTraining

struct ConfigDifferencesTests {
    @Test func everyKeyThatDiffersIsNamed() {
        let earlier: ConfigNode = ["epochs": 10, "optimizer": ["type": "sgd", "lr": 0.1], "data": ["sizes": [1, 2]]]
        let later: ConfigNode = [
            "epochs": 20, "optimizer": ["type": "sgd", "momentum": 0.9], "data": ["sizes": [1, 3]],
        ]
        #expect(
            later.differences(from: earlier) == [
                "epochs: 10 -> 20", "optimizer.momentum: null -> 0.9", "optimizer.lr: 0.1 -> null",
                "data.sizes: [1, 2] -> [1, 3]",
            ])
        #expect(later.differences(from: later).isEmpty)
    }
}
