import NNLayers
import NNTesting
import Testing

/// A scale for each channel, with a fault.
private final class FaultyLayer: Layer {
    @Parameter var weight: Tensor
    @Buffer var memory = Tensor.zeros([3])
    private let calculate: (FaultyLayer, Tensor, Context) -> Tensor

    init(_ calculate: @escaping (FaultyLayer, Tensor, Context) -> Tensor) {
        _weight = Parameter(shape: [3], initializer: .normal(standardDeviation: 1))
        self.calculate = calculate
    }

    func forward(_ input: Tensor, context: Context) -> Tensor { calculate(self, input, context) }

    func right(_ input: Tensor) -> Tensor { input * weight.cast(to: input.dataType) }
}

/// Two parameters of one name.
private final class SameNames: Layer {
    @Parameter("scale") var first = Tensor.ones([3])
    @Parameter("scale") var second = Tensor.ones([3])

    func forward(_ input: Tensor, context: Context) -> Tensor {
        input * (first * second).cast(to: input.dataType)
    }
}

@Suite struct ModuleConformanceTests {
    private func findings(_ layer: any Layer) throws -> String {
        let error = #expect(throws: CheckFailure.self) { try checkLayer(layer, input: [2, 5, 3]) }
        return try #require(error).description
    }

    private func findings(_ calculate: @escaping (FaultyLayer, Tensor, Context) -> Tensor) throws -> String {
        try findings(FaultyLayer(calculate))
    }

    private func findings(_ calculate: @escaping (FaultyLayer, Tensor) -> Tensor) throws -> String {
        try findings { layer, input, _ in calculate(layer, input) }
    }

    @Test func acceptsARightLayer() throws {
        try checkLayer(FaultyLayer { layer, input, _ in layer.right(input) }, input: [2, 5, 3])
    }

    @Test func noticesEqualNames() throws {
        #expect(try findings(SameNames()).contains("several values are named scale"))
    }

    @Test func noticesOtherShapesInSymbolicRuns() throws {
        let text = try findings { $1.isSymbolic ? $0.right($1).sum(axes: [1]) : $0.right($1) }
        #expect(text.contains("in inference in fp32, the symbolic run returns [float32[2, 3]]"), "\(text)")
        let failing = try findings { $1.isSymbolic ? $0.right($1).reshaped([7]) : $0.right($1) }
        #expect(failing.contains("the symbolic run fails in training in bf16, unlike the real one"), "\(failing)")
    }

    @Test func noticesOtherTypesInOneMode() throws {
        let text = try findings { layer, input, context in
            let result = layer.right(input)
            return context.isTraining && !input.isSymbolic ? result.cast(to: .float32) : result
        }
        #expect(text.contains("in training in bf16, the symbolic run returns [bfloat16[2, 5, 3]]"), "\(text)")
        #expect(!text.contains("in inference in bf16"))
    }

    @Test func noticesResultsThatIgnoreTheInput() throws {
        let text = try findings { $1.isSymbolic ? .ones($1.shape, dataType: $1.dataType) : $0.right($1) }
        #expect(text.contains("an output of the symbolic run does not depend on the input"), "\(text)")
    }

    @Test func noticesInferenceThatIsNotRepeatable() throws {
        let text = try findings { layer, input, context in
            if !input.isSymbolic { layer.$memory.update { $0 = $0 + 0.1 } }
            return layer.right(input) + layer.memory.cast(to: input.dataType)
        }
        #expect(text.contains("a second inference has a different output"), "\(text)")
        #expect(text.contains("inference changes the module: memory:"), "\(text)")
    }

    @Test func noticesSamplesThatInfluenceEachOther() throws {
        let centered = { (layer: FaultyLayer, input: Tensor, _: Context) in
            layer.right(input - input.mean(axes: [0], keepsDimensions: true))
        }
        #expect(try findings(centered).contains("a sample alone has a different output than in a batch"))
        try checkLayer(FaultyLayer(centered), input: [2, 5, 3], treatsSamplesAlone: false)
    }

    @Test func noticesParametersWithoutGradient() throws {
        let text = try findings { $1 * $0.weight.detached.cast(to: $1.dataType) }
        #expect(text.contains("no gradient reaches the parameter weight"), "\(text)")
        let zero = try findings { $1 + $0.weight.cast(to: $1.dataType) * 0 }
        #expect(zero.contains("the gradient of weight is zero everywhere"), "\(zero)")
    }

    @Test func noticesWrongGradients() throws {
        let text = try findings { layer, input, context in
            let result = layer.right(input)
            return context.isTraining ? result * 1.1 - (result * 0.1).detached : result
        }
        #expect(text.contains("gradient by the parameter weight"), "\(text)")
        #expect(text.contains("gradient by input 0"), "\(text)")
    }
}

/// Strided averages of the luminance, with declarations that a test chooses.
private final class FaultyBackbone: Backbone {
    let features: [FeatureInfo]
    private let calculate: (Tensor) -> [Feature]

