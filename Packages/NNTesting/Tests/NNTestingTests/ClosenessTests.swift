import NNLayers
@testable import NNTesting
import Testing

@Suite struct ClosenessTests {
    @Test func reportsTheLargestDifference() {
        let closeness = Closeness(
            of: Tensor([1, 2, 3, 4.5] as [Float], shape: [2, 2]),
            to: Tensor([1, 2.25, 3, 4] as [Float], shape: [2, 2]))
        #expect(closeness.absoluteError == 0.5)
        #expect(closeness.relativeError == 0.125)
        #expect(closeness.worstIndex == [1, 1])
        #expect(closeness.worstValues == (4.5, 4))
    }

    @Test func countsElementsBeyondBothTolerances() {
        let closeness = Closeness(of: Tensor([1.1, 100.5, 0.001] as [Float]), to: Tensor([1, 100, 0] as [Float]))
        #expect(closeness.violations(relative: 0.01, absolute: 0.01) == 1)
        #expect(closeness.violations(relative: 0, absolute: 0) == 3)
    }

    @Test(arguments: [(Float.nan, Float(0)), (0, .nan), (.infinity, 0), (.infinity, -.infinity)])
    func aValueThatIsNotFiniteIsFarFromOthers(actual: Float, expected: Float) {
        let closeness = Closeness(of: Tensor([actual]), to: Tensor([expected]))
        #expect(closeness.absoluteError == .infinity)
        #expect(closeness.violations(relative: 1, absolute: 1e30) == 1)
    }

    @Test func nanEqualsNan() throws {
        try checkEqual(Tensor([Float.nan, .infinity]), Tensor([Float.nan, .infinity]))
    }

    @Test func nothingIsCloseToNothing() throws {
        try checkClose(Tensor.zeros([0, 3]), Tensor.zeros([0, 3]))
    }

    @Test func failuresNameSubjectAndPlace() throws {
        let error = #expect(throws: CheckFailure.self) {
            try checkClose(Tensor([1, 2.5] as [Float]), Tensor([1, 2] as [Float]), "weights")
        }
        let text = try #require(error).description
        #expect(text.hasPrefix("weights:\n"))
        #expect(text.contains("1 of 2 values differ"))
        #expect(text.contains("at [1]: 2.5, expected 2"))
        #expect(throws: CheckFailure.self) { try checkClose(Tensor.zeros([2]), Tensor.zeros([1, 2])) }
        #expect(throws: CheckFailure.self) { try checkEqual(Tensor.zeros([2]), Tensor.zeros([2], dataType: .int32)) }
    }
}
