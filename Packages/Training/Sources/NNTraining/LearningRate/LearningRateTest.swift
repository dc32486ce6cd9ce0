import Foundation

/// The losses of a ``LearningRateFinder``, and the learning rates that they suggest.
public struct LearningRateTest: Sendable, Codable, Equatable {
    /// A step of the test.
    public struct Point: Sendable, Codable, Equatable {
        /// The learning rate.
        public let rate: Double
        /// The loss of the step's samples, before its update.
        public let loss: Double
        /// The exponential mean of the losses so far, without the bias of its first values.
        public let smoothedLoss: Double

        /// A step with its losses.
        public init(rate: Double, loss: Double, smoothedLoss: Double) {
            self.rate = rate
            self.loss = loss
            self.smoothedLoss = smoothedLoss
        }
    }

    /// Why the test ended.
    public enum Ending: String, Sendable, Codable {
        /// All rates were tried.
        case completed
        /// The smoothed loss was far above the best.
        case rose
        /// The loss was not finite any more.
        case notFinite = "not_finite"
        /// It was interrupted.
        case interrupted
    }

    /// The steps, with rising rates.
    public let points: [Point]
    /// Why the test ended.
    public let ending: Ending
    /// The number of steps that were to be made, from which follows how many of the first say little.
    public let plannedSteps: Int

    /// A test with its losses.
    public init(points: [Point], ending: Ending, plannedSteps: Int) {
        self.points = points
        self.ending = ending
        self.plannedSteps = plannedSteps
    }

    /// The steps that suggestions are made from: without the first tenth, whose mean is of few losses, and without the last
    /// five, which are on the way up.
    public var judged: ArraySlice<Point> {
        let end = ending == .completed ? points.count : max(points.count - 5, 0)
        let start = min(plannedSteps / 10, end)
        return points[start..<end]
    }

    /// Whether the loss has fallen at any rate, by more than it varies from step to step: by two standard errors of the first
    /// tenth of the losses, and by 2 % of their mean.
    public var falls: Bool {
        guard let lowest = judged.map(\.smoothedLoss).min() else { return false }
        let first = points.prefix(max(plannedSteps / 10, 3)).map(\.loss)
        let mean = first.reduce(0, +) / Double(first.count)
        let squares = first.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let error = (squares / Double(max(first.count - 1, 1)) / Double(first.count)).squareRoot()
        return lowest < mean - max(2 * error, 0.02 * abs(mean))
    }

    /// The rate halfway along the longest fall of the smoothed loss, which fastai calls `valley` and suggests; nil where the
    /// loss never falls.
    public var valley: Double? {
        guard falls else { return nil }
        let points = Array(judged)
        // The longest falling subsequence that ends at each point.
        var lengths = [Int](repeating: 1, count: points.count)
        var end = 0
        for index in points.indices.dropFirst() {
            for before in 0..<index
            where points[index].smoothedLoss < points[before].smoothedLoss && lengths[index] < lengths[before] + 1 {
                lengths[index] = lengths[before] + 1
            }
            if lengths[index] > lengths[end] { end = index }
        }
        let start = max(end - lengths[end], 0)
        let third = Double(end - start) / 3
        return points[start + Int(third) + Int(third / 2)].rate
    }

    /// The rate at which the smoothed loss falls fastest; nil where it never falls.
    public var steepest: Double? {
        guard falls else { return nil }
        let points = Array(judged)
        let slopes = zip(points, points.dropFirst()).map { left, right in
            (right.smoothedLoss - left.smoothedLoss) / log(right.rate / left.rate)
        }
        return slopes.indices.min { slopes[$0] < slopes[$1] }.map { points[$0].rate }
    }

    /// The rate with the lowest smoothed loss; nil where it never falls.
    public var lowest: Double? { falls ? judged.min { $0.smoothedLoss < $1.smoothedLoss }?.rate : nil }

    /// A tenth of the rate with the lowest smoothed loss, at which training is still far from diverging; nil where the loss
    /// never falls.
    public var belowLowest: Double? { lowest.map { $0 / 10 } }

    /// The range of a cyclical schedule: ``valley`` at its top, and a quarter of it at its bottom (Smith 2017, section 3.3); nil
    /// where the loss never falls.
    public var cycle: ClosedRange<Double>? { valley.map { ($0 / 4)...$0 } }
}
