import NNCore
import Testing

@testable import NNLayers

/// Ranges of activations, calculated by hand.
@Suite struct CalibrationTests {
    @Test func coversAllValues() {
        var range = ActivationRange(.minimumMaximum)
        #expect(range.range(.minimumMaximum) == nil)
        range.add(Tensor([0.5, -2, 1] as [Float]))
        range.add(Tensor([3, 2.5] as [Float]))
        #expect(range.range(.minimumMaximum) == -2...3)
        range.add(Tensor([1, .nan] as [Float]))
        #expect(!range.isFinite)
    }

    @Test func leavesOutliersOut() throws {
        // 1,000 values at the middle of hundredths from 0 to 10, and one far outlier on either side.
        let percentile = Calibration.percentile(99)
        var range = ActivationRange(percentile)
        range.add(Tensor((0..<1000).map { Float($0) / 100 + 0.005 }))
        range.add(Tensor([-1000, 1000] as [Float]))
        // A half per cent of 1,002 values, 5.01, is left out at each end: the outlier and 4 more. Bins are 1024 / 4096 wide.
        let found = try #require(range.range(percentile))
        #expect(found == 0...10)
        #expect(range.range(.minimumMaximum) == -1000...1000)
    }

    @Test func keepsTheRangeOfZeros() {
        let percentile = Calibration.percentile(99.99)
        var range = ActivationRange(percentile)
        range.add(.zeros([10]))
        #expect(range.range(percentile) == 0...0)
    }

    @Test func binsWidenWithTheValues() {
        var histogram = ActivationHistogram()
        func add(_ values: [Float]) {
            values.withUnsafeBufferPointer { histogram.add($0, largest: values.map(abs).max()!) }
        }
        add([0.3, -0.4, 0.49999997])
        #expect(histogram.limit == 0.5)
        add([3, -0.1])
        #expect(histogram.limit == 4 && histogram.counts.reduce(0, +) == 5)
        #expect(histogram.limits(leavingOut: 0).contains(-0.4) && histogram.limits(leavingOut: 0).contains(3))
        // Two fifths leave out the greatest and the least value, but no second one.
        let narrow = histogram.limits(leavingOut: 0.2)
        #expect(abs(narrow.lowerBound + 0.1) < 0.002 && abs(narrow.upperBound - 0.5) < 0.002)
    }
}
