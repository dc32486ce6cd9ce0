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

    private func writeMask(_ path: String) throws {
        var mask = Image(size: Size(height: 4, width: 6), channels: 1)
        mask[1, 2] = 1
        mask[2, 3] = 255
        try mask.writePNG(to: folder.file(path))
    }

    @Test(arguments: PredictionTask.allCases)
    func shapesConform(_ task: PredictionTask) throws {
        try checkDataset(Shapes(task: task, size: 16, count: 50))
        var options = Shapes.Options()
        options.task = task
        options.size = 16
        try checkDatasetSource(options, sampleLimit: 5)
    }

    @Test func setsOfLabelledFilesConform() throws {
        for split in ["train", "validation", "test"] {
            for (name, shade) in [("cat", UInt8(10)), ("dog", 200)] {
                try writeImage("\(split)/\(name)/1.png", shade: shade)
            }
        }
        var options = ClassFolders.Options()
        options.path = folder.url.path
        try checkDatasetSource(options)
        try folder.write("train/cat/1.png\t0\ntrain/dog/1.png\t1\n", to: "list.txt")
        try checkDataset(MapFile(path: folder.url.appending(path: "list.txt").path, classes: ["cat", "dog"]))
    }

    @Test func setsOfMasksConform() throws {
        for split in ["train", "validation", "test"] {
            try writeImage("images/\(split)/1.png", shade: 80)
            try writeMask("masks/\(split)/1.png")
        }
        var options = MaskFolders.Options()
        options.path = folder.url.path
        options.classCount = 2
        try checkDatasetSource(options)
        try folder.write("images/train/1.png\tmasks/train/1.png\n", to: "list.txt")
        try checkDataset(MaskLists(path: folder.url.appending(path: "list.txt").path, classCount: 2))
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
