import Foundation
@_spi(Internal) @testable import NNDatasets
import NNLayers
import Synchronization
import Testing

@Suite struct ShardExportTests {
    private let folder: TemporaryFolder
    private var output: URL { folder.url.appending(path: "out") }

    init() throws { folder = try TemporaryFolder() }

    private var contents: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: output.path)) ?? []).sorted()
    }

    /// Class folders of a JPEG and PNG files, one of which has the ending of another format.
    private func classFolders() throws -> ClassFolders {
        for (index, name) in ["cat/a.b.png", "cat/c d.png", "dog/x.jpg", "dog/y.jpg", "dog/ö.png"].enumerated() {
            let image = Image.patterned(Size(height: 3, width: 2), seed: index)
            if name == "dog/x.jpg" {
                try image.writeJPEG(to: folder.file("data/train/\(name)"))
            } else {
                try image.writePNG(to: folder.file("data/train/\(name)"))
            }
        }
        return try ClassFolders(path: folder.url.appending(path: "data").path)
    }

    @Test func filesKeepTheirBytes() throws {
        let source = try classFolders()
        var export = ShardExport()
        (export.limit, export.shuffles) = (.samples(2), false)
        let report = try export.write([.train: source], to: output)
        #expect(report.splits.map(\.samples) == [5] && report.splits[0].shards.map(\.samples) == [2, 2, 1])
        #expect(!report.hasMasks && report.classNames == ["cat", "dog"])
        #expect(
            contents == [
                "classes.txt", "train-000000.tar", "train-000000.tar.index", "train-000001.tar",
                "train-000001.tar.index", "train-000002.tar", "train-000002.tar.index",
            ])
        let shards = try Shards(path: output.path)
        #expect(shards.classNames == source.classNames && shards.count == 5)
        for index in 0..<5 {
            #expect(try shards.bytes(ofFile: 0, at: index) == source.bytes(ofFile: 0, at: index))
            #expect(try shards.sample(at: index).image == source.sample(at: index).image)
            #expect(try shards.target(at: index) == source.target(at: index))
        }
        let names = (0..<5).map { shards.files(at: $0)[0].split(separator: "/").last! }
        #expect(
            names == ["00000000-a_b.png", "00000001-c_d.png", "00000002-x.jpg", "00000003-y.png", "00000004-__.png"]
                || names.last == "00000004-_.png")
    }

    @Test func equalDataGivesEqualFiles() throws {
        let source = PatternDataset(count: 30, classCount: 3)
        var export = ShardExport()
        export.limit = .bytes(20_000)
        func write(_ name: String, seed: UInt64 = 0, threads: Int) throws -> [Data] {
            export.seed = seed
            let folder = folder.url.appending(path: name)
            let report = try export.write([.train: source], to: folder, threads: threads)
            return try report.splits[0].shards.map { shard in
                let data = try Data(contentsOf: folder.appending(path: shard.name))
                #expect(data.count == shard.bytes && data.count <= 20_000 + 1024)
                return data
            }
        }
        let first = try write("a", threads: 1)
        #expect(first.count > 1)
        #expect(try write("b", threads: 5) == first)
        #expect(try write("c", seed: 1, threads: 1) != first)
        // Each sample is there once, and the classes are mixed.
        let shards = try Shards(path: folder.url.appending(path: "a").path)
        let keys = (0..<30).map { shards.files(at: $0)[0].suffix(12) }
        #expect(Set(keys).count == 30 && keys != keys.sorted())
    }

    @Test func masksBecomeClassIndices() throws {
        try folder.write("sky 1 2 3\nroad 4 5 6\n", to: "data/list.txt")
        let size = Size(height: 1, width: 3)
        try Image(size: size, filledWith: 5).writeJPEG(to: folder.file("data/images/train/a.jpg"))
        try Image(size: size, filledWith: 6).writePNG(to: folder.file("data/images/train/b.png"))
        for name in ["a", "b"] {
            try Image(size: size, channels: 3, pixels: [4, 5, 6, 1, 2, 3, 9, 9, 9])
                .writePNG(to: folder.file("data/masks/train/\(name).png"))
        }
        let data = folder.url.appending(path: "data").path
        let source = try MaskFolders(
            path: data, classes: .file(data + "/list.txt"), ignoreIndex: 7, maskColors: true,
            ignoreColor: Color(0x090909))
        var export = ShardExport()
        export.shuffles = false
        let report = try export.write([.train: source], to: output)
        #expect(report.hasMasks && report.ignoreIndex == 7)
        let shards = try Shards(path: output.path, ignoreIndex: 7)
        #expect(shards.classColors == source.classColors && shards.statesColors)
        #expect(try (0..<2).map { try shards.labels(at: $0) } == [[1, 0, 7], [1, 0, 7]])
        #expect(shards.files(at: 0)[1].hasSuffix("/00000000-a.png"))
        #expect(shards.files(at: 1)[1].hasSuffix("/00000001-b.mask.png"))
        #expect(shards.maskPalette(at: 0)?[1] == Color(0x040506))
        // Masks that store indices keep their bytes.
        var again = ShardExport()
        again.shuffles = false
        try again.write([.test: shards], to: folder.url.appending(path: "again"))
        let copies = try Shards(path: folder.url.appending(path: "again").path, split: .test, ignoreIndex: 7)
        #expect(try copies.bytes(ofFile: 1, at: 1) == shards.bytes(ofFile: 1, at: 1))
    }

    @Test func generatedSamplesBecomePNG() throws {
        for task in [PredictionTask.classification, .segmentation] {
            let source = Shapes(task: task, size: 16, classCount: 3, count: 9)
            let folder = output.appending(path: task.rawValue)
            try ShardExport().write([.train: source], to: folder)
            let shards = try Shards(path: folder.path)
            #expect(shards.ignoreIndex == source.ignoreIndex && shards.classNames == source.classNames)
            for index in 0..<9 {
                let sample = try shards.sample(at: index)
                let name = sample.name.split(separator: "/").last ?? ""
                let number = try #require(Int(name.prefix(8)))
                let original = source.sample(at: number)
                #expect(sample.image == original.image && sample.target == original.target)
            }
        }
    }

    @Test func whatIsThereIsKept() throws {
        let few = PatternDataset(count: 3, classCount: 2)
        var export = ShardExport()
        export.limit = .samples(1)
        try export.write([.train: few, .validation: few], to: output)
        #expect(contents.count == 13)
        let message = failure { try export.write([.train: few], to: output) }
        #expect(message?.contains("out: it has shards already, such as train-000000.tar. Name another folder") == true)
        export.overwrites = true
        export.limit = .samples(2)
        try export.write([.train: few], to: output)
        #expect(contents.count { $0.hasPrefix("train") } == 4 && contents.count { $0.hasPrefix("validation") } == 6)
        let file = try folder.write("x", to: "file")
        #expect(failure { try export.write([.train: few], to: file) }?.contains("it is a file") == true)
        let within = file.appending(path: "folder")
        #expect(failure { try export.write([.train: few], to: within) }?.contains("it cannot be made") == true)
    }

    @Test func nothingIsLeftOfWhatFails() throws {
        struct Broken: Error {}
        let source = PatternDataset(count: 20, classCount: 2) { sample, index in
            if index == 15 { throw ImageError(file: "x.png", reason: "it is broken", remedy: "Fix it") }
            return sample
        }
        var export = ShardExport()
        export.limit = .samples(3)
        export.shuffles = false
        #expect(failure { try export.write([.train: source], to: output) } == "x.png: it is broken. Fix it.")
        #expect(contents == [])
        export.brokenSamples = .skip
        let report = try export.write([.train: source], to: output)
        #expect(report.problems == ["x.png: it is broken. Fix it."] && report.splits[0].samples == 19)
        #expect(try Shards(path: output.path).count == 19)
        let asked = Mutex(0)
        let before = contents
        export.overwrites = true
        #expect(throws: CancellationError.self) {
            try export.write([.train: source], to: output) {
                asked.withLock { count in
                    count += 1
                    return count > 10
                }
            }
        }
        #expect(contents == before)
    }

    @Test func otherDataIsRefused() throws {
        let flags = Shapes(task: .multiLabel, size: 16, count: 2)
        #expect(
            failure { try ShardExport().write([.train: flags], to: output) }?.contains(
                "train: the data set has flags") == true
                || failure { try ShardExport().write([.train: flags], to: output) }?.contains("and shards hold a class")
                    == true
        )
        try folder.write("no image", to: "data/train/cat/a.png")
        try folder.write("no image", to: "data/train/dog/a.png")
        let broken = try ClassFolders(path: folder.url.appending(path: "data").path)
        let message = failure { try ShardExport().write([.train: broken], to: output) }
        #expect(message?.contains("a.png: it is neither a PNG nor a JPEG file") == true)
        #expect(contents == [])
    }
}