    init(_ features: [FeatureInfo], _ calculate: @escaping (Tensor) -> [Feature]) {
        self.features = features
        self.calculate = calculate
    }

    func forward(_ images: Tensor, context: Context) -> [Feature] { calculate(images) }
}

private final class FaultyHead: Head {
    let task = PredictionTask.classification
    private let calculate: (Tensor) -> Tensor

    init(_ calculate: @escaping (Tensor) -> Tensor) { self.calculate = calculate }

    func forward(_ features: [Feature], imageSize: Size, context: Context) -> Tensor { calculate(features[0].map) }
}

private final class FaultyLoss: Loss {
    private let calculate: (Tensor, Tensor) -> Tensor

    init(_ calculate: @escaping (Tensor, Tensor) -> Tensor) { self.calculate = calculate }

    func callAsFunction(_ logits: Tensor, labels: Tensor) -> Tensor { calculate(logits, labels) }
}

@Suite struct NetworkConformanceTests {
    private let declared = [FeatureInfo(channels: 3, stride: 2), FeatureInfo(channels: 3, stride: 4)]

    private static func half(_ map: Tensor) -> Tensor { map.averagePooled(kernel: 2, strides: 2, ceilMode: true) }

    private func findings(
        _ features: [FeatureInfo], _ calculate: @escaping (Tensor) -> [Feature]
    ) throws -> String {
        let error = #expect(throws: CheckFailure.self) { try checkBackbone(FaultyBackbone(features, calculate)) }
        return try #require(error).description
    }

    private func right(_ images: Tensor) -> [Feature] {
        [Feature(Self.half(images)), Feature(Self.half(Self.half(images)))]
    }

    @Test func acceptsARightBackbone() throws { try checkBackbone(FaultyBackbone(declared, right)) }

    @Test func comparesFeaturesWithTheirDeclaration() throws {
        #expect(try findings([], right).contains("no features are declared"))
        #expect(
            try findings(declared.reversed(), right).contains(
                "the declared features are not ordered from fine to coarse: strides [4, 2]"))
        let channels = try findings([declared[0], FeatureInfo(channels: 5, stride: 4)], right)
        #expect(
            channels.contains("feature 1 for images of 64x64 in fp32: 3 channels, but 5 are declared"), "\(channels)")
        let stride = try findings([declared[0], FeatureInfo(channels: 3, stride: 8)], right)
        #expect(stride.contains("a map of 16x16 contradicts the declared stride of 8"), "\(stride)")
        let count = try findings([declared[0]], right)
        #expect(count.contains("2 features for images of 64x64, but 1 are declared"), "\(count)")
        let indices = try findings([declared[0], FeatureInfo(channels: 3, stride: 4, hasPoolingIndices: true)], right)
        #expect(indices.contains("the declared pooling indices are missing"), "\(indices)")
        let type = try findings(declared) { self.right($0).map { Feature($0.map.cast(to: .float32)) } }
        #expect(type.contains("in bf16: element type float32, expected bfloat16"), "\(type)")
    }

    @Test func checksTheLogitsOfHeads() throws {
        let features = [FeatureInfo(channels: 4, stride: 8)]
        try checkHead(FaultyHead { $0.globalAveragePooled() }, features: features, classCount: 4)
        let error = #expect(throws: CheckFailure.self) {
            try checkHead(FaultyHead { $0.globalAveragePooled() }, features: features, classCount: 5)
        }
        let text = try #require(error).description
        #expect(text.contains("logits [2, 4] for images of 65x97, but classification needs [2, 5]"), "\(text)")
    }

    @Test func checksLosses() throws {
        func findings(_ calculate: @escaping (Tensor, Tensor) -> Tensor) throws -> String {
            let error = #expect(throws: CheckFailure.self) { try checkLoss(FaultyLoss(calculate), classCount: 3) }
            return try #require(error).description
        }
        try checkLoss(FaultyLoss { $0.softmaxCrossEntropy(labels: $1) }, classCount: 3)
        let batch = try findings { logits, labels in logits.sum(axes: [-1]).cast(to: .float32) }
        #expect(batch.contains("the loss of float32 logits is float32[6], not one float32 number"), "\(batch)")
        let wrong = try findings { $0.softmaxCrossEntropy(labels: $1) * -1 }
        #expect(wrong.contains("confident correct logits do not have a smaller loss than wrong ones"), "\(wrong)")
        let infinite = try findings { $0.softmaxCrossEntropy(labels: $1) / 0 }
        #expect(infinite.contains("which is not finite"), "\(infinite)")
        let error = #expect(throws: CheckFailure.self) {
            try checkLoss(
                FaultyLoss { logits, labels in
                    // The ignored label counts as class 0.
                    let classes = labels.scalars(as: Int32.self).map { $0 == 255 ? 0 : $0 }
                    return logits.softmaxCrossEntropy(labels: Tensor(classes, shape: labels.shape))
                }, classCount: 3, ignoreIndex: 255)
        }
        #expect(try #require(error).description.contains("logits at an ignored label"))
    }
}
