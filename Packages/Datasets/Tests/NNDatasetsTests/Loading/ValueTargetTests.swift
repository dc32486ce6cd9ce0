import NNDatasets
import NNLayers
import Testing

/// Small images with values.
private struct ValueDataset: Dataset {
    var rows: [[Float]]
    var labelKind = LabelKind.flags
    var features: Tensor?
    var count: Int { rows.count }
    var classNames: [String] { ["a", "b"] }

    func target(at index: Int) -> Target { .values(TargetValues(rows[index])) }

    func sample(at index: Int) throws -> Sample {
        if features != nil { throw DatasetError(place: "here", reason: "no images", remedy: "None") }
        return Sample(
            image: .patterned(Size(height: 6, width: 5), seed: index), target: target(at: index), name: "value \(index)"
        )
    }
}

@Suite struct ValueTargetTests {
    private static let rows: [[Float]] = [[1, 0], [0, .nan], [0, 0], [1, 1]]

    @Test func batchesHaveFloatLabels() throws {
        for features in [nil, Tensor.ones([4, 3])] {
            let loader = try DataLoader(ValueDataset(rows: Self.rows, features: features), batchSize: 3)
            let batch = try #require(try loader.batches(epoch: 0).next())
            #expect(batch.labels.shape == [3, 2] && batch.labels.dataType == .float32)
            #expect(batch.labels.floats.map(\.bitPattern) == Self.rows.prefix(3).joined().map(\.bitPattern))
        }
    }

    /// Values may have another shape than a vector.
    @Test func valuesKeepTheirShape() throws {
        struct Maps: Dataset {
            var count: Int { 2 }
            var classNames: [String] { ["depth"] }
            var labelKind: LabelKind { .values }
            func sample(at index: Int) -> Sample {
                let values = TargetValues((0..<6).map { Float($0 + index) }, shape: [2, 3, 1])
                return Sample(image: Image(size: 4), target: .values(values), name: "\(index)")
            }
        }
        let batch = try #require(try DataLoader(Maps(), batchSize: 2).batches(epoch: 0).next())
        #expect(batch.labels.shape == [2, 2, 3, 1])
        #expect(batch.labels.floats == [0, 1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 6])
    }

    @Test(
        arguments: [
            ([[0, 1], [0, 0.5]], LabelKind.flags, "its label 'b' is 0.5, not 0 or 1"),
            ([[0, 1], [0, 1, 0]], .flags, "it has values of shape [3], unlike value 0"),
            ([[0, .infinity]], .values, "its value 'b' is infinite"),
            ([[0, 1]], .classes, "it has values of shape [2], and its data set declares class indices"),
            ([[0, 1, 2]], .values, "it has 3 values, and its data set 2 names"),
        ] as [([[Float]], LabelKind, String)])
    func wrongValuesAreRefused(rows: [[Float]], kind: LabelKind, message: String) throws {
        let loader = try DataLoader(ValueDataset(rows: rows, labelKind: kind), batchSize: 2)
        let found = failure { _ = try loader.batches(epoch: 0).next() }
        #expect(found?.contains(message) == true, "\(found ?? "nothing")")
        // The check of data finds it too, before any training.
        let report = DataCheck().run { _ in ValueDataset(rows: rows, labelKind: kind) }
        if !message.contains("unlike") {
            #expect(report.findings(of: .error).contains { $0.kind == .labelOutOfRange }, "\(report.findings)")
        }
    }

    @Test func transformsLeaveValuesAlone() throws {
        let registry = try Registry(plugins: [DatasetsPlugin()])
        let sample = try ValueDataset(rows: [[0.25, .nan]], labelKind: .values).sample(at: 0)
        let environment = TransformEnvironment(task: .regression)
        for name in registry.names(of: .transform) {
            let sized = [
                "resize", "center_crop", "random_crop", "pad_crop", "random_resized_crop", "random_side_crop", "pad",
            ]
            let node: ConfigNode =
                sized.contains(name)
                ? ["type": ConfigNode(.string(name)), "size": 4]
                : ConfigNode(.string(name))
            let transform = try registry.build(.transform, from: node, environment)
            var random = RandomGenerator(key: RandomKey(seed: 1))
            #expect(try transform(sample, random: &random).target == sample.target, "\(name)")
        }
    }

