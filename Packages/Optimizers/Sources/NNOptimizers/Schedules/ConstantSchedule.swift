import NNLayers

/// The same learning rate at every step.
public struct ConstantSchedule: Schedule {
    public let learningRate: Double

    public init(learningRate: Double) {
        require(learningRate, .notNegative, "ConstantSchedule: learningRate")
        self.learningRate = learningRate
    }

    public func learningRate(at step: Int) -> Double { learningRate }
}
