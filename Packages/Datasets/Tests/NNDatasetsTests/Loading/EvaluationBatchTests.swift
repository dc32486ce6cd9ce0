@_spi(Internal) import NNDatasets
import NNLayers
import Testing

/// Batches for evaluation: masks as they are, and images of different sizes.
struct EvaluationBatchTests {
    /// Images of three sizes, each with a mask of its index; one may be broken.
    private struct Masks: Dataset {
        let sizes = [4, 4, 6, 6, 4, 9, 9].map { Size(height: $0, width: $0 + 1) }
        var broken: Int?
        var hasMasks = true
        var count: Int { sizes.count }
        let classNames = (0..<7).map { "\($0)" }

        func sample(at index: Int) throws -> Sample {
            if index == broken { throw ImageError(file: "\(index)", reason: "broken", remedy: "mend it") }
            let image = Image(size: sizes[index], channels: 3, filledWith: UInt8(20 * index))
            let mask = Image(size: sizes[index], channels: 1, filledWith: UInt8(index))
            return Sample(image: image, target: hasMasks ? .mask(mask) : .label(index), name: "\(index)")
        }
    }

    private func batches(_ loader: DataLoader) throws -> [(batch: Batch, step: Int)] {
        let all = loader.batches(epoch: 0)
        var result: [(Batch, Int)] = []
        while let batch = try all.next() { result.append((batch, all.stepCount)) }
        return result
    }

    @Test(arguments: [0, 2])
    func sizesAreBatchedApartInOrder(_ threads: Int) throws {
        for hasMasks in [true, false] {
            let loader = try DataLoader(Masks(hasMasks: hasMasks), batchSize: 4, threads: threads, evaluates: true)
            let found = try batches(loader)
            #expect(loader.count == 2)
            #expect(found.map(\.batch.indices) == [[0, 1], [2, 3], [4], [5, 6]])
            #expect(found.map(\.step) == [1, 1, 2, 2])
            #expect(found.map { $0.batch.images.shape[1] } == [4, 6, 4, 9])
            #expect(found.allSatisfy { ($0.batch.originals != nil) == hasMasks })
            if !hasMasks { #expect(found.flatMap { $0.batch.labels.scalars(as: Int32.self) } == Array(0..<7)) }
        }
        // For training one size is a must.
        let loader = try DataLoader(Masks(), batchSize: 4, threads: threads)
        #expect(throws: ImageError.self) { try batches(loader) }
    }

    /// Images are resized and padded, crops and flips are left out, and masks stay what they are.
    @Test func masksAreNotTransformed() throws {
        let transforms: [any Transform] = [
            Resize(size: Size(8)), CenterCrop(size: Size(3)), Flip(horizontal: 1),
            Pad(size: Size(height: 10, width: 12), isCentered: true, ignoreIndex: Int(PreparedImage.paddingLabel)),
        ]
        let found = try batches(DataLoader(Masks(), batchSize: 7, transforms: transforms, evaluates: true))
        #expect(found.count == 1)
        let batch = found[0].batch
        #expect(batch.images.shape == [7, 10, 12, 3] && batch.labels.floatsOfZeros)
        let originals = try #require(batch.originals)
        for (index, original) in originals.enumerated() {
            let size = Masks().sizes[index]
            #expect(original.labels.shape == [1, size.height, size.width])
            #expect(original.labels.scalars(as: Int32.self).allSatisfy { Int($0) == index })
            #expect(original.region == Region(top: 1, left: 2, size: Size(8)))
        }
    }

    @Test func standInsKeepTheirMasks() throws {
        let loader = try DataLoader(Masks(broken: 2), batchSize: 7, brokenSamples: .skip, evaluates: true)
        var indices: [Int] = []
        for (batch, _) in try batches(loader) {
            guard let own = batch.withoutStandIns else { continue }
            indices += own.indices
            let labels = try #require(own.originals).map { Int($0.labels.scalars(as: Int32.self)[0]) }
            #expect(labels == own.indices)
        }
        #expect(indices == [0, 1, 3, 4, 5, 6])
    }
}

extension Tensor {
    fileprivate var floatsOfZeros: Bool { scalars(as: Int32.self).allSatisfy { $0 == 0 } && rank == 1 }
}
