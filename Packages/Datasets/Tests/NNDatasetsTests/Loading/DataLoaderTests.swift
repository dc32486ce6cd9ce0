import NNDatasets
import Foundation
import NNLayers
import Synchronization
import Testing

@Suite struct DataLoaderTests {
    func batches(_ loader: DataLoader, epoch: Int = 0, startingAt step: Int = 0) throws -> [Batch] {
        let batches = loader.batches(epoch: epoch, startingAt: step)
        var result: [Batch] = []
        while let batch = try batches.next() { result.append(batch) }
        return result
    }

    func augmented(threads: Int, seed: UInt64 = 0, count: Int = 30) throws -> DataLoader {
        try DataLoader(
            PatternDataset(count: count), batchSize: 4, transforms: [PadCrop(size: 6, padding: 2), Flip()],
            shuffles: true, threads: threads, seed: seed)
    }

    /// A sampler that draws with replacement, as those that balance classes do, gives no copies.
    @Test func aSampleThatIsDrawnAgainIsChangedAnew() throws {
        struct One: Sampler {
            func order(epoch: Int, key: RandomKey) -> [Int] { [Int](repeating: 0, count: 12) }
        }
        func batches(threads: Int) throws -> [Batch] {
            try self.batches(
                DataLoader(
                    PatternDataset(count: 1), batchSize: 4, transforms: [PadCrop(size: 6, padding: 4), Flip()],
                    sampler: One(), threads: threads))
        }
        let first = try batches(threads: 0)
        let images = first.flatMap { batch in
            (0..<4).map { batch.images.slice(axis: 0, range: $0..<$0 + 1).floats }
        }
        #expect(Set(images).count > 8)
        #expect(try batches(threads: 2).map(\.images.floats) == first.map(\.images.floats))
    }

    @Test func batchesHoldTheSamples() throws {
        let normalization = Normalization(mean: [0.5, 0.5, 0.5], standardDeviation: [0.5, 0.5, 0.5])
        let loader = try DataLoader(PatternDataset(count: 10), batchSize: 4, normalization: normalization)
        #expect(loader.count == 3)
        let batches = try batches(loader)
        #expect(batches.map(\.indices) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]])
        #expect(batches.map(\.images.shape) == [[4, 6, 5, 3], [4, 6, 5, 3], [2, 6, 5, 3]])
        #expect(batches[1].labels.scalars(as: Int32.self) == [4, 5, 6, 7])
        let expected = [8, 9].flatMap { Image.patterned(Size(height: 6, width: 5), seed: $0).pixels }
        for (value, pixel) in zip(batches[2].images.floats, expected) {
            #expect(abs(value - (Float(pixel) / 127.5 - 1)) < 1e-5)
        }
    }

    @Test func imagesMayBeBFloat16() throws {
        let loader = try DataLoader(PatternDataset(count: 3), dataType: .bfloat16)
        let batch = try #require(try batches(loader).first)
        #expect(batch.images.dataType == .bfloat16)
        #expect(batch.labels.dataType == .int32)
    }

    @Test func masksBecomeLabelsOfPixels() throws {
        let dataset = PatternDataset(count: 5, classCount: 200, ignoreIndex: 255) { sample, index in
            var sample = sample
            var mask = Image(size: sample.image.size, channels: 1, filledWith: 199)
            mask[0, 1] = UInt8(index)
            mask[5, 4] = 255
            sample.target = .mask(mask)
            return sample
        }
        let batches = try batches(DataLoader(dataset, batchSize: 4))
        #expect(batches[0].labels.shape == [4, 6, 5])
        var expected = [Int32](repeating: 199, count: 30)
        expected[1] = 4
        expected[29] = 255
        #expect(batches[1].labels.scalars(as: Int32.self) == expected)
    }

    @Test(arguments: [1, 2, 5])
    func threadsChangeNothing(threads: Int) throws {
        let expected = try batches(augmented(threads: 0), epoch: 3)
        let found = try batches(augmented(threads: threads), epoch: 3)
        #expect(found.map(\.indices) == expected.map(\.indices))
        #expect(found.map(\.images.floats) == expected.map(\.images.floats))
        #expect(found.map { $0.labels.floats } == expected.map { $0.labels.floats })
    }

    /// What draws a number for each pixel, and moves masks.
    @Test func threadsChangeNoAugmentation() throws {
        let dataset = PatternDataset(count: 12, classCount: 256) { sample, index in
            var sample = sample
            sample.image = .patterned(Size(height: 40, width: 50), seed: index)
            sample.target = .mask(.patterned(sample.image.size, channels: 1, seed: index))
            return sample
        }
        func batches(threads: Int) throws -> [Batch] {
            try self.batches(
                DataLoader(
                    dataset, batchSize: 2,
                    transforms: [
                        Affine(ignoreIndex: 255), Elastic(border: .reflect), RandAugment(ignoreIndex: 255),
                        TrivialAugment(ignoreIndex: 255), Noise(probability: 1),
                        RandomErasing(mask: .ignore, ignoreIndex: 255), JPEGArtifacts(),
                    ], threads: threads, seed: 3))
        }
        let (expected, found) = (try batches(threads: 0), try batches(threads: 4))
        #expect(found.map(\.images.floats) == expected.map(\.images.floats))
        #expect(found.map { $0.labels.floats } == expected.map { $0.labels.floats })
    }

    @Test func epochGoesOnAtAnyStep() throws {
        let whole = try batches(augmented(threads: 1), epoch: 1)
        for step in 0...9 {
            let rest = try batches(augmented(threads: 2), epoch: 1, startingAt: step)
            #expect(rest.map(\.images.floats) == whole.dropFirst(step).map(\.images.floats))
        }
    }

