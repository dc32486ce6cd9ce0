import NNLosses
import NNLayers
import NNTesting
import Testing

/// One of each loss, with 5 classes and the ignored label 255.
struct LossCase: Sendable, CustomStringConvertible {
    var description: String
    var node: ConfigNode

    init(_ name: String, _ options: KeyValuePairs<String, ConfigNode> = [:]) {
        description = name + options.map { ", \($0.key)" }.joined()
        let entries = options.map { ConfigEntry(key: $0.key, value: $0.value) }
        node = ConfigNode(.mapping([ConfigEntry(key: "type", value: ConfigNode(.string(name)))] + entries))
            .moved(to: "")
    }

    static let classCount = 5
    static let weights: ConfigNode = [0.5, 2, 1, 0.25, 3]

    static let all = [
        LossCase("cross_entropy"), LossCase("cross_entropy", ["label_smoothing": 0.2, "class_weights": weights]),
        LossCase("binary_cross_entropy"), LossCase("binary_cross_entropy", ["pos_weight": 3]),
        LossCase("focal"), LossCase("focal", ["gamma": 0.5, "class_weights": weights]),
        LossCase("ohem"), LossCase("ohem", ["threshold": 0.4, "min_kept": 2, "class_weights": weights]),
        LossCase("dice"), LossCase("dice", ["classes": "all", "smooth": 0.1, "class_weights": weights]),
        LossCase("generalized_dice"), LossCase("generalized_dice", ["class_weights": weights]),
        LossCase("tversky"), LossCase("tversky", ["alpha": 0.9, "beta": 0.1, "class_weights": weights]),
        LossCase("lovasz_softmax"), LossCase("lovasz_softmax", ["per_image": true]),
        LossCase("sum", ["terms": [["loss": "focal"], ["loss": "generalized_dice", "weight": 0.5]]]),
    ]

    func loss() throws -> any Loss {
        try Registry(plugins: [LossesPlugin()]).build(
            .loss, from: node, LossEnvironment(classCount: Self.classCount, ignoreIndex: 255))
    }
}

@Suite struct LossConformanceTests {
    @Test(arguments: LossCase.all)
    func conforms(_ lossCase: LossCase) throws {
        // Losses of overlap are near 1 with a small gradient, so that float32 hides most of a difference;
        // the fixtures hold their gradients to 1e-4.
        let isOverlap = ["dice", "tversky", "lovasz"].contains { lossCase.description.contains($0) }
        try checkLoss(
            try lossCase.loss(), classCount: LossCase.classCount, ignoreIndex: 255,
            gradientTolerance: isOverlap ? 2e-2 : 2e-4)
    }

    @Test(arguments: LossCase.all)
    func isZeroWhereEverythingIsIgnored(_ lossCase: LossCase) throws {
        let loss = try lossCase.loss()
        for shape in [[4], [2, 3, 5]] {
            let logits = Tensor.normal(
                Shape(shape + [LossCase.classCount]), mean: 0, standardDeviation: 1, key: RandomKey(seed: 1)
            ).requiringGradient()
            let result = loss(logits, labels: .full(Shape(shape), value: 255, dataType: .int32))
            #expect(result.item == 0)
            let gradient = try #require(result.backward()[logits])
            #expect(gradient.floats.allSatisfy { $0 == 0 })
        }
    }

    /// An image without labels, as a crop of border may be, neither adds to the loss nor divides it.
    @Test(arguments: LossCase.all)
    func leavesOutPicturesThatAreIgnored(_ lossCase: LossCase) throws {
        // The least number of hard pixels is a part of all pixels, also of ignored ones.
        if lossCase.description == "ohem" { return }
        let loss = try lossCase.loss()
        let logits = Tensor.normal([2, 3, 4, 5], mean: 0, standardDeviation: 2, key: RandomKey(seed: 2))
        let labels = (0..<12).map { Int32($0 % 4) }
        let both = Tensor([Int32](repeating: 255, count: 12) + labels, shape: [2, 3, 4])
        let variable = logits.requiringGradient()
        let result = loss(variable, labels: both)
        try checkClose(result, loss(logits[1].reshaped([1, 3, 4, 5]), labels: Tensor(labels, shape: [1, 3, 4])))
        let gradient = try #require(result.backward()[variable]?.floats)
        #expect(gradient.prefix(60).allSatisfy { $0 == 0 })
        #expect(gradient.allSatisfy(\.isFinite) && gradient.suffix(60).contains { $0 != 0 })
    }

    /// Probabilities of exactly 0 and 1, one class only, and logits that exp would overflow with.
    @Test(arguments: LossCase.all)
    func staysFiniteAtExtremes(_ lossCase: LossCase) throws {
        let loss = try lossCase.loss()
        let values: [Float] = [500, 0, -500, 1, 2] + [-1e4, -1e4, -1e4, -1e4, 1e4] + [0, 0, 0, 0, 0]
        for labels in [[0, 4, 2], [2, 0, 1], [1, 1, 1]] as [[Int32]] {
            let logits = Tensor(values, shape: [1, 1, 3, 5]).requiringGradient()
            let result = loss(logits, labels: Tensor(labels, shape: [1, 1, 3]))
            #expect(result.item.isFinite, "\(labels)")
            #expect(try #require(result.backward()[logits]).floats.allSatisfy(\.isFinite), "\(labels)")
        }
    }

    /// What is not a number must stop training, not hide.
    @Test(arguments: LossCase.all)
    func showsWhatIsNotANumber(_ lossCase: LossCase) throws {
        let logits = Tensor([Float](repeating: .nan, count: 30), shape: [1, 2, 3, 5])
        let labels = Tensor([0, 1, 2, 3, 4, 0] as [Int32], shape: [1, 2, 3])
        let loss = try lossCase.loss()
        #expect(loss(logits, labels: labels).item.isNaN)
    }
}
