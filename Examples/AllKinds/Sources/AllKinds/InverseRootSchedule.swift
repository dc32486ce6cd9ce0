import NNLayers
import NNOptimizers

/// A learning rate that falls with the root of the step (Vaswani et al. 2017): it needs no end of training.
public struct InverseRootSchedule: Schedule {
    private let learningRate: Double
    private let start: Int
    private let timescale: Int

    /// - Parameters:
    ///   - learningRate: That of the first step; 0 or more.
    ///   - start: The step at which it begins to fall, after a warm-up.
    ///   - timescale: After three times as many steps the learning rate is half of the first.
    public init(learningRate: Double, start: Int = 0, timescale: Int = 1000) {
        requireOptions("InverseRootSchedule") {
            try OptionError.check("lr", learningRate, .notNegative)
            try OptionError.check("timescale", timescale, .count)
        }
        self.learningRate = learningRate
        self.start = start
        self.timescale = timescale
    }

    public func learningRate(at step: Int) -> Double {
        learningRate / (1 + Double(max(step - start, 0)) / Double(timescale)).squareRoot()
    }
}

extension InverseRootSchedule {
    /// Options of ``InverseRootSchedule``.
    public struct Options: ScheduleOptions {
        /// After three times as many steps the learning rate is half of the first.
        public var timescale = 1000
        /// The length of the warm-up in steps.
        public var warmupSteps: Int?
        /// The length of the warm-up in epochs.
        public var warmupEpochs: Double?
        /// The part of the full learning rate at which the warm-up starts.
        public var warmupFactor = Warmup.defaultFactor

        /// The defaults.
        public init() {}

        public func validate() throws {
            try validateWarmup()
            try check("timescale", timescale, .count)
        }

        public func template(_ environment: ScheduleEnvironment) -> ScheduleTemplate {
            ScheduleTemplate { rate, start in
                InverseRootSchedule(learningRate: rate, start: start, timescale: timescale)
            }
        }
    }
}
