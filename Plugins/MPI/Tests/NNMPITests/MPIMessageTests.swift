import NNTraining
import Testing

@testable import NNMPI

@Suite struct MPIMessageTests {
    @Test func messagesAreReadAsTheyWereSent() {
        let all: [MPIMessage] = [.failed("rank 2 on b: no data\nhere"), .end, .question, .answer(12)]
        for message in all { #expect(MPIMessage(message.text) == message) }
        #expect(MPIMessage("") == nil)
        #expect(MPIMessage("other") == nil)
    }

    @Test func whoDoesNotAnswerIsNamedFirst() {
        let check = RankCheck(start: .now, answers: [1: 5, 3: 4])
        #expect(
            check.reason(silent: [2], late: [3], seconds: 61)
                == "rank 2 did not answer after 61 seconds: stopped, or cut off from the network")
        #expect(
            check.reason(silent: [], late: [3, 4], seconds: 61)
                == "ranks 3, 4 did not reach the others after 61 seconds")
        #expect(check.reason(silent: Array(1...20), late: [], seconds: 61).contains("7, 8 and 12 more did not answer"))
    }
}
