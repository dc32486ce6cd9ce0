import Foundation
import NNOptimizers
import Testing

/// Schedules against their papers, by examples that are calculated by hand.
@Suite struct PaperScheduleTests {
    private func expectClose(_ rate: Double, _ expected: Double) {
        #expect(abs(rate - expected) < 1e-6, "\(rate), expected \(expected)")
    }

    /// Chen et al. 2017: lr (1 - step / steps)^0.9; half-way 0.1 * 0.5^0.9 = 0.1 * 0.5358867.
    @Test func polynomial() {
        expectClose(PolynomialSchedule(learningRate: 0.1, span: 0..<10).learningRate(at: 5), 0.053_588_67)
    }

    /// Loshchilov and Hutter 2017, equation 5: min + (lr - min) (1 + cos(pi T / T_i)) / 2; at a third, where the cosine is
    /// 0.5, it is 0.01 + 0.09 * 0.75.
    @Test func cosine() {
        expectClose(CosineSchedule(learningRate: 0.1, minimum: 0.01, span: 0..<9).learningRate(at: 3), 0.0775)
    }

    /// Smith 2017: cycle = floor(1 + t / (2 s)), x = |t / s - 2 cycle + 1|, base + (max - base) max(0, 1 - x). With s = 4:
    /// t = 6 is in cycle 1, x = 0.5; t = 10 in cycle 2, x = 0.5, where `triangular2` has half of the height.
    @Test func triangles() {
        let plain = CyclicalSchedule(minimum: 0.1, maximum: 0.5, halfCycle: 4)
        expectClose(plain.learningRate(at: 6), 0.3)
        let halved = CyclicalSchedule(minimum: 0.1, maximum: 0.5, halfCycle: 4, policy: .triangular2)
        expectClose(halved.learningRate(at: 6), 0.3)
        expectClose(halved.learningRate(at: 10), 0.2)
        let falling = CyclicalSchedule(minimum: 0.1, maximum: 0.5, halfCycle: 4, policy: .expRange, gamma: 0.9)
        expectClose(falling.learningRate(at: 4), 0.1 + 0.4 * 0.6561)
    }

    /// Goyal et al. 2017, section 2.2: a rise of equal steps from a small rate to the full one.
    @Test func gradualWarmup() {
        let schedule = ScheduleTemplate.constant.warmup(steps: 4, factor: 0.125).schedule(learningRate: 0.8)
        for (step, rate) in [0.1, 0.275, 0.45, 0.625, 0.8, 0.8].enumerated() {
            expectClose(schedule.learningRate(at: step), rate)
        }
    }
}
