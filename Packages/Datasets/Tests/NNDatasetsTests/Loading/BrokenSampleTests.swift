@_spi(Internal) import NNDatasets
import NNLayers
import Testing

@Suite struct BrokenSampleTests {
    /// Samples of which some cannot be read.
    func dataset(count: Int = 12, broken: Set<Int>) -> PatternDataset {
        PatternDataset(count: count) { sample, index in
            if broken.contains(index) {
                throw ImageError(file: "photo-\(index).jpg", reason: "Premature end of JPEG file", remedy: "Replace it")
            }
            return sample
        }
    }

    func loader(_ dataset: PatternDataset, policy: BrokenSamplePolicy, threads: Int = 2) throws -> DataLoader {
        try DataLoader(dataset, batchSize: 4, threads: threads, brokenSamples: policy)
    }

    @Test(arguments: [0, 1, 3])
    func errorComesInItsTurnAndStays(threads: Int) throws {
        let batches = try loader(dataset(broken: [6]), policy: .fail, threads: threads).batches(epoch: 0)
        #expect(try batches.next()?.indices == [0, 1, 2, 3])
        for _ in 0..<2 {
            let error = #expect(throws: ImageError.self) { try batches.next() }
            #expect(error?.file == "photo-6.jpg")
        }
    }

    @Test(arguments: [0, 2])
    func skippedSamplesAreReplacedByOthers(threads: Int) throws {
        let broken: Set = [1, 6, 7, 11]
        let loader = try loader(dataset(broken: broken), policy: .skip, threads: threads)
        var found: [[Int]] = []
        for epoch in 0..<2 {
            for (step, result) in loader.batches(epoch: epoch).enumerated() {
                let batch = try result.get()
                let own = Array(4 * step..<4 * step + 4)
                #expect(batch.standIns == Set(own.indices.filter { broken.contains(own[$0]) }))
                for (position, index) in batch.indices.enumerated() {
                    #expect(batch.standIns.contains(position) ? !broken.contains(index) : index == own[position])
                }
                found.append(batch.indices)
            }
        }
        // Each epoch has other stand-ins, and each run the same, resumed or not.
        #expect(found.count == 6 && found[..<3] != found[3...])
        let again = try self.loader(dataset(broken: broken), policy: .skip, threads: 1 - threads / 2)
        for epoch in [1, 0] {
            let batches = again.batches(epoch: epoch, startingAt: 1)
            #expect(try batches.map { try $0.get().indices } == Array(found[(3 * epoch + 1)..<(3 * epoch + 3)]))
        }
        #expect(loader.skippedSamples.keys.sorted() == broken.sorted())
        #expect(loader.skipped.map(\.index).sorted() == broken.sorted())
        #expect(loader.skipped.allSatisfy { $0.epoch == 0 && $0.files.isEmpty })
        #expect(loader.skippedSamples[6]?.contains("photo-6.jpg: Premature end") == true)
    }

    /// A folder that is gone as a whole is left at once, and no sample of a sampler that leaves some out is drawn.
    @Test func aBrokenStretchIsLeft() throws {
        struct Half: Sampler {
            func order(epoch: Int, key: RandomKey) -> [Int] { (0..<200).map { 2 * $0 } }
        }
        let dataset = dataset(count: 400, broken: Set(0..<150))
        let loader = try DataLoader(
            dataset, batchSize: 20, sampler: Half(), threads: 2, brokenSamples: .skip)
        var standIns: Set<Int> = []
        for result in loader.batches(epoch: 0) {
            let batch = try result.get()
            #expect(batch.indices.allSatisfy { $0 >= 150 && $0 % 2 == 0 })
            standIns.formUnion(batch.standIns.map { batch.indices[$0] })
        }
        #expect(standIns.count > 30)
        #expect(loader.skipped.map(\.index).sorted() == (0..<75).map { 2 * $0 })
    }

