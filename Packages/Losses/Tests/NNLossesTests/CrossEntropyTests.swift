import Foundation
import NNLosses
import NNLayers
import NNTesting
import Testing

@Suite struct CrossEntropyTests {
    @Test func conforms() throws {
        try checkLoss(CrossEntropy(), classCount: 5)
        try checkLoss(
            CrossEntropy(labelSmoothing: 0.1, classWeights: [1, 0.5, 2, 0.25, 3], ignoreIndex: 255), classCount: 5,
            ignoreIndex: 255)
        try checkLoss(CrossEntropy(classWeights: [1, 0.5, 2, 0, 3]), classCount: 5)
        try checkLoss(CrossEntropy(ignoreIndex: 0), classCount: 3, ignoreIndex: 0)
    }

    /// PyTorch's definition: per class, the target is (1 - s) [c = label] + s / C.
    private func reference(
        _ logits: [[Double]], _ labels: [Int], smoothing: Double, weights: [Double], ignoring ignored: Int?
    ) -> Double {
        var (loss, weight) = (0.0, 0.0)
        for (row, label) in zip(logits, labels) where label != ignored {
            let logSum = log(row.map { exp($0) }.reduce(0, +))
            let costs = zip(row, weights).map { $1 * (logSum - $0) }
            loss += (1 - smoothing) * costs[label] + smoothing * costs.reduce(0, +) / Double(row.count)
            weight += weights[label]
        }
        return loss / weight
    }

    @Test(arguments: [(0.0, nil), (0.2, nil), (0.0, 7), (0.3, 7)] as [(Float, Int?)])
    func agreesWithTheDefinition(smoothing: Float, ignoreIndex: Int?) throws {
        let rows: [[Double]] = [[1, 2, -1], [0.5, 0, 4], [-3, 2, 2], [1, 1, 1]]
        let labels = [1, 0, 2, ignoreIndex ?? 2]
        let weights = [0.5, 1, 2]
        let loss = CrossEntropy(
            labelSmoothing: smoothing, classWeights: weights.map { Float($0) }, ignoreIndex: ignoreIndex)
        let found = loss(
            Tensor(rows.flatMap { $0.map { Float($0) } }, shape: [2, 2, 3]),
            labels: Tensor(labels.map { Int32($0) }, shape: [2, 2]))
        let expected = reference(
            rows, labels, smoothing: Double(smoothing), weights: weights, ignoring: ignoreIndex)
        try checkClose(found, Tensor(scalar: Float(expected)))
    }

    @Test func isZeroWhereEverythingIsIgnored() {
        let logits = Tensor.zeros([2, 3]).requiringGradient()
        let loss = CrossEntropy(ignoreIndex: 255)(logits, labels: Tensor([255, 255] as [Int32]))
        #expect(loss.item == 0)
        #expect(loss.backward()[logits]?.floats == [0, 0, 0, 0, 0, 0])
    }

    @Test func optionsAreChecked() throws {
        let registry = try Registry(plugins: [LossesPlugin()])
        let environment = LossEnvironment(classCount: 2, ignoreIndex: 9)
        func build(_ node: ConfigNode) throws -> CrossEntropy {
            try #require(try registry.build(.loss, from: node, environment) as? CrossEntropy)
        }
        #expect(try build("cross_entropy").ignoreIndex == 9)
        #expect(try build(["type": "cross_entropy", "class_weights": [1, 3]]).classWeights == [1, 3])
        let refused: [(ConfigNode, String)] = [
            (["type": "cross_entropy", "label_smoothing": 1.5], "label_smoothing: must be between 0 and 1, not 1.5"),
            (
                ["type": "cross_entropy", "class_weights": [1, 2, 3]],
                "class_weights: has 3 values, but there are 2 classes"
            ),
            (["type": "cross_entropy", "class_weights": [1, -1]], "class_weights: must be 0 or more and not all 0"),
            (["type": "cross_entropy", "class_weights": [0, 0]], "class_weights: must be 0 or more and not all 0"),
        ]
        for (node, message) in refused {
            #expect { try build(node) } throws: { "\($0)" == message }
        }
    }
}