    @Test func mixedImagesHaveBothVectors() throws {
        let rows: [[Float]] = (0..<8).map { [Float($0 % 2), Float($0 / 4)] }
        for mixing in [Mixup(), CutMix(alpha: 100)] as [any BatchTransform] {
            let loader = try DataLoader(ValueDataset(rows: rows), batchSize: 8, batchTransforms: [mixing])
            let batch = try #require(try loader.batches(epoch: 0).next())
            let mixture = try #require(batch.mixture)
            #expect(mixture.labels.shape == [8, 2] && mixture.labels.dataType == .float32)
            #expect(batch.labels.floats == Array(rows.joined()))
        }
        let registry = try Registry(plugins: [DatasetsPlugin()])
        _ = try registry.build(.batchTransform, from: "mixup", TransformEnvironment(task: .regression))
        _ = try registry.build(.batchTransform, from: "cutmix", TransformEnvironment(task: .multiLabel))
        let found = failure {
            _ = try registry.build(.batchTransform, from: "cutmix", TransformEnvironment(task: .regression))
        }
        #expect(found?.contains("'cutmix' mixes classes, and the data set has numbers (regression)") == true)
    }

    @Test func samplersDrawByFlagsAndRefuseNumbers() throws {
        let registry = try Registry(plugins: [DatasetsPlugin()])
        let rows: [[Float]] = (0..<40).map { $0 < 2 ? [1, 0] : $0 < 20 ? [0, 1] : [0, 0] }
        let environment = SamplerEnvironment(dataset: ValueDataset(rows: rows))
        let order = try registry.build(.sampler, from: "balanced", environment).order(epoch: 0, key: RandomKey(seed: 1))
        // A third each: the class of two images, the other class, and no class.
        let counts = [order.count { $0 < 2 }, order.count { 2..<20 ~= $0 }, order.count { $0 >= 20 }]
        #expect(counts.allSatisfy { 13...14 ~= $0 }, "\(counts)")
        for name in ["balanced", "rare_classes"] {
            let numbers = SamplerEnvironment(dataset: ValueDataset(rows: rows, labelKind: .values))
            let found = failure { _ = try registry.build(.sampler, from: ConfigNode(.string(name)), numbers) }
            #expect(found?.contains("draws by class, and the data set has numbers; use 'shuffle'") == true)
        }
    }

    @Test func statisticsCountFlagsAndSummarizeNumbers() throws {
        let flags = DataStatistics(.train, ValueDataset(rows: Self.rows))
        #expect(flags.classes.map(\.images) == [2, 1] && flags.classes.map(\.negatives) == [2, 2])
        #expect(flags.classes.map(\.unknown) == [0, 1] && flags.values == nil)
        let numbers = DataStatistics(.train, ValueDataset(rows: Self.rows, labelKind: .values))
        let values = try #require(numbers.values)
        #expect(numbers.classes.isEmpty && values.map(\.known) == [4, 3] && values.map(\.maximum) == [1, 1])
        #expect(values[0].mean == 0.5 && values[0].standardDeviation == 0.5)
    }

    @Test func theCheckFindsWhatCannotBeLearned() {
        func messages(_ rows: [[Float]], _ kind: LabelKind) -> [String] {
            DataCheck().run { _ in ValueDataset(rows: rows, labelKind: kind) }.findings
                .filter { [.missingClass, .imbalance].contains($0.kind) }.map { "\($0)" }
        }
        let flags = messages([[1, 0], [1, 0]], .flags)
        #expect(flags.count == 2 && flags.contains { $0.contains("class 0, 'a': every training image has it") })
        #expect(flags.contains { $0.contains("class 1, 'b': no training image has it") })
        let numbers = messages([[3, .nan], [3, .nan]], .values)
        #expect(numbers.count == 2 && numbers.contains { $0.contains("'a': all training images have the value 3.0") })
        #expect(messages([[1, 0], [0, 1]], .flags).isEmpty && messages([[1, 5], [2, 6]], .values).isEmpty)
    }

    /// The shapes that a mask shows are the flags, and the position is that of the only shape.
    @Test func shapesHaveFlagsAndNumbers() throws {
        let masks = Shapes(task: .segmentation, size: 24, classCount: 4, count: 30)
        let flags = Shapes(task: .multiLabel, size: 24, classCount: 4, count: 30)
        #expect(flags.classNames == ["circle", "square", "triangle", "cross"] && flags.labelKind == .flags)
        for index in 0..<30 {
            guard case .mask(let mask) = masks.sample(at: index).target else { continue }
            let expected = (1...4).map { mask.pixels.contains(UInt8($0)) ? 1 : 0 as Float }
            #expect(flags.sample(at: index).target == .values(TargetValues(expected)))
        }
        let numbers = Shapes(task: .regression, size: Size(height: 40, width: 60), count: 50)
        #expect(numbers.classNames == ["x", "y", "size"])
        for index in 0..<50 {
            guard case .values(let values) = numbers.sample(at: index).target else { continue }
            let (x, y, size) = (values.floats[0] * 60, values.floats[1] * 40, values.floats[2] * 40)
            #expect(x - size >= -0.01 && x + size <= 60.01 && y - size >= -0.01 && y + size <= 40.01)
            #expect((0.12 * 40...0.4 * 40).contains(size))
        }
    }
}
