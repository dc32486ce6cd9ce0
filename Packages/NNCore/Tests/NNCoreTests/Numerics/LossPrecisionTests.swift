import Foundation
import NNCore
import Testing

/// Losses of confident predictions and of large logits, and weights that are no numbers.
@Suite struct LossPrecisionTests {
    private func loss(_ logits: [Float], label: Int32 = 0, smoothing: Float = 0, weights: [Float]? = nil) -> Float {
        Tensor(logits, shape: [1, logits.count]).softmaxCrossEntropy(
            labels: Tensor([label]), labelSmoothing: smoothing, classWeights: weights.map { Tensor($0) }
        ).item
    }

    private func expected(_ logits: [Float], _ label: Int) -> Double {
        let others = logits.indices.filter { $0 != label }
        return log1p(others.reduce(0) { $0 + exp(Double(logits[$1]) - Double(logits[label])) })
    }

    private func expectNear(
        _ actual: Float, _ expected: Double, _ tolerance: Double = 5e-7,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(
            abs(Double(actual) - expected) <= tolerance * abs(expected), "\(actual), not \(expected)",
            sourceLocation: sourceLocation)
    }

    @Test(arguments: [0, 100, 10_000, 1_000_000, -1_000_000] as [Float])
    func largeLogits(_ offset: Float) {
        let logits = [0, 0.5, -0.25].map { $0 + offset }
        for label in 0..<3 { expectNear(loss(logits, label: Int32(label)), expected(logits, label)) }
        expectNear(-Tensor(logits).logSoftmax().floats[0], expected(logits, 0))
        let smoothed = (0..<3).map { expected(logits, $0) / 3 }.reduce(0, +)
        expectNear(loss(logits, smoothing: 0.5), 0.5 * expected(logits, 0) + 0.5 * smoothed)
    }

    @Test(arguments: [1, 8, 10, 15, 16, 20, 50, 80] as [Float])
    func confidentPredictions(_ margin: Float) {
        let logits = [margin, 0, 0]
        expectNear(loss(logits), expected(logits, 0))
        expectNear(-Tensor(logits).logSoftmax().floats[0], expected(logits, 0))
        expectNear(loss(logits, label: 1), expected(logits, 1))
        // The gradient by the label's own logit is what is left to 1.
        let variable = Tensor(logits, shape: [1, 3]).requiringGradient()
        let gradient = variable.softmaxCrossEntropy(labels: Tensor([0] as [Int32])).backward()[variable]!.floats
        let others = 2 * exp(Double(-margin))
        expectNear(gradient[0], -others / (1 + others), 1e-6)
        expectNear(gradient[1], others / 2 / (1 + others), 1e-6)
    }

    @Test(arguments: [0.5, 5, 15] as [Float])
    func confidentFocalLosses(_ margin: Float) {
        let variable = Tensor([margin, 0, 0], shape: [1, 3]).requiringGradient()
        let result = variable.softmaxFocalLoss(labels: Tensor([0] as [Int32]), gamma: 2)
        let others = 2 * exp(Double(-margin))
        let (rest, cost) = (others / (1 + others), log1p(others))
        expectNear(result.item, rest * rest * cost, 6e-6)
        let slope = rest * rest + 2 * rest * (1 - rest) * cost
        expectNear(result.backward()[variable]!.floats[0], -rest * slope, 6e-6)
    }

    @Test func manyClasses() {
        let classes = 200_000
        let logits = Tensor.zeros([1, classes])
        expectNear(logits.softmaxCrossEntropy(labels: Tensor([5] as [Int32])).item, log(Double(classes)))
        let binary = logits.binaryCrossEntropy(labels: Tensor([5] as [Int32])).item
        expectNear(binary, log(2), 1e-6)
    }

    @Test func confidentBinaryPredictions() {
        for logit in [-100, -50, -16, 16, 50, 80] as [Float] {
            let result = Tensor([logit], shape: [1, 1]).binaryCrossEntropy(labels: Tensor([1] as [Int32])).item
            expectNear(result, logit > 0 ? log1p(exp(Double(-logit))) : Double(-logit) + log1p(exp(Double(logit))))
        }
    }

    @Test func weightsThatAreNoNumbersAreNotHidden() {
        #expect(loss([1, 2], weights: [.nan, 1]).isNaN)
        #expect(loss([1, 2], smoothing: 0.1, weights: [.nan, 1]).isNaN)
        #expect(loss([.nan, 2]).isNaN && loss([1, .nan]).isNaN)
        #expect(loss([.infinity, 2], label: 1).isNaN || loss([.infinity, 2], label: 1) == .infinity)
        // As PyTorch: the sum of -l over -1.
        expectNear(loss([1, 2], weights: [-1, 1]), expected([1, 2], 0))
        let logits = Tensor([1, 2] as [Float], shape: [1, 2]).requiringGradient()
        func gradient(_ weights: [Float]) -> [Float] {
            logits.softmaxCrossEntropy(labels: Tensor([0] as [Int32]), classWeights: Tensor(weights))
                .backward()[logits]!.floats
        }
        #expect(gradient([.nan, 1]).allSatisfy { $0.isNaN })
        #expect(gradient([-1, 1]) == gradient([1, 1]))
        // Where nothing counts the loss stays 0.
        let ignored = Tensor([1, 2] as [Float], shape: [1, 2]).softmaxCrossEntropy(
            labels: Tensor([1] as [Int32]), ignoreIndex: 1)
        #expect(ignored.item == 0)
    }
}
