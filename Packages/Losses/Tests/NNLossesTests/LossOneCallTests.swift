import NNLayers
import NNLosses
import NNTesting
import Testing

/// A loss as a configuration describes it for labels that ignore 9, and as one call makes it.
struct LossCall: Sendable, CustomStringConvertible {
    let node: ConfigNode
    let make: @Sendable () -> any Loss

    var name: String { node["type"]?.string ?? node.string ?? "" }
    var description: String { "\(name) \((node.entries ?? []).map(\.key).dropFirst())" }

    init(_ node: ConfigNode, _ make: @escaping @Sendable () -> any Loss) {
        self.node = node
        self.make = make
    }

    /// Every loss with its defaults, and with every option.
    static let all = [
        LossCall("cross_entropy") { CrossEntropy(ignoreIndex: 9) },
        LossCall(["type": "cross_entropy", "label_smoothing": 0.1, "class_weights": [1, 2, 3]]) {
            CrossEntropy(labelSmoothing: 0.1, classWeights: [1, 2, 3], ignoreIndex: 9)
        },
        LossCall("binary_cross_entropy") { BinaryCrossEntropy(ignoreIndex: 9) },
        LossCall(["type": "binary_cross_entropy", "pos_weight": 3]) {
            BinaryCrossEntropy(positiveWeight: 3, ignoreIndex: 9)
        },
        LossCall(["type": "binary_cross_entropy", "pos_weight": [1, 2, 3]]) {
            BinaryCrossEntropy(positiveWeight: [1, 2, 3], ignoreIndex: 9)
        },
        LossCall("focal") { FocalLoss(ignoreIndex: 9) },
        LossCall("focal") { FocalLoss(gamma: 2, ignoreIndex: 9) },
        LossCall(["type": "focal", "alpha": 0.5, "gamma": 1, "class_weights": [1, 2, 3]]) {
            FocalLoss(alpha: 0.5, gamma: 1, classWeights: [1, 2, 3], ignoreIndex: 9)
        },
        LossCall("ohem") { HardExampleCrossEntropy(ignoreIndex: 9) },
        LossCall(["type": "ohem", "threshold": 0.3, "min_kept": 3, "class_weights": [1, 2, 3]]) {
            HardExampleCrossEntropy(threshold: 0.3, minimumKept: 3, classWeights: [1, 2, 3], ignoreIndex: 9)
        },
        LossCall("dice") { DiceLoss(ignoreIndex: 9) },
        LossCall(["type": "dice", "smooth": 3, "classes": "all", "class_weights": [1, 2, 3]]) {
            DiceLoss(smooth: 3, classes: .all, classWeights: [1, 2, 3], ignoreIndex: 9)
        },
        LossCall("generalized_dice") { GeneralizedDiceLoss(ignoreIndex: 9) },
        LossCall(["type": "generalized_dice", "class_weights": [1, 2, 3]]) {
            GeneralizedDiceLoss(classWeights: [1, 2, 3], ignoreIndex: 9)
        },
        LossCall("tversky") { TverskyLoss(ignoreIndex: 9) },
        LossCall([
            "type": "tversky", "alpha": 0.6, "beta": 0.1, "smooth": 2, "classes": "all", "class_weights": [1, 2, 3],
        ]) {
            TverskyLoss(
                alpha: 0.6, beta: 0.1, smooth: 2, classes: .all, classWeights: [1, 2, 3], ignoreIndex: 9)
        },
        LossCall("lovasz_softmax") { LovaszSoftmaxLoss(ignoreIndex: 9) },
        LossCall(["type": "lovasz_softmax", "per_image": true]) { LovaszSoftmaxLoss(perImage: true, ignoreIndex: 9) },
        LossCall([
            "type": "sum", "terms": [["loss": "focal"], ["loss": ["type": "dice", "smooth": 2], "weight": 0.5]],
        ]) { SumLoss([(FocalLoss(ignoreIndex: 9), 1), (DiceLoss(smooth: 2, ignoreIndex: 9), 0.5)]) },
        LossCall("mse") { MeanSquaredError() },
        LossCall("mae") { MeanAbsoluteError() },
        LossCall("huber") { HuberLoss() },
        LossCall(["type": "huber", "delta": 0.4]) { HuberLoss(delta: 0.4) },
        LossCall("smooth_l1") { SmoothL1Loss() },
        LossCall(["type": "smooth_l1", "beta": 0.4]) { SmoothL1Loss(beta: 0.4) },
    ]
}

@Suite struct LossOneCallTests {
    @Test func everyLossIsThere() throws {
        let registry = try Registry(plugins: [LossesPlugin()])
        #expect(Set(LossCall.all.map(\.name)) == Set(registry.names(of: .loss)))
    }

    @Test(arguments: LossCall.all)
    func isWhatTheConfigurationDescribes(_ call: LossCall) throws {
        let made = call.make()
        let built = try Registry(plugins: [LossesPlugin()]).build(
            .loss, from: call.node, LossEnvironment(classCount: 3, ignoreIndex: 9))
        #expect(type(of: made) == type(of: built))
        #expect(made.acceptsOneLogit == built.acceptsOneLogit)
        #expect((made as? any ClassWeighted)?.classWeights == (built as? any ClassWeighted)?.classWeights)
        let logits = Tensor.normal([2, 4, 5, 3], mean: 0, standardDeviation: 2, key: RandomKey(seed: 5))
            .requiringGradient()
        #expect(made.labelKinds == built.labelKinds)
        let labels =
            made.labelKinds.contains(.classes)
            ? Tensor((0..<40).map { Int32($0 % 7 == 6 ? 9 : $0 % 3) }, shape: [2, 4, 5])
            : Tensor((0..<120).map { $0 % 7 == 6 ? Float.nan : Float($0 % 3) }, shape: logits.shape)
        let (found, expected) = (made(logits, labels: labels), built(logits, labels: labels))
        #expect(found.item == expected.item && found.item > 0)
        #expect(found.backward()[logits]?.floats == expected.backward()[logits]?.floats)
    }
}
