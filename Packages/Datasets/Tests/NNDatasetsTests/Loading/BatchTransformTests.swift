import NNLayers
import Testing

@testable import NNDatasets

@Suite struct MixingTests {
    static let count = 6
    static let shape: Shape = [count, 8, 10, 3]

    /// Different images with different labels, or masks.
    func batch(_ dataType: DataType = .float32, masks: Bool = false) -> Batch {
        let images = Tensor.uniform(Self.shape, key: RandomKey(seed: 1)).cast(to: dataType)
        let labels =
            masks
            ? Tensor((0..<Self.count * 80).map { Int32($0) }, shape: [Self.count, 8, 10])
            : Tensor((0..<Self.count).map { Int32($0) })
        return Batch(images: images, labels: labels, indices: Array(0..<Self.count))
    }

    func apply(_ transform: some BatchTransform, to batch: Batch, key: Int = 0) -> Batch {
        var random = RandomGenerator(key: RandomKey(seed: UInt64(key)))
        return transform(batch, random: &random)
    }

    /// The image that each of a batch is mixed with.
    func partners(_ mixture: LabelMixture) -> [Int] { mixture.labels.scalars(as: Int32.self).map { Int($0) } }

    @Test(arguments: [DataType.float32, .bfloat16])
    func mixupBlendsImages(dataType: DataType) throws {
        let before = batch(dataType)
        let old = before.images.floats
        let mixed = apply(Mixup(alpha: 1), to: before)
        let mixture = try #require(mixed.mixture)
        let order = partners(mixture)
        #expect(order.sorted() == Array(0..<Self.count) && order != order.sorted())
        #expect(0..<1 ~= mixture.share)
        #expect(mixed.images.dataType == dataType && mixed.images.shape == Self.shape)
        #expect(mixed.labels.floats == before.labels.floats && mixed.indices == before.indices)
        let pitch = 240
        let tolerance: Float = dataType == .float32 ? 1e-6 : 0.004
        for (position, value) in mixed.images.floats.enumerated() {
            let other = order[position / pitch] * pitch + position % pitch
            #expect(abs(value - (old[position] * (1 - mixture.share) + old[other] * mixture.share)) <= tolerance)
        }
        #expect(before.images.floats == old)
    }

    @Test func mixupKeepsMasksApart() throws {
        let before = batch(masks: true)
        let mixed = apply(Mixup(alpha: 1), to: before)
        let mixture = try #require(mixed.mixture)
        #expect(mixture.labels.shape == [Self.count, 8, 10] && mixture.labels.dataType == .int32)
        #expect(mixed.labels.floats == before.labels.floats)
        #expect(mixture.labels.floats.sorted() == before.labels.floats)
    }

    @Test(arguments: [DataType.float32, .bfloat16])
    func cutMixReplacesRectangles(dataType: DataType) throws {
        let before = batch(dataType)
        let old = before.images.floats
        var shares: [Float] = []
        for key in 0..<40 {
            let mixed = apply(CutMix(), to: before, key: key)
            guard let mixture = mixed.mixture else {
                #expect(mixed.images.floats == old)
                continue
            }
            let order = partners(mixture)
            let new = mixed.images.floats
            for sample in 0..<Self.count where order[sample] != sample {
                // The pixels that changed are those of the other, a rectangle, and as many as the share says.
                // Rounded to bfloat16, one channel of two pixels may be equal by chance; not all three.
                let changed = (0..<80).filter { pixel in
                    let index = sample * 240 + pixel * 3
                    return new[index..<index + 3] != old[index..<index + 3]
                }
                #expect(Float(changed.count) / 80 == mixture.share)
                let (rows, columns) = (Set(changed.map { $0 / 10 }), Set(changed.map { $0 % 10 }))
                #expect(rows.count * columns.count == changed.count)
                for pixel in changed {
                    for channel in 0..<3 {
                        let index = pixel * 3 + channel
                        #expect(new[sample * 240 + index] == old[order[sample] * 240 + index])
                    }
                }
            }
            shares.append(mixture.share)
        }
        #expect(shares.count > 25 && (shares.max() ?? 0) > 0.4 && (shares.min() ?? 1) < 0.1)
    }

