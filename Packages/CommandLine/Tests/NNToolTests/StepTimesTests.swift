import Foundation
import Testing

@testable import NNTool

@Suite struct StepTimesTests {
    @Test func takesTheMiddle() {
        let odd = StepTimes(milliseconds: [9, 1, 4])
        #expect((odd.minimum, odd.median, odd.maximum) == (1, 4, 9))
        #expect(StepTimes(milliseconds: [4, 1, 9, 2]).median == 3)
        #expect(StepTimes(milliseconds: [5]).median == 5)
    }

    @Test func isWrittenByName() throws {
        let data = try JSONEncoder().encode(StepTimes(milliseconds: [2, 1]))
        let values = try JSONDecoder().decode([String: Double].self, from: data)
        #expect(values == ["count": 2, "minimum": 1, "median": 1.5, "maximum": 2])
    }
}
