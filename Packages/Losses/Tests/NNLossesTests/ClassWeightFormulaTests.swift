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

    @Test func isEvenForEvenClassesAndNothingOfNothing() {
        for formula in ClassWeightFormula.allCases where formula != .enet {
            expectClose(formula.weights(ofCounts: [7, 7, 7]), [1, 1, 1])
            expectClose(formula.weights(ofCounts: [0, 0]), [0, 0])
        }
    }
}
