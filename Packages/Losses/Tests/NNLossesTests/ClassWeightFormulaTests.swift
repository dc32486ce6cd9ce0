import Foundation
import NNLosses
import Testing

@Suite struct ClassWeightFormulaTests {
    private func expectClose(_ found: [Float], _ expected: [Double]) {
        #expect(found.count == expected.count)
        for (found, expected) in zip(found, expected) {
            #expect(abs(Double(found) - expected) <= 1e-6 * max(expected, 1), "\(found), expected \(expected)")
        }
    }

    // Parts 0.5, 0, 0.3 and 0.2.
    private let counts = [50, 0, 30, 20]

    @Test func areThePapersFormulas() {
        expectClose(ClassWeightFormula.medianFrequency.weights(ofCounts: counts), [0.6, 0, 1, 1.5])
        expectClose(ClassWeightFormula.auto.weights(ofCounts: [1, 2, 4, 8]), [3, 1.5, 0.75, 0.375])
        expectClose(
            ClassWeightFormula.inverseFrequency.weights(ofCounts: counts), [2 / 3.0, 0, 10 / 9.0, 5 / 3.0])
        expectClose(
            ClassWeightFormula.enet.weights(ofCounts: counts), [0.5, 0, 0.3, 0.2].map { 1 / log(1.02 + $0) })
        let raw = counts.map { $0 == 0 ? 0 : (1 - 0.9999) / (1 - pow(0.9999, Double($0))) }
        let mean = raw.reduce(0, +) / 3
        expectClose(ClassWeightFormula.effectiveNumber.weights(ofCounts: counts), raw.map { $0 / mean })
    }

    /// Three images of 10 pixels: 8 road and 2 car, 10 road, 6 road and 4 tree. Over the whole set road has 24 of 30, but the
    /// frequency of Eigen and Fergus, and of SegNet, is that in the images with the class: road 24 / 30 = 0.8, car 2 / 10 =
    /// 0.2, tree 4 / 10 = 0.4. The median is 0.4, and the weights are 0.4 / 0.8 = 0.5, 0.4 / 0.2 = 2 and 1.
    @Test func medianFrequencyIsThatOfTheImagesWithTheClass() {
        for formula in [ClassWeightFormula.medianFrequency, .auto] {
            expectClose(formula.weights(ofCounts: [24, 2, 4], imageTotals: [30, 10, 10]), [0.5, 2, 1])
        }
        // A class that never occurs has no weight and no part in the median.
        expectClose(
            ClassWeightFormula.medianFrequency.weights(ofCounts: [24, 2, 4, 0], imageTotals: [30, 10, 10, 0]),
            [0.5, 2, 1, 0])
        // The others are defined over the whole set: ENet's 1 / ln(1.02 + 24 / 30) = 1 / ln(1.82) = 1.6698.
        expectClose(
            ClassWeightFormula.enet.weights(ofCounts: [24, 2, 4], imageTotals: [30, 10, 10]),
            [24, 2, 4].map { 1 / log(1.02 + $0 / 30) })
    }

    @Test func isEvenForEvenClassesAndNothingOfNothing() {
        for formula in ClassWeightFormula.allCases where formula != .enet {
            expectClose(formula.weights(ofCounts: [7, 7, 7]), [1, 1, 1])
            expectClose(formula.weights(ofCounts: [0, 0]), [0, 0])
        }
    }
}