    @Test func startingLateReadsNothingBefore() throws {
        let dataset = PatternDataset(count: 40)
        let loader = try DataLoader(dataset, batchSize: 4)
        #expect(try batches(loader, startingAt: 8).count == 2)
        #expect(dataset.readCounts.keys.sorted() == Array(32..<40))
    }

    @Test func epochsAndSeedsDiffer() throws {
        let first = try batches(augmented(threads: 1)).map(\.images.floats)
        #expect(try batches(augmented(threads: 1), epoch: 1).map(\.images.floats) != first)
        #expect(try batches(augmented(threads: 1, seed: 1)).map(\.images.floats) != first)
    }

    @Test func lastBatchMayBeDropped() throws {
        let loader = try DataLoader(PatternDataset(count: 11), batchSize: 4, dropsLast: true)
        #expect(loader.count == 2)
        #expect(try batches(loader).map(\.count) == [4, 4])
    }

    @Test func noBatchIsRefused() {
        #expect(failure { _ = try DataLoader(PatternDataset(count: 0)) }?.contains("no samples") == true)
        let message = failure {
            _ = try DataLoader(PatternDataset(count: 3), batchSize: 4, dropsLast: true)
        }
        #expect(message?.contains("the 3 samples do not fill one batch of 4") == true)
    }

    @Test func batchesAreMadeAheadWithinBounds() throws {
        let dataset = PatternDataset(count: 400)
        let loader = try DataLoader(dataset, batchSize: 4, threads: 2, prefetch: 3)
        let batches = loader.batches(epoch: 0)
        _ = try batches.next()
        // One taken and three ahead; wait until they are there, then see that no more come.
        let deadline = ContinuousClock.now + .seconds(10)
        while dataset.readCounts.count < 16, ContinuousClock.now < deadline { Thread.sleep(forTimeInterval: 0.002) }
        Thread.sleep(forTimeInterval: 0.05)
        #expect(dataset.readCounts.count == 16)
    }

    @Test func droppedBatchesStopTheirThreads() throws {
        let dataset = PatternDataset(count: 4000)
        let loader = try DataLoader(dataset, batchSize: 4, threads: 3)
        var batches: EpochBatches? = loader.batches(epoch: 0)
        _ = try batches?.next()
        batches = nil
        let reads = dataset.readCounts.count
        Thread.sleep(forTimeInterval: 0.02)
        #expect(dataset.readCounts.count == reads)
        #expect(reads < 100)
    }

    @Test func defaultsAreThoseOfConfigurations() throws {
        let dataset = PatternDataset(count: 70)
        let loader = try DataLoader(dataset)
        #expect(loader.count == 3)
        #expect(try batches(loader).map(\.count) == [32, 32, 6])
        #expect(loader.order(epoch: 5) == Array(0..<70))
        #expect(try batches(loader)[0].images.dataType == .float32)
    }

    @Test func shufflingIsASampler() throws {
        let dataset = PatternDataset(count: 40)
        let shuffled = try DataLoader(dataset, shuffles: true, seed: 7)
        let sampled = try DataLoader(dataset, sampler: ShuffleSampler(count: 40), seed: 7)
        for epoch in 0..<3 { #expect(shuffled.order(epoch: epoch) == sampled.order(epoch: epoch)) }
        #expect(shuffled.order(epoch: 0) != shuffled.order(epoch: 1))
        #expect(shuffled.order(epoch: 0).sorted() == Array(0..<40))
    }

    @Test func settingsThatExcludeEachOtherTrap() async {
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = try DataLoader(Shapes(count: 8), shuffles: true, sampler: SequentialSampler(count: 8))
            }, "DataLoader: shuffles and a sampler exclude each other")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = try DataLoader(Shapes(count: 8), batchSize: 0)
            }, "DataLoader: batchSize must be 1 or more, not 0")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = try DataLoader(Shapes(count: 4), batchSize: .max)
            }, "DataLoader: batchSize must be at most 2147483647, not 9223372036854775807")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = try DataLoader(Shapes(count: 4), threads: 1 << 40)
            }, "DataLoader: threads must be from 0 to 256, not 1099511627776")
    }

    @Test(arguments: [0, 2])
    func anEpochIsASequenceOfResults(threads: Int) throws {
        let loader = try augmented(threads: threads)
        var found: [Batch] = []
        for result in loader.batches(epoch: 1) { found.append(try result.get()) }
        let expected = try batches(loader, epoch: 1)
        #expect(found.count == loader.count && found.map(\.images.floats) == expected.map(\.images.floats))

        // A loop that is left goes on where it ended.
        let rest = loader.batches(epoch: 1)
        for result in rest {
            #expect(try result.get().indices == expected[0].indices)
            break
        }
        #expect(try rest.next()?.indices == expected[1].indices)
    }

    @Test(arguments: [0, 2])
    func aFailureIsTheLastResult(threads: Int) throws {
        let dataset = PatternDataset(count: 20) { sample, index in
            if index == 9 { throw ImageError(file: "9.png", reason: "it is empty", remedy: "Replace it") }
            return sample
        }
        let loader = try DataLoader(dataset, batchSize: 4, threads: threads)
        let results = Array(loader.batches(epoch: 0))
        #expect(results.count == 3)
        #expect(try results.prefix(2).map { try $0.get().indices } == [[0, 1, 2, 3], [4, 5, 6, 7]])
        let error = #expect(throws: ImageError.self) { try results[2].get() }
        #expect(error?.file == "9.png")
        let skipping = try DataLoader(dataset, batchSize: 4, threads: threads, brokenSamples: .skip)
        #expect(Array(skipping.batches(epoch: 0)).count == 5)
    }
}
