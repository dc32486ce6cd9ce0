import Foundation
import NNCore

/// A tensor rounded to multiples of `unit · 2^-16`, where `unit` is the power of two above its largest magnitude: adding
/// `unit · 2^-k` for k up to 16 is exact in float32.
struct GridTensor {
    let tensor: Tensor
    let unit: Float

    init(_ original: Tensor) {
        let values = original.floats
        let largest = values.map(abs).max() ?? 0
        let unit: Float = largest > 0 ? exp2(ceil(log2(largest))) : 1
        tensor = Tensor(values.map { ($0 / unit * 65536).rounded() / 65536 * unit }, shape: original.shape)
        self.unit = unit
    }

    func moved(_ step: Float, along direction: [Float]) -> Tensor {
        Tensor(zip(tensor.floats, direction).map { $0 + step * unit * $1 }, shape: tensor.shape)
    }
}

/// The loss one step forward and one step backward.
private struct Step {
    let length: Double
    let center: Double
    let forward: Double
    let backward: Double

    var derivative: Double { (forward - backward) / (2 * length) }
    /// How much steeper the forward step is than the backward step: proportional to the step length for smooth functions,
    /// constant at a kink.
    var bend: Double { (forward - 2 * center + backward) / length }
}

extension [Step] {
    /// Half of the part of the bend that is not proportional to the step length, compared with the next shorter step.
    fileprivate func kink(at index: Int) -> Double {
        guard index + 1 < count else { return abs(self[index].bend) / 2 }
        let ratio = self[index].length / self[index + 1].length
        return abs(self[index].bend - ratio * self[index + 1].bend) / 2
    }
}

/// The slope of a loss along one of its inputs, by finite differences and by the gradient.
struct Slope {
    let value: GridTensor
    let gradient: [Double]
    let loss: (Tensor) -> (value: Double, noise: Double)

    /// The largest error estimate that a comparison is still worth something with, as a fraction of the gradient. Products
    /// round differently on each processor: attention over one channel came to 0.028 with the libraries' AVX2 products, and
    /// to less than 0.02 with our own loops and with AVX-512.
    private static let largestError = 0.05

    /// The derivative for a step of one unit along a direction, with an error estimate.
    private func derivative(along direction: [Float]) -> (value: Double, error: Double) {
        let center = loss(value.tensor)
        let steps = [3, 5, 7, 9, 11, 13].map { exponent in
            let length = Float(sign: .plus, exponent: -exponent, significand: 1)
            return Step(
                length: Double(length), center: center.value,
                forward: loss(value.moved(length, along: direction)).value,
                backward: loss(value.moved(-length, along: direction)).value)
        }
        // Ridders' tableau: each column removes one more even power of the step from the error.
        var previous: [Double] = []
        var best = (value: Double.nan, error: Double.infinity)
        for (index, step) in steps.enumerated() {
            var row = [step.derivative]
            // Half the jump of slope at a kink is the error of a central difference over it.
            var kink = steps.kink(at: index)
            func propose(_ value: Double, error: Double) {
                let error = error + kink + center.noise / step.length
                if error < best.error { best = (value, error) }
            }
            propose(row[0], error: abs(step.bend) / 2)
            for column in previous.indices {
                let factor = pow(16, Double(column + 1))
                row.append((row[column] * factor - previous[column]) / (factor - 1))
                kink = max(kink, steps.kink(at: index - column - 1))
                propose(
                    row[column + 1],
                    error: max(abs(row[column + 1] - row[column]), abs(row[column + 1] - previous[column])))
            }
            previous = row
        }
        return best
    }

    /// A finding for each direction that disagrees.
    func disagreements(with check: GradientCheck, random: inout RandomGenerator) -> [String] {
        guard !gradient.isEmpty else { return [] }
        guard gradient.allSatisfy(\.isFinite) else { return ["it is not finite"] }
        let unit = Double(value.unit)
        let length = unit * gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let typical = length / Double(gradient.count).squareRoot()
        var findings: [String] = []

        for number in 0..<check.directionCount {
            let finding = settled(attempts: 8) {
                let direction = gradient.map { _ in Bool.random(using: &random) ? Float(1) : -1 }
                let expected = unit * zip(direction, gradient).reduce(0) { $0 + Double($1.0) * $1.1 }
                return compare(expected, along: direction, scale: length, tolerance: check.tolerance)
            }
            if let finding { findings.append("random direction \(number): \(finding)") }
        }
        let coordinates = gradient.indices.shuffled(using: &random).prefix(check.coordinateCount)
        for coordinate in coordinates {
            var direction = [Float](repeating: 0, count: gradient.count)
            direction[coordinate] = 1
            let expected = unit * gradient[coordinate]
            let outcome = compare(
                expected, along: direction, scale: max(typical, abs(expected)), tolerance: check.tolerance)
            // A single coordinate at a kink is inconclusive; if all directions are, that is reported above.
            if case .disagrees(let finding) = outcome { findings.append("element \(coordinate): \(finding)") }
        }
        return findings
    }

    private enum Outcome {
        case agrees
        case disagrees(String)
        case inconclusive(String)
    }

    private func settled(attempts: Int, _ attempt: () -> Outcome) -> String? {
        var last = ""
        for _ in 0..<attempts {
            switch attempt() {
            case .agrees: return nil
            case .disagrees(let finding): return finding
            case .inconclusive(let finding): last = finding
            }
        }
        return last + " in \(attempts) directions: the values lie at a kink, or the function is not smooth"
    }

    private func compare(_ expected: Double, along direction: [Float], scale: Double, tolerance: Double) -> Outcome {
        let (found, error) = derivative(along: direction)
        // The error estimate adds to the tolerance, but a large one proves nothing, unless the entire gradient is lost in
        // rounding errors, like that of a constant.
        let isLost = max(scale, abs(found)) <= error
        let scale = max(scale, abs(found))
        guard error <= max(Self.largestError, tolerance) * scale || isLost else {
            return .inconclusive("finite differences only converge to \(short(error / scale)) of the gradient")
        }
        guard abs(found - expected) > tolerance * scale + 2 * error else { return .agrees }
        return .disagrees(
            "backward gives \(short(expected)), finite differences \(short(found)) +- \(short(error)), "
                + "difference \(short(abs(found - expected) / scale)) of the gradient's length")
    }
}
