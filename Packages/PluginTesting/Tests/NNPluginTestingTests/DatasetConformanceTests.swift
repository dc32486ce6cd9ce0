import Foundation
import NNDatasets
import NNLayers
import NNPluginTesting
import Synchronization
import Testing

@Suite struct DatasetConformanceTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func writeImage(_ path: String, shade: UInt8) throws {
        try Image(size: Size(height: 4, width: 6), filledWith: shade).writePNG(to: folder.file(path))
    }

    private func writeMask(_ path: String, label: UInt8 = 1, ignored: UInt8 = 255) throws {
        var mask = Image(size: Size(height: 4, width: 6), channels: 1)
        mask[1, 2] = label
        mask[2, 3] = ignored
        try mask.writePNG(to: folder.file(path))
    }

    private func source(_ node: ConfigNode) throws -> any DatasetSource {
        try Registry(plugins: [DatasetsPlugin()]).build(.dataset, from: node)
    }

    @Test(arguments: PredictionTask.allCases)
    func shapesConform(_ task: PredictionTask) throws {
        try checkDataset(Shapes(task: task, size: 16, count: 50))
        try checkDatasetSource(
            source(["type": "shapes", "task": ConfigNode(.string(task.rawValue)), "size": 16]), sampleLimit: 5)
    }

    @Test func setsOfLabelledFilesConform() throws {
        for split in ["train", "validation", "test"] {
            for (name, shade) in [("cat", UInt8(10)), ("dog", 200)] {
                try writeImage("\(split)/\(name)/1.png", shade: shade)
            }
        }
        try checkDatasetSource(source(["type": "class_folders", "path": ConfigNode(.string(folder.url.path))]))
        try folder.write("train/cat/1.png\t0\ntrain/dog/1.png\t1\n", to: "list.txt")
        try checkDataset(MapFile(path: folder.url.appending(path: "list.txt").path, classes: ["cat", "dog"]))
    }

    @Test func setsOfMasksConform() throws {
        for split in ["train", "validation", "test"] {
            try writeImage("images/\(split)/1.png", shade: 80)
            try writeMask("masks/\(split)/1.png")
        }
        try checkDatasetSource(
            source(["type": "mask_folders", "path": ConfigNode(.string(folder.url.path)), "class_count": 2]))
        try folder.write("images/train/1.png\tmasks/train/1.png\n", to: "list.txt")
        try checkDataset(MaskLists(path: folder.url.appending(path: "list.txt").path, classCount: 2))
    }

    @Test func shardsConform() throws {
        for task in [PredictionTask.classification, .segmentation] {
            let shards = folder.url.appending(path: task.rawValue)
            let splits = Dictionary(
                uniqueKeysWithValues: Split.allCases.map { ($0, Shapes(split: $0, task: task, size: 16, count: 9)) })
            var export = ShardExport()
            export.limit = .samples(4)
            try export.write(splits, to: shards)
            let source = try source(["type": "shards", "path": ConfigNode(.string(shards.path))])
            try checkDatasetSource(source)
            #expect(source.task == task)
        }
    }

    @Test func publishedSetsConform() throws {
        let path = folder.url.path
        // Empty records of 10,000 images.
        try folder.write("", to: "test_batch.bin")
        let batch = try FileHandle(forWritingTo: folder.file("test_batch.bin"))
        try batch.truncate(atOffset: 10_000 * 3073)
        try batch.close()
        try checkDataset(CIFAR10(path: path, split: .validation), sampleLimit: 10)

        try writeImage("train/a.png", shade: 9)
        try writeMask("trainannot/a.png", label: 10, ignored: 11)
        try checkDataset(CamVid(path: path))

        try writeImage("images/training/a.png", shade: 9)
        try writeMask("annotations/training/a.png", label: 150, ignored: 0)
        try checkDataset(ADE20K(path: path))

        let mask = "gtFine/train/bonn/bonn_000001_000019_gtFine_labelIds.png"
        try writeImage("leftImg8bit/train/bonn/bonn_000001_000019_leftImg8bit.png", shade: 9)
        try writeMask(mask, label: 33)
        try checkDataset(Cityscapes(path: path))

        try Image(size: Size(height: 4, width: 6)).writeJPEG(to: folder.file("JPEGImages/a.jpg"))
        try writeMask("SegmentationClass/a.png", label: 20)
        try folder.write("a\n", to: "ImageSets/Segmentation/train.txt")
        try checkDataset(PascalVOC(path: path))
    }

    @Test func featuresConform() throws {
        let part = FeatureFile.SplitFeatures(
            features: .normal([5, 3], key: RandomKey(seed: 0)), labels: Tensor([0, 1, 1, 0, 1] as [Int32]),
            names: (0..<5).map { "\($0).jpg" })
        let description = FeatureFile.Description(
            classNames: ["cat", "dog"], backbone: "{type: xception}", weights: "0123", normalization: Normalization(),
            transforms: [])
        let url = try folder.file("features.safetensors")
        try FeatureFile(description: description, splits: [.train: part, .validation: part]).write(to: url)
        try checkDatasetSource(
            source(["type": "features", "path": ConfigNode(.string(url.path))]), splits: [.train, .validation])
    }

    /// Samples that a test makes wrong.
    private struct Planted: Dataset {
        var count = 4
        var classNames = ["a", "b"]
        var classColors = Color.classes(2)
        var ignoreIndex: Int? = 255
        var features: Tensor?
        var counts: [Int: Int]?
        var make: @Sendable (Int) -> Target = { .label($0 % 2) }

        func sample(at index: Int) -> Sample {
            Sample(image: Image(size: 8), target: make(index), name: "planted \(index)")
        }

        func labelCounts(at index: Int) -> [Int: Int] { counts ?? [index % 2: 1] }
    }

    private static func planted(_ change: (inout Planted) -> Void) -> Planted {
        var result = Planted()
        change(&result)
        return result
    }

    @Test func plantedFaultsAreFound() throws {
        try checkDataset(Planted())
        func expect(_ text: String, _ change: (inout Planted) -> Void) throws {
            try expectFinding(text) { try checkDataset(Self.planted(change)) }
        }
        try expect("labels [2] of 2 classes, ignored is 255") { $0.make = { _ in .label(2) } }
        try expect("several classes are called a") { $0.classNames = ["a", "a"] }
        try expect("the ignored label 1 is that of a class") { $0.ignoreIndex = 1 }
        try expect("3 colours for 2 classes") { $0.classColors = Color.classes(3) }
        try expect("it has no samples") { $0.count = 0 }
        try expect("a mask of 4x4 pixels") { $0.make = { _ in .mask(Image(size: 4, channels: 1)) } }
        try expect("the label counts of sample 0 are [0: 3]") { $0.counts = [0: 3] }
        try expect("some samples have a label and some a mask") {
            $0.make = { $0 == 0 ? .label(0) : .mask(Image(size: 8, channels: 1)) }
        }
        try expect("not [4, C]") { $0.features = .ones([3, 5]) }
        try expect("sample 0 can be read, although there are features") { $0.features = .ones([4, 5]) }
    }

    @Test func samplesThatChangeAreFound() throws {
        let reads = Mutex(0)
        let changing = Self.planted { planted in
            planted.make = { _ in
                .label(
                    reads.withLock {
                        $0 += 1; return $0 % 2
                    })
            }
        }
        try expectFinding("sample 0 is another one when it is read again") { try checkDataset(changing) }
    }

    /// A source whose splits disagree.
    private struct Disagreeing: DatasetSource {
        let task = PredictionTask.segmentation

        func dataset(_ split: Split) -> any Dataset {
            planted { if split == .test { $0.classNames = ["b", "a"] } }
        }
    }

    @Test func splitsThatDisagreeAreFound() throws {
        try expectFinding("test: its classes are [\"b\", \"a\"]") { try checkDatasetSource(Disagreeing()) }
        try expectFinding("train: targets are for classification, declared is segmentation") {
            try checkDatasetSource(Disagreeing())
        }
    }
}
