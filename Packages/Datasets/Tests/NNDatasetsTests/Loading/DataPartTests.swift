import NNDatasets
import NNLayers
import Testing

/// Several loaders that share the work of one.
@Suite struct DataPartTests {
    private func batches(_ loader: DataLoader, epoch: Int = 0, startingAt step: Int = 0) throws -> [Batch] {
        let batches = loader.batches(epoch: epoch, startingAt: step)
        var result: [Batch] = []
        while let batch = try batches.next() { result.append(batch) }
        return result
    }

    private func loader(
        _ count: Int, batchSize: Int, part: DataPart = .whole, dropsLast: Bool = false, evaluates: Bool = false
    ) throws -> DataLoader {
        try DataLoader(
            PatternDataset(count: count), batchSize: batchSize,
            transforms: evaluates ? [] : [PadCrop(size: 6, padding: 2), Flip()], shuffles: !evaluates,
            dropsLast: dropsLast, threads: 2, evaluates: evaluates, part: part)
    }

    @Test(arguments: [1, 2, 3]) func partsAddUpToTheBatchesOfOne(count: Int) throws {
        let whole = try loader(28, batchSize: 4 * count)
        let parts = try (0..<count).map { try loader(28, batchSize: 4, part: DataPart($0, of: count)) }
        for epoch in 0..<2 {
            let expected = try batches(whole, epoch: epoch)
            let found = try parts.map { try batches($0, epoch: epoch) }
            for part in parts { #expect(part.count == whole.count) }
            for (step, batch) in expected.enumerated() {
                #expect(found.flatMap { $0[step].indices } == batch.indices)
                #expect(found.flatMap { $0[step].images.floats } == batch.images.floats)
            }
        }
    }

    @Test func aPartIsResumedAtAnyStep() throws {
        let part = try loader(40, batchSize: 3, part: DataPart(1, of: 2))
        let all = try batches(part, epoch: 3)
        #expect(try batches(part, epoch: 3, startingAt: 4).map(\.indices) == all[4...].map(\.indices))
    }

    @Test func sharesOfAnIncompleteBatchDifferByOne() throws {
        let sizes = try (0..<3).map { try batches(loader(17, batchSize: 4, part: DataPart($0, of: 3))).map(\.count) }
        #expect(sizes == [[4, 1], [4, 2], [4, 2]])
        #expect(try loader(17, batchSize: 4, part: DataPart(0, of: 3), dropsLast: true).count == 1)
    }

    @Test func partsOfAnEvaluationHaveEachSampleOnce() throws {
        for count in [1, 2, 7, 8] {
            let parts = try (0..<3).map {
                try loader(count, batchSize: 2, part: DataPart($0, of: 3), evaluates: true)
            }
            let found = try parts.map { try batches($0) }
            #expect(found.joined().flatMap(\.indices) == Array(0..<count))
            #expect(zip(parts, found).allSatisfy { $0.count == $1.count })
        }
    }

    @Test func aBatchWithoutASampleForEachPartIsRefused() {
        #expect {
            try loader(14, batchSize: 4, part: DataPart(0, of: 3))
        } throws: {
            "\($0)".contains("the last batch of an epoch has 2 samples for 3 processes")
        }
        #expect {
            try loader(11, batchSize: 4, part: DataPart(0, of: 3), dropsLast: true)
        } throws: {
            "\($0)".contains("the 11 samples do not fill one batch of 12")
        }
    }
}
