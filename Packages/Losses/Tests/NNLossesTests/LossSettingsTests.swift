import NNLayers
import Testing

@testable import NNLosses

/// Settings without meaning are refused alike by configurations, which throw, and by initializers, which trap.
@Suite struct LossSettingsTests {
    /// Every number of every loss.
    @Test func configurationsRefuse() throws {
        let registry = try Registry(plugins: [LossesPlugin()])
        let notPositive: [Double] = [0, -1, .nan, .infinity]
        let negative: [Double] = [-1, .nan, .infinity]
        let noFraction: [Double] = [-1, 2, .nan, .infinity]
        let options: [(String, String, [Double])] = [
            ("cross_entropy", "label_smoothing", noFraction), ("focal", "alpha", notPositive),
            ("focal", "gamma", negative), ("dice", "smooth", notPositive), ("tversky", "alpha", negative),
            ("tversky", "beta", negative), ("tversky", "smooth", notPositive), ("ohem", "threshold", noFraction),
            ("ohem", "min_kept", [-1]), ("binary_cross_entropy", "pos_weight", notPositive),
        ]
        for (name, option, values) in options {
            for value in values {
                let number: ConfigNode = option == "min_kept" ? -1 : ConfigNode(.float(value))
                let node: ConfigNode = ["type": ConfigNode(.string(name)), option: number]
                #expect(throws: (any Error).self, "\(name) \(option) \(value)") { try registry.check(.loss, node) }
            }
        }
        for weights in [[-1, 1, 1], [0, 0, 0], [Float.nan, 1, 1], [.infinity, 1, 1]] {
            #expect(throws: OptionError.self) { try ClassWeights.check(weights) }
        }
    }

    @Test func initializersRefuse() async {
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = CrossEntropy(labelSmoothing: 3)
            }, "CrossEntropy: label_smoothing must be between 0 and 1, not 3.0")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = FocalLoss(gamma: .infinity)
            }, "FocalLoss: gamma must be 0 or more, not inf")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = TverskyLoss(alpha: -5)
            }, "TverskyLoss: alpha must be 0 or more, not -5.0")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = HardExampleCrossEntropy(threshold: .nan)
            }, "HardExampleCrossEntropy: threshold must be between 0 and 1, not nan")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = GeneralizedDiceLoss(classWeights: [-1, -1])
            }, "GeneralizedDiceLoss: class_weights must be 0 or more and not all 0")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = SumLoss([(CrossEntropy(), -1)])
            }, "SumLoss: weight must be 0 or more, not -1.0")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = SumLoss([])
            }, "SumLoss: terms must list one or more losses")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = BinaryCrossEntropy(positiveWeight: [])
            }, "BinaryCrossEntropy: pos_weight must be a number, or one for each class")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = DiceLoss(classWeights: [2])(
                    .ones([1, 2, 2, 2]), labels: Tensor([0, 1, 0, 1] as [Int32], shape: [1, 2, 2]))
            }, "DiceLoss: 1 class weights for logits [1, 2, 2, 2]")
    }
}