    @Test func cutMixMovesMasks() {
        let before = batch(masks: true)
        let old = before.images.floats
        for key in 0..<10 {
            let mixed = apply(CutMix(), to: before, key: key)
            #expect(mixed.mixture == nil)
            // Each label tells of which sample and pixel the image must be.
            for (pixel, label) in mixed.labels.scalars(as: Int32.self).enumerated() {
                #expect(Int(label) % 80 == pixel % 80)
                #expect(mixed.images.floats[pixel * 3] == old[Int(label) * 3])
            }
        }
    }

    @Test func probabilityAndEarlierMixturesAreKept() {
        let before = batch()
        let mixed = (0..<200).count { apply(Mixup(alpha: 0.5, probability: 0.3), to: before, key: $0).mixture != nil }
        #expect(35...85 ~= mixed)
        let once = apply(Mixup(alpha: 1), to: before)
        let twice = apply(CutMix(), to: once, key: 5)
        #expect(twice.images.floats == once.images.floats && twice.mixture?.share == once.mixture?.share)
    }

    @Test func smallestBatchesAreTaken() {
        let pixel = Batch(images: .ones([2, 1, 1, 3]), labels: Tensor([Int32(0), 1]), indices: [0, 1])
        let single = Batch(images: .ones([1, 4, 4, 3]), labels: Tensor([Int32(0)]), indices: [0])
        for key in 0..<20 {
            for transform in [Mixup(alpha: 1), CutMix()] as [any BatchTransform] {
                var random = RandomGenerator(key: RandomKey(seed: UInt64(key)))
                #expect(transform(pixel, random: &random).images.floats == pixel.images.floats)
                #expect(transform(single, random: &random).mixture == nil)
            }
        }
    }

    @Test(arguments: [0.001, 0.2, 1, 5, 1000])
    func sharesFollowTheBetaDistribution(alpha: Double) {
        var random = RandomGenerator(key: RandomKey(seed: 8))
        let numbers = (0..<20_000).map { _ in random.beta(alpha) }
        #expect(numbers.allSatisfy { 0...1 ~= $0 })
        let mean = numbers.reduce(0, +) / 20_000
        let squares = numbers.map { ($0 - mean) * ($0 - mean) }
        let variance = squares.reduce(0, +) / 20_000
        let expected = 1 / (4 * (2 * alpha + 1))
        #expect(abs(mean - 0.5) < 5 * (expected / 20_000).squareRoot())
        #expect(abs(variance / expected - 1) < 0.06)
    }

    @Test func loaderMixesBatchesByTheirNumber() throws {
        func batches(threads: Int, epoch: Int, from step: Int = 0) throws -> [Batch] {
            let loader = try DataLoader(
                PatternDataset(count: 20), batchSize: 4, batchTransforms: [Mixup(alpha: 1)], shuffles: true,
                threads: threads)
            let batches = loader.batches(epoch: epoch, startingAt: step)
            var result: [Batch] = []
            while let batch = try batches.next() { result.append(batch) }
            return result
        }
        let expected = try batches(threads: 0, epoch: 1)
        let shares = expected.map { $0.mixture?.share ?? -1 }
        #expect(Set(shares).count == 5 && shares.allSatisfy { 0...1 ~= $0 })
        for (threads, step) in [(1, 0), (3, 0), (2, 3)] {
            let found = try batches(threads: threads, epoch: 1, from: step)
            #expect(found.map(\.images.floats) == expected.dropFirst(step).map(\.images.floats))
            #expect(found.map { $0.mixture?.share } == expected.dropFirst(step).map { $0.mixture?.share })
        }
        #expect(try batches(threads: 0, epoch: 2).map { $0.mixture?.share ?? -1 } != shares)
    }
}
