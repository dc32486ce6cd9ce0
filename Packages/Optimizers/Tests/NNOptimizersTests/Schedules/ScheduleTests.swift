import Testing
import NNOptimizers

/// The expected values were calculated by PyTorch 2 where it has the schedule.
@Suite struct ScheduleTests {
    private func rates(_ schedule: some Schedule, _ count: Int) -> [Double] {
        (0..<count).map { schedule.learningRate(at: $0) }
    }

    private func expectRates(
        _ schedule: some Schedule, _ expected: [Double], sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let found = rates(schedule, expected.count)
        #expect(isClose(found, expected, tolerance: 1e-10), "\(found)", sourceLocation: sourceLocation)
    }

    @Test func constant() { expectRates(ConstantSchedule(learningRate: 0.2), [0.2, 0.2, 0.2]) }

    @Test func step() {
        expectRates(
            StepSchedule(learningRate: 0.1, interval: 3, gamma: 0.5),
            [0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.025, 0.025])
    }

    @Test func multiStep() {
        expectRates(
            MultiStepSchedule(learningRate: 0.1, milestones: [2, 5]),
            [0.1, 0.1, 0.01, 0.01, 0.01, 0.001, 0.001, 0.001])
    }

    @Test func cosine() {
        expectRates(
            CosineSchedule(learningRate: 0.1, minimum: 0.01, span: 0..<8),
            [
                0.1, 0.09657457896, 0.08681980515, 0.07222075446, 0.055, 0.03777924554, 0.02318019485,
                0.01342542104, 0.01, 0.01,
            ])
    }

    @Test func polynomial() {
        expectRates(
            PolynomialSchedule(learningRate: 0.1, span: 0..<8),
            [
                0.1, 0.08867623543, 0.07718895067, 0.06550764934, 0.05358867313, 0.04136453447, 0.02871745887,
                0.01538930517, 0, 0,
            ])
        expectRates(
            PolynomialSchedule(learningRate: 0.1, minimum: 0.02, power: 1, span: 0..<4), [0.1, 0.08, 0.06, 0.04, 0.02])
    }

    @Test func oneCycle() {
        expectRates(
            OneCycleSchedule(maximum: 0.1, span: 0..<10),
            [
                0.004, 0.052, 0.1, 0.0950484632, 0.08117456539, 0.06112620219, 0.03887419781, 0.01882583461,
                0.004951936799, 4e-07,
            ])
        expectRates(
            OneCycleSchedule(
                maximum: 0.1, span: 0..<10, riseFraction: 0.4, initialDivisor: 10, finalDivisor: 100,
                annealing: .linear),
            [0.01, 0.04, 0.07, 0.1, 0.08335, 0.0667, 0.05005, 0.0334, 0.01675, 0.0001])
    }

    @Test(arguments: [
        (
            CyclicalSchedule.Policy.triangular, 1.0,
            [
                0.0001, 0.0334, 0.0667, 0.1, 0.0667, 0.0334, 0.0001, 0.0334, 0.0667, 0.1, 0.0667, 0.0334, 0.0001,
                0.0334,
            ]
        ),
        (
            .triangular2, 1.0,
            [
                0.0001, 0.0334, 0.0667, 0.1, 0.0667, 0.0334, 0.0001, 0.01675, 0.0334, 0.05005, 0.0334, 0.01675,
                0.0001, 0.008425,
            ]
        ),
        (
            .expRange, 0.9,
            [
                0.0001, 0.03007, 0.054046, 0.0729271, 0.04379626, 0.019763317, 0.0001, 0.01602728677,
                0.02876911619, 0.03880330685, 0.02332198411, 0.01054989285, 0.0001, 0.008564413208,
            ]
        ),
    ])
    func cyclical(_ policy: CyclicalSchedule.Policy, _ gamma: Double, _ expected: [Double]) {
        expectRates(
            CyclicalSchedule(minimum: 1e-4, maximum: 0.1, halfCycle: 3, policy: policy, gamma: gamma), expected)
    }

    @Test(arguments: [0, 1, 2])
    func schedulesOfNoLengthHaveTheirEndValue(_ count: Int) {
        let span = 5..<(5 + count)
        #expect(CosineSchedule(learningRate: 1, minimum: 0.5, span: span).learningRate(at: 9) == 0.5)
        #expect(PolynomialSchedule(learningRate: 1, minimum: 0.5, span: span).learningRate(at: 9) == 0.5)
        let last = OneCycleSchedule(maximum: 1, span: span, initialDivisor: 2, finalDivisor: 4).learningRate(at: 9)
        #expect(isClose([last], [0.125], tolerance: 1e-12))
    }

    @Test func warmupRisesToWhatFollows() {
        expectRates(
            Warmup(steps: 4, factor: 0.2, before: CosineSchedule(learningRate: 1, span: 4..<6)),
            [0.2, 0.4, 0.6, 0.8, 1, 0.5, 0])
        // Milestones count from the first step of training.
        expectRates(
            Warmup(steps: 2, factor: 0, before: MultiStepSchedule(learningRate: 1, milestones: [4])),
            [0, 0.5, 1, 1, 0.1])
        expectRates(Warmup(steps: 0, factor: 0, before: ConstantSchedule(learningRate: 1)), [1, 1])
    }
}
