import Foundation
import NNLayers
import NNLosses
import Testing

/// Losses against their papers, by examples that are calculated by hand.
@Suite struct PaperExampleTests {
    /// Logits of some probabilities, a row for each pixel of one image.
    private func logits(_ rows: [[Float]]) -> Tensor {
        Tensor(rows.flatMap { $0 }.map { log($0) }, shape: [1, 1, rows.count, rows[0].count])
    }

    private func labels(_ values: [Int32]) -> Tensor { Tensor(values, shape: [1, 1, values.count]) }

    private func expectClose(_ loss: Tensor, _ expected: Float) {
        #expect(abs(loss.item - expected) < 1e-5, "\(loss.item), expected \(expected)")
    }

    /// Lin et al. 2017, equation 5: -alpha (1 - p)^gamma log p. For p = 0.5, gamma = 2 and alpha = 0.25 that is
    /// 0.25 * 0.25 * 0.693147 = 0.0433217; for p = 0.9 it is 0.25 * 0.01 * 0.1053605 = 0.0002634. The mean of both pixels
    /// is 0.0217925.
    @Test func focalLoss() {
        let loss = FocalLoss(alpha: 0.25, gamma: 2)
        expectClose(loss(logits([[0.5, 0.5], [0.1, 0.9]]), labels: labels([0, 1])), 0.021_792_5)
    }

    /// Berman et al. 2018, algorithm 1. Class 0: errors 0.4 of the other class' pixel and 0.2 of its own, for which 1 - IoU
    /// grows by 1/2 and 1/2: 0.3. Class 1: errors 0.4 of its own pixel and 0.2 of the other's, for which it grows by 1 and
    /// 0: 0.4. The mean is 0.35.
    @Test func lovaszSoftmax() {
        expectClose(LovaszSoftmaxLoss()(logits([[0.8, 0.2], [0.4, 0.6]]), labels: labels([0, 1])), 0.35)
    }

    /// Sudre et al. 2017, equation 2: w = 1 / L². Class 0 has two of three pixels: w = 1/4, I = 1, P + L = 3.5. Class 1 has
    /// one: w = 1, I = 0.5, P + L = 2.5. 1 - 2 (0.25 + 0.5) / (0.875 + 2.5) = 1 - 1.5 / 3.375 = 0.5555556.
    @Test func generalizedDice() {
        let half: [Float] = [0.5, 0.5]
        expectClose(GeneralizedDiceLoss()(logits([half, half, half]), labels: labels([0, 0, 1])), 0.555_555_6)
    }

    /// Salehi et al. 2017, equation 3, with 1 added to both areas: class 0 is the label of one pixel, predicted by 0.5.
    /// I = 0.5, no false positives and 0.5 false negatives: 1 - 1.5 / (1.5 + 0.7 * 0.5) = 0.1891892.
    @Test func tversky() {
        expectClose(TverskyLoss()(logits([[0.5, 0.5]]), labels: labels([0])), 0.189_189_2)
    }

    /// Cui et al. 2019: (1 - b) / (1 - b^n), scaled to a sum of the number of classes. For n = 1 it is 1; for n = 10,000 it
    /// is 0.0001 / (1 - 0.3678610) = 0.000158193. The sum is 1.000158193, and 2 / 1.000158193 = 1.9996837.
    @Test func effectiveNumberOfSamples() {
        let weights = ClassWeightFormula.effectiveNumber.weights(ofCounts: [1, 10_000])
        #expect(abs(weights[0] - 1.999_683_7) < 1e-5 && abs(weights[1] - 0.000_316_336) < 1e-8, "\(weights)")
    }

    /// Paszke et al. 2016: 1 / ln(1.02 + p). 1 / ln 1.77 = 1.7513626 for p = 0.75, 1 / ln 1.27 = 4.1838395 for 0.25.
    @Test func enetWeights() {
        let weights = ClassWeightFormula.enet.weights(ofCounts: [3, 1])
        #expect(abs(weights[0] - 1.751_362_6) < 1e-4 && abs(weights[1] - 4.183_839_5) < 1e-4, "\(weights)")
    }
}
