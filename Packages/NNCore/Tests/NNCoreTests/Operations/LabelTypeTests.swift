import NNCore
import Testing

/// Labels and indices are int32 or int64, with the same results and the same messages.
@Suite(.onSeveralThreads) struct LabelTypeTests {
    /// A function of logits `[2, 3, 4]` and labels.
    struct Loss: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let body: @Sendable (Tensor, Tensor) -> [Tensor]

        init(_ name: String, _ body: @escaping @Sendable (Tensor, Tensor) -> [Tensor]) {
            testDescription = name
            self.body = body
        }
    }

    static let losses: [Loss] = [
        Loss("cross entropy") { [$0.softmaxCrossEntropy(labels: $1, labelSmoothing: 0.1, ignoreIndex: -100)] },
        Loss("focal") { [$0.softmaxFocalLoss(labels: $1, gamma: 2, ignoreIndex: -100)] },
        Loss("binary") { [$0.binaryCrossEntropy(labels: $1, ignoreIndex: -100)] },
        Loss("areas") {
            let areas = $0.softmaxAreas(labels: $1, ignoreIndex: -100)
            return [areas.intersections, areas.predictions, areas.labels]
        },
        Loss("lovasz") { [$0.softmax().lovaszLoss(labels: $1, ignoreIndex: -100)] },
    ]

    private let labels = Tensor([0, 3, -100, 1, 2, 2] as [Int32], shape: [2, 3])

    @Test(arguments: losses) func lossesTakeInt64(_ loss: Loss) throws {
        let logits = distinctTensor([2, 3, 4])
        let wide = labels.cast(to: .int64)
        for (narrow, result) in zip(loss.body(logits, labels), loss.body(logits, wide)) {
            #expect(narrow.floats == result.floats)
        }
        let variable = logits.requiringGradient()
        let gradients = try [labels, wide].map { labels in
            try #require(loss.body(variable, labels)[0].sum().backward()[variable]).floats
        }
        #expect(gradients[0] == gradients[1] && gradients[0].contains { $0 != 0 })
    }

    @Test func hardLabelsAreInt32() {
        let logits = distinctTensor([2, 3, 4])
        let results = [labels, labels.cast(to: .int64)].map {
            logits.hardLabels($0, threshold: 0.3, minimumCount: 1, ignoreIndex: -100, replacement: -1)
        }
        #expect(results.allSatisfy { $0.dataType == .int32 } && results[0].floats == results[1].floats)
    }

    @Test func indicesOfPoolingMayBeInt64() throws {
        let image = distinctTensor([1, 4, 4, 2]).requiringGradient()
        let (values, indices) = image.maxPooledWithIndices(kernel: 2)
        let results = [indices, indices.cast(to: .int64)].map {
            values.maxUnpooled(indices: $0, outputSize: 4)
        }
        #expect(results[0].floats == results[1].floats)
        #expect(try #require(results[1].sum().backward()[image]).floats.reduce(0, +) == 8)
    }

    @Test func refusesOtherTypes() {
        let logits = TensorSpecification(shape: [2, 3])
        for dataType in [DataType.float32, .uint8] {
            #expect(
                refusal(of: logits, TensorSpecification(shape: [2], dataType: dataType)) {
                    _ = $0[0].softmaxCrossEntropy(labels: $0[1])
                }
                    == "softmax_cross_entropy: takes logits [..., classes] and int32 or int64 labels [...], not "
                    + "float32[2, 3] and \(dataType)[2]")
        }
    }

    @Test func labelsThatAreNoClass() async {
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.ones([2, 3]).softmaxCrossEntropy(labels: Tensor([0, 3] as [Int64]))
            }, "softmax_cross_entropy: label 3 at position 1 is not one of 3 classes")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.ones([2, 3]).softmaxCrossEntropy(labels: Tensor([0, 1 << 32] as [Int64]))
            }, "softmax_cross_entropy: label 4294967296 at position 1 is not one of 3 classes")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                // Narrowed, it would be the label that is ignored.
                let labels = Tensor([Int64(Int32.max) + 1, 0])
                _ = Tensor.ones([2, 3]).softmaxCrossEntropy(labels: labels, ignoreIndex: Int(Int32.max))
            }, "softmax_cross_entropy: label 2147483648 at position 0 is not one of 3 classes")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.ones([2, 1]).binaryCrossEntropy(labels: Tensor([-(1 << 40), 0] as [Int64]))
            }, "binary_cross_entropy: label -1099511627776 at position 0 is not one of 2 classes")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.ones([5, 2]).gathered(indices: Tensor([4, 1 << 40] as [Int64]))
            }, "gather: index 1099511627776 at position 1 of [2] is not in 0..<5")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.ones([5, 2]).gathered(indices: Tensor([-1] as [Int32]))
            }, "gather: index -1 at position 0 of [1] is not in 0..<5")
    }

    @Test func oneHotTakesEveryInteger() {
        for dataType in [DataType.int32, .int64, .uint8] {
            #expect(Tensor([1, 0] as [Float]).cast(to: dataType).oneHot(classCount: 2).floats == [0, 1, 1, 0])
        }
    }
}
