import NNDatasets
import NNLayers
import Testing

/// Components as a package outside would write them: this file sees the public interface only.
@Suite struct ThirdPartyTests {
    /// Shifts samples by a random number of pixels, and resizes them.
    struct Shift: Transform, BuildableOptions {
        var size: SizeOption = 0
        var distance = 2
        var minimumScale: Float = 1
        var maximumScale: Float = 1
        var probability: Float = 1
        var ignoreIndex: Int?

        private enum CodingKeys: CodingKey { case size, distance, minimumScale, maximumScale, probability }

        var keepsLayout: Bool { false }

        func validate() throws {
            try size.validate()
            try check("distance", distance, in: 0...100)
            try check("probability", probability, .fraction)
            try checkBounds("scale", minimumScale, maximumScale, above: 0, atMost: 4)
        }

        func build(_ environment: TransformEnvironment, in registry: Registry) throws -> any Transform {
            var result = self
            result.ignoreIndex = try environment.labelOfAddedPixels(for: "shift")
            return result
        }

        func callAsFunction(_ sample: Sample, random: inout RandomGenerator) throws -> Sample {
            guard Float(random.unit()) < probability else { return sample.resized(to: size.size) }
            let old = sample.image.size
            let padded = try sample.padded(EdgeInsets(distance), fill: 9, ignoreIndex: ignoreIndex)
            try padded.checkRoom(for: old, remedy: "Pad more")
            return try padded.cropped(
                top: random.index(below: 2 * distance + 1), left: random.index(below: 2 * distance + 1), size: old
            ).resized(to: size.size, remedy: "Make 'size' smaller")
        }
    }

    /// Samples of one colour, without a file.
    struct Plain: Dataset {
        let count: Int
        var classNames: [String] { ["dark", "bright"] }

        func sample(at index: Int) -> Sample {
            Sample(
                image: Image(size: 4, filledWith: UInt8(index % 2 * 255)), target: .label(index % 2),
                name: "plain \(index)")
        }

        struct Options: BuildableOptions, DatasetSource {
            var count = 5
            var task: PredictionTask { .classification }

            func validate() throws { try check("count", count, .count) }
            func dataset(_ split: Split) -> any Dataset { Plain(count: split == .train ? count : 1) }
        }
    }

    struct Reversed: Sampler, BuildableOptions {
        var count = 0

        private enum CodingKeys: CodingKey {}

        func order(epoch: Int, key: RandomKey) -> [Int] { (0..<count).reversed() }

        func build(_ environment: SamplerEnvironment, in registry: Registry) -> any Sampler {
            Reversed(count: environment.dataset.count)
        }
    }

    /// Makes some labels 0.
    struct LabelNoise: BatchTransform, BuildableOptions {
        var probability: Float = 1

        func validate() throws { try check("probability", probability, .fraction) }

        func callAsFunction(_ batch: Batch, random: inout RandomGenerator) -> Batch {
            let labels = batch.labels.scalars(as: Int32.self).map { Float(random.unit()) < probability ? 0 : $0 }
            return Batch(images: batch.images, labels: Tensor(labels), indices: batch.indices)
        }
    }

    struct Outside: Plugin {
        let name = "outside"

        func register(into registry: Registry) throws {
            try registry.register(.transform, "shift", summary: "Random shifts", Shift.self)
            try registry.register(.dataset, "plain", summary: "Plain images", Plain.Options.self)
            try registry.register(.sampler, "reversed", summary: "From the end", Reversed.self)
            try registry.register(.batchTransform, "label_noise", summary: "Wrong labels", LabelNoise.self)
        }
    }

    let registry: Registry

    init() throws { registry = try Registry(plugins: [DatasetsPlugin(), Outside()]) }

    @Test(arguments: 0..<20)
    func aTransformMovesImageAndMaskAlike(key: Int) throws {
        let environment = TransformEnvironment(task: .segmentation, ignoreIndex: 9)
        let transform = try registry.build(.transform, from: ["type": "shift", "size": [6, 8]], environment)
        #expect(!transform.keepsLayout)
        var random = RandomGenerator(key: RandomKey(seed: UInt64(key)))
        let sample = Sample.masked(Size(height: 6, width: 8)) { UInt8(10 + $0 * 8 + $1) }
        let shifted = try transform(sample, random: &random)
        #expect(shifted.mask?.pixels == shifted.red)
        #expect(shifted.image.size == sample.image.size)
    }

    @Test func optionsOfATransformAreChecked() throws {
        let environment = TransformEnvironment(task: .segmentation)
        for (node, expected) in [
            ("shift", "size: must be a length in pixels of 1 or more"),
            (["type": "shift", "size": 4, "distance": 101], "distance: must be from 0 to 100, not 101"),
            (["type": "shift", "size": 4, "probability": 2], "probability: must be between 0 and 1, not 2"),
            (["type": "shift", "size": 4, "minimum_scale": 5], "minimum_scale: must be above 0.0 and at most 4.0"),
            (["type": "shift", "size": 4, "maximum_scale": 0.5], "maximum_scale: must be from 1.0 to 4.0, not 0.5"),
            (["type": "shift", "size": 4], "is 'shift', which adds pixels to masks; that needs a data set with an"),
        ] as [(ConfigNode, String)] {
            let message = failure { _ = try registry.build(.transform, from: node, environment) }
            #expect(message?.contains(expected) == true, "\(message ?? "no error")")
        }
        let sample = Sample.masked(4) { _, _ in 1 }
        let message = failure { _ = try sample.transformed(by: Shift(size: 4)) }
        #expect(message?.contains("masked.png: pixels must be added to its mask") == true)
        let huge = failure { _ = try sample.resized(to: 40_000, remedy: "Make it smaller") }
        #expect(huge == "masked.png: its 4x4 pixels would become 40000x40000. Make it smaller.")
    }

    @Test func aDataSetSamplerAndBatchTransformAreUsed() throws {
        let source = try registry.build(.dataset, from: ["type": "plain", "count": 3])
        let dataset = try source.dataset(.train)
        #expect(source.task == .classification && dataset.count == 3)
        let environment = TransformEnvironment(task: source.task)
        let loader = try DataLoader(
            dataset,
            batchTransforms: [registry.build(.batchTransform, from: "label_noise", environment)],
            sampler: registry.build(.sampler, from: "reversed", SamplerEnvironment(dataset: dataset)))
        let batch = try #require(try loader.batches(epoch: 0).next())
        #expect(batch.indices == [2, 1, 0])
        #expect(batch.labels.scalars(as: Int32.self) == [0, 0, 0])
        #expect(failure { _ = try registry.build(.dataset, from: ["type": "plain", "count": 0]) } != nil)
    }
}
