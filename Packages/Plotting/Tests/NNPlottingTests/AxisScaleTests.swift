import Testing

@testable import NNPlotting

@Suite struct AxisScaleTests {
    private func labels(_ values: [Double], count: Int = 5) -> [String] {
        AxisScale(linear: values, margin: 0, tickCount: count).ticks.map(\.label)
    }

    @Test func ticksAreRoundNumbers() {
        #expect(labels([0, 1]) == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"])
        #expect(labels([1, 60], count: 6) == ["10", "20", "30", "40", "50", "60"])
        #expect(labels([-3, 9]) == ["0", "5"])
        #expect(labels([91.2, 91.9], count: 4) == ["91.2", "91.4", "91.6", "91.8"])
        #expect(labels([0, 3e-5], count: 3) == ["0", "1e-5", "2e-5", "3e-5"])
        #expect(labels([0, 4_000_000], count: 4) == ["0", "1e6", "2e6", "3e6", "4e6"])
    }

    @Test func wholeNumbersHaveNoTicksBetween() {
        #expect(
            AxisScale(linear: [1, 3], margin: 0, tickCount: 10, isWhole: true).ticks.map(\.label) == ["1", "2", "3"])
    }

    @Test func flatAndMissingValuesGetARange() {
        #expect(AxisScale(linear: [5, 5], margin: 0.1, tickCount: 4).range == 4.5...5.5)
        let small = AxisScale(linear: [0.001, 0.001], margin: 0.1, tickCount: 4).range
        #expect(small.lowerBound > 0.0008 && small.upperBound < 0.0012 && small.contains(0.001))
        #expect(AxisScale(linear: [0], margin: 0.1, tickCount: 4).range == -0.5...0.5)
        #expect(AxisScale(linear: [0, .leastNonzeroMagnitude], margin: 0.1, tickCount: 4).range == -0.5...0.5)
        #expect(!AxisScale(linear: [], margin: 0.1, tickCount: 4).ticks.isEmpty)
    }

    @Test func logarithmicTicksAreDecades() {
        let scale = AxisScale(logarithmic: [0.02, 30], tickCount: 10)
        #expect(scale.ticks.map(\.label) == ["0.01", "0.1", "1", "10", "100"])
        #expect(scale.fineTicks.count == 4 * 8)
        #expect(abs(scale.position(of: 1) - 0.5) < 1e-12)
        #expect(AxisScale(logarithmic: [1e-9, 1e9], tickCount: 5).ticks.count <= 6)
    }
}
