import NNLayers
import Testing

@testable import NNTraining

@Suite struct ThreadGroupTests {
    @Test func sumsAndGathersInTheOrderOfTheCalls() throws {
        let results = runRanks(3) { group in
            let sums = try (0..<50).map { try group.sum([Double(group.rank * $0), 1]) }
            let texts = try group.gather("\(group.rank)" + String(repeating: "x", count: group.rank))
            let word = try group.broadcast("from \(group.rank)")
            return (sums, texts, word)
        }
        for result in results {
            let (sums, texts, word) = try result.get()
            #expect(sums == (0..<50).map { [Double(3 * $0), 3] })
            #expect(texts == ["0", "1x", "2xx"])
            #expect(word == "from 0")
        }
    }

    /// All ranks learn of it, also those that wait already and those that ask later.
    @Test func aFailureReachesAll() {
        struct Broken: Error {}
        let results = runRanks(3) { group -> Int in
            if group.rank == 1 {
                group.fail("no data here")
                throw Broken()
            }
            _ = try group.sum([1])
            return 0
        }
        for rank in [0, 2] {
            #expect(throws: ProcessGroupError.self) { try results[rank].get() }
            #expect("\(results[rank])".contains("rank 1 on this machine: no data here"))
        }
    }

    @Test func waitingEnds() {
        let results = runRanks(3) { group -> [Double] in
            group.patience = 0.2
            return group.rank == 2 ? [] : try group.sum([1])
        }
        #expect("\(results[0])".contains("rank 2 did not answer in time"))
        #expect("\(results[1])".contains("rank 2 did not answer in time"))
    }
}