    /// Less than half is an error, although each sample finds another in its place.
    @Test(arguments: [0, 3])
    func dataOfWhichLittleCanBeUsedEndsLoading(threads: Int) throws {
        let tolerated = try loader(dataset(count: 130, broken: Set(0..<65)), policy: .skip, threads: threads)
        for result in tolerated.batches(epoch: 0) { #expect(try result.get().count > 0) }
        #expect(tolerated.skipped.count == 65)
        let refused = try loader(dataset(count: 130, broken: Set(0..<66)), policy: .skip, threads: threads)
        let message = failure { for result in refused.batches(epoch: 0) { _ = try result.get() } }
        #expect(message?.contains("66 of 130 samples cannot be used; the first error was: photo-") == true)
        // A few whole ones are found in a small set.
        let few = try loader(dataset(count: 40, broken: Set(0..<39)), policy: .skip, threads: threads)
        for result in few.batches(epoch: 0) { #expect(try result.get().indices == [39, 39, 39, 39]) }
    }

    @Test func whatStandsInIsLeftOutOfMeasurements() throws {
        let whole = try loader(dataset(broken: []), policy: .skip).batches(epoch: 0)
        let batches = try loader(dataset(broken: [1, 8, 9, 10, 11]), policy: .skip).batches(epoch: 0)
        let (reference, batch) = (try #require(try whole.next()), try #require(try batches.next()))
        let own = try #require(batch.withoutStandIns)
        #expect(own.indices == [0, 2, 3] && own.images.shape == [3, 6, 5, 3])
        #expect(own.labels.scalars(as: Int32.self) == [0, 2, 3])
        #expect(own.images[1].floats == reference.images[2].floats)
        #expect(reference.withoutStandIns?.indices == [0, 1, 2, 3])
        _ = try batches.next()
        #expect(try #require(try batches.next()).withoutStandIns == nil)
    }

    @Test func nothingWholeIsAnError() throws {
        let batches = try loader(dataset(count: 5, broken: Set(0..<5)), policy: .skip).batches(epoch: 0)
        let message = failure { _ = try batches.next() }
        #expect(message?.contains("neither sample 0 can be used nor any of those that were drawn") == true)
        #expect(message?.contains("the first error was: photo-0.jpg: Premature end") == true)
    }

    func message(ignoreIndex: Int? = nil, _ change: @escaping @Sendable (inout Sample, Int) -> Void) throws -> String? {
        let dataset = PatternDataset(count: 4, classCount: 10, ignoreIndex: ignoreIndex) { sample, index in
            var sample = sample
            change(&sample, index)
            return sample
        }
        let batches = try loader(dataset, policy: .fail).batches(epoch: 0)
        return failure { _ = try batches.next() }
    }

    @Test func sizesThatDifferAreNamed() throws {
        let message = try message { sample, index in if index == 2 { sample.image = Image(size: 9) } }
        #expect(
            message == "pattern 2: its 9x9 pixels cannot share a batch with the 6x5 of pattern 0. "
                + "Add 'resize' or a crop to the transforms, so that all images get one size.")
    }

    @Test func greyImagesAreRefused() throws {
        let message = try message { sample, _ in sample.image = .patterned(6, channels: 1) }
        #expect(message?.contains("pattern 0: the image has 1 channels") == true)
    }

    @Test func labelsOutOfClassesAreRefused() throws {
        let label = try message { sample, index in if index == 3 { sample.target = .label(10) } }
        #expect(label?.contains("pattern 3: the label 10 is not in 0...9") == true)
        let mask = try message(ignoreIndex: 254) { sample, _ in
            var mask = Image(size: sample.image.size, channels: 1)
            mask[2, 2] = 254
            mask[5, 4] = 255
            sample.target = .mask(mask)
        }
        #expect(mask?.contains("the label 255 is not in 0...9") == true)
        #expect(try message(ignoreIndex: 10) { sample, _ in sample.target = .label(10) } == nil)
    }

    @Test func masksOfAnotherSizeAreRefused() throws {
        let message = try message { sample, _ in sample.target = .mask(Image(size: 6, channels: 1)) }
        #expect(message?.contains("its mask has 6x6 pixels of 1 channels, the image 6x5") == true)
    }

    @Test func targetsOfTwoKindsAreRefused() throws {
        let message = try message { sample, index in
            if index == 1 { sample.target = .mask(Image(size: sample.image.size, channels: 1)) }
        }
        #expect(message?.contains("pattern 1: it has a mask, unlike pattern 0") == true)
    }
}
