import Foundation
import NNLayers
import Testing

@testable import NNDatasets

@Suite struct FeatureSetTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "features-\(UUID().uuidString)")
    private var url: URL { folder.appending(path: "f.safetensors") }

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

    private let description = FeatureFile.Description(
        classNames: ["cat", "dog"], backbone: "{type: xception}", weights: "0123",
        normalization: Normalization(mean: [0.5, 0.5, 0.5], standardDeviation: [0.25, 0.25, 0.25]),
        transforms: ["{type: resize, size: 299}"])

    private func part(_ values: [Float], labels: [Int32], names: [String]? = nil) -> FeatureFile.SplitFeatures {
        FeatureFile.SplitFeatures(
            features: Tensor(values, shape: [labels.count, values.count / labels.count]), labels: Tensor(labels),
            names: names ?? labels.indices.map { "\($0).jpg" })
    }

    private func write(_ splits: [Split: FeatureFile.SplitFeatures]) throws {
        try FeatureFile(description: description, splits: splits).write(to: url)
    }

    private func source(task: String = "classification", _ plugin: PredictionTask? = nil) throws -> any DatasetSource {
        let registry = try Registry(plugins: [DatasetsPlugin()])
        if let plugin { try registry.register(plugin, summary: "") }
        return try registry.build(
            .dataset,
            from: ["type": "features", "path": ConfigNode(.string(url.path)), "task": ConfigNode(.string(task))])
    }

    @Test func aFileSaysWhatWasWritten() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try write([.train: part([1, 2, 3, 4, 5, 6], labels: [0, 1, 1]), .validation: part([7, 8], labels: [0])])
        let file = try FeatureFile(contentsOf: url)
        #expect(file.description == description)
        #expect(Set(file.splits.keys) == [.train, .validation])
        let train = try #require(file.splits[.train])
        #expect(train.features.floats == [1, 2, 3, 4, 5, 6])
        #expect(train.features.shape == [3, 2])
        #expect(train.labels.withScalars(as: Int32.self, Array.init) == [0, 1, 1])
        #expect(train.names == ["0.jpg", "1.jpg", "2.jpg"])
        let tensors = try SafetensorsFile(url)
        #expect(Set(tensors.names) == ["train/features", "train/labels", "validation/features", "validation/labels"])
    }

    @Test func aDataSetHasFeaturesAndNoImages() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try write([.train: part([1, 2, 3, 4, 5, 6], labels: [0, 1, 1])])
        let dataset = try source().dataset(.train).cached()
        #expect(dataset.count == 3)
        #expect(dataset.classNames == ["cat", "dog"])
        #expect(dataset.features?.shape == [3, 2])
        #expect(try LabelTable(of: dataset).totals(classCount: 2) == [1, 2])
        let error = #expect(throws: DatasetError.self) { try dataset.sample(at: 1) }
        #expect(error?.description.contains("no image of '1.jpg'") == true)
        let missing = #expect(throws: DatasetError.self) { try source().dataset(.test) }
        #expect(missing?.reason == "it has no features of the split 'test', but of: train")
    }

    /// Features of the images of a plugin's task, whose labels are numbers.
    @Test func featuresMayBeForATaskOfAPlugin() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let count = PredictionTask("count", labels: .values, defaultLoss: "mse", defaultMetrics: ["regression"])
        let part = FeatureFile.SplitFeatures(
            features: .ones([2, 3]), labels: Tensor([1, .nan, 5, 0] as [Float], shape: [2, 2]), names: ["a", "b"])
        let description = FeatureFile.Description(
            classNames: ["cars", "bikes"], backbone: "{type: xception}", weights: "0123",
            normalization: Normalization(), transforms: [], task: count)
        try FeatureFile(description: description, splits: [.train: part]).write(to: url)
        let dataset = try source(task: "count", count).dataset(.train)
        #expect(dataset.labelKind == .values)
        #expect(try dataset.target(at: 1) == .values([5, 0]))
        let refused = #expect(throws: DatasetError.self) { try source().dataset(.train) }
        #expect(refused?.reason == "its labels are for count, not for classification")
        #expect(throws: ConfigError.self) { try source(task: "count") }
    }

    @Test(arguments: [DataType.float32, .bfloat16], [DataType.float32, .bfloat16])
    func batchesAreRowsInTheOrderOfTheSampler(stored: DataType, loaded: DataType) throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let values = (0..<40).map { Float($0) }
        var train = part(values, labels: (0..<10).map { Int32($0 % 2) })
        train.features = train.features.cast(to: stored)
        try write([.train: train])
        let dataset = try source().dataset(.train)
        let loader = try DataLoader(dataset, batchSize: 4, shuffles: true, dataType: loaded, threads: 2)
        let batches = loader.batches(epoch: 1)
        var seen: [Int] = []
        while let batch = try batches.next() {
            #expect(batch.images.shape == [batch.count, 1, 1, 4])
            #expect(batch.images.dataType == loaded)
            let rows = batch.indices.flatMap { values[4 * $0..<4 * $0 + 4] }
            #expect(batch.images.cast(to: .float32).floats == rows)
            #expect(batch.labels.withScalars(as: Int32.self, Array.init) == batch.indices.map { Int32($0 % 2) })
            seen += batch.indices
        }
        #expect(seen == loader.order(epoch: 1))
        #expect(throws: DatasetError.self) { _ = try DataLoader(dataset, transforms: [Flip()]) }
    }

    @Test func checksAndStatisticsDoWithoutImages() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let train = part([1, 2, 3, 4, .nan, 6, 1, 2], labels: [0, 1, 1, 0])
        try write([.train: train, .validation: part([3, 4], labels: [1])])
        let report = DataCheck().run { try source().dataset($0) }
        #expect(report.splits.map(\.samples) == [4, 1])
        #expect(report.splits.map(\.unusable) == [1, 0])
        let findings = report.findings.filter { $0.severity != .note }
        #expect(findings.map(\.kind) == [.unreadable, .sharedImage, .missingClass])
        #expect(findings[0].sample == 2)
        #expect(findings[1].file == "sample 0 of validation")
        let statistics = try DataStatistics(.train, source().dataset(.train))
        #expect(statistics.features == 2)
        #expect(statistics.labelCounts == [2, 2])
        #expect(statistics.normalization == nil)
    }

    @Test func filesThatDoNotFitAreRefused() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        func reason() -> String? {
            #expect(throws: DatasetError.self) { _ = try FeatureFile(contentsOf: url) }?.reason
        }
        #expect(reason()?.contains("cannot be read") == true)
        try write([.train: part([1, 2], labels: [2])])
        #expect(reason()?.hasSuffix("the label 2 of 'train' is not in 0...1") == true)
        try write([.train: part([1, 2], labels: [1], names: [])])
        #expect(reason()?.hasSuffix("0 names of 'train' do not fit together") == true)
        try SafetensorsFile.write(tensors: [("train/features", .ones([1, 2]))], to: url)
        #expect(reason()?.hasSuffix("it is not a file of features") == true)
        try Data([1, 2, 3]).write(to: url)
        #expect(reason() != nil)
    }
}
