import Foundation
@_spi(Internal) @testable import NNDatasets
import NNLayers
import Synchronization
import Testing

/// What is kept of shards: indexes beside them, open files, and fingerprints.
@Suite struct ShardIndexTests {
    private let folder: TemporaryFolder
    private var path: String { folder.url.path }

    init() throws {
        folder = try TemporaryFolder()
        var export = ShardExport()
        export.limit = .samples(4)
        try export.write([.train: PatternDataset(count: 10, classCount: 3)], to: folder.url)
    }

    private func scanned(_ name: String) throws -> ShardIndex {
        let selection = ShardSelection(images: nil, label: nil, sample: ["cls", "png"], ImageReader())
        return try ShardScan.index(of: ShardFile("\(path)/\(name)"), selection)
    }

    @Test func writtenIndexesAreThoseOfTheHeaders() throws {
        for name in ["train-000000.tar", "train-000001.tar", "train-000002.tar"] {
            let bytes = Array(try Data(contentsOf: folder.file("\(name).index")))
            let (written, found) = (ShardIndex(bytes), try scanned(name))
            #expect(written == found && found.entries.count == (name.contains("2.tar") ? 2 : 4))
            #expect(ShardIndex(beside: try ShardFile("\(path)/\(name)"), hasMasks: false) == found)
            #expect(ShardIndex(beside: try ShardFile("\(path)/\(name)"), hasMasks: true) == nil)
            // Whatever is changed or missing, it is no index.
            for position in stride(from: 0, to: bytes.count, by: 7) {
                var changed = bytes
                changed[position] ^= 0x10
                #expect(ShardIndex(changed) == nil)
                #expect(ShardIndex(Array(bytes.prefix(position))) == nil)
            }
        }
    }

    @Test func indexesOfOtherShardsAreIgnored() throws {
        let before = try Shards(path: path)
        let targets = try (0..<10).map { try before.target(at: $0) }
        // Two shards of one size in each other's place.
        for ending in ["", ".index"] {
            let names = ["train-000000.tar", "train-000001.tar"].map { $0 + ending }
            try FileManager.default.moveItem(atPath: "\(path)/\(names[0])", toPath: "\(path)/x")
            try FileManager.default.moveItem(atPath: "\(path)/\(names[1])", toPath: "\(path)/\(names[0])")
            try FileManager.default.moveItem(atPath: "\(path)/x", toPath: "\(path)/\(names[1])")
            let swapped = try Shards(path: path)
            let order = [4, 5, 6, 7, 0, 1, 2, 3, 8, 9]
            #expect(try (0..<10).map { try swapped.target(at: $0) } == order.map { targets[$0] })
        }
        // Without any index, and with damaged ones.
        for text in [nil, "", "nnkit shard index 1\n"] as [String?] {
            for number in 0..<3 {
                let index = try folder.file("train-00000\(number).tar.index")
                try? FileManager.default.removeItem(at: index)
                if let text { try Data(text.utf8).write(to: index) }
            }
            #expect(try Shards(path: path).count == 10)
        }
    }

    @Test func changesWhileReadingAreNoticed() throws {
        let train = try Shards(path: path)
        _ = try train.sample(at: 0)
        var bytes = Array(try Data(contentsOf: folder.file("train-000001.tar")))
        try folder.write(bytes + [0], to: "train-000001.tar")
        let message = failure { _ = try train.sample(at: 5) }
        #expect(message?.contains("train-000001.tar: the shard has changed since it was opened") == true)
        // The header of the image behind the label.
        bytes.replaceSubrange(1024..<1536, with: [UInt8](repeating: 7, count: 512))
        try folder.write(bytes, to: "train-000001.tar")
        #expect(failure { _ = try train.sample(at: 4) }?.contains("has changed since it was opened") == true)
        #expect(train.files(at: 4) == ["\(path)/train-000001.tar/sample 4"])
        _ = try train.sample(at: 5)
    }

    @Test func manyShardsAreReadByManyThreads() throws {
        var export = ShardExport()
        export.limit = .samples(1)
        let source = PatternDataset(count: 200, classCount: 5)
        try export.write([.train: source], to: folder.url.appending(path: "many"))
        let train = try Shards(path: "\(path)/many")
        #expect(train.storageGroups.count == 200)
        let wrong = Mutex([Int]())
        ParallelScan.run(count: 2000, threads: 8) { number in
            // In an order that opens shards again after others.
            let index = number * 73 % 200
            guard let sample = try? train.sample(at: index), let target = try? train.target(at: index),
                let key = Int(sample.name.split(separator: "/").last?.prefix(8) ?? ""),
                sample.image == Image.patterned(Size(height: 6, width: 5), seed: key), target == .label(key % 5)
            else { return wrong.withLock { $0.append(index) } }
        }
        #expect(wrong.withLock { $0 } == [])
    }

    @Test func epochsResumeAtAnySample() throws {
        var export = ShardExport()
        export.limit = .samples(16)
        try export.write([.train: PatternDataset(count: 100, classCount: 5)], to: folder.url.appending(path: "more"))
        let train = try Shards(path: "\(path)/more")
        func loader(threads: Int) throws -> DataLoader {
            try DataLoader(
                train, batchSize: 7, transforms: [Flip()], sampler: ShuffleSampler(train, buffer: 20), threads: threads,
                seed: 3)
        }
        for epoch in 0..<2 {
            let whole = try loader(threads: 0).batches(epoch: epoch).map { try $0.get() }
            #expect(whole.flatMap(\.indices).sorted() == Array(0..<100))
            for step in [0, 1, 6, 14] {
                let rest = try loader(threads: 3).batches(epoch: epoch, startingAt: step).map { try $0.get() }
                #expect(rest.map(\.indices) == whole.dropFirst(step).map(\.indices))
                #expect(rest.map(\.images.floats) == whole.dropFirst(step).map(\.images.floats))
            }
        }
    }

    @Test func fingerprintsFollowTheShards() throws {
        func fingerprints() throws -> [String] {
            let train = try Shards(path: path)
            let subset = DatasetSubset(train, indices: [1, 5, 9])
            return try [
                DataFingerprint(of: [train]).text, DataFingerprint(contentOf: train).text,
                DataFingerprint(of: [subset]).text, DataFingerprint(contentOf: subset).text,
            ]
        }
        let first = try fingerprints()
        #expect(try fingerprints() == first && Set(first).count == 4)
        #expect(try DataFingerprint(of: [Shards(path: path)]).fileCount == 3)
        // Another place is the same content.
        let copy = folder.url.appending(path: "copy")
        try FileManager.default.createDirectory(at: copy, withIntermediateDirectories: true)
        for name in ["train-000000.tar", "train-000001.tar", "train-000002.tar", "classes.txt"] {
            try FileManager.default.copyItem(at: folder.file(name), to: copy.appending(path: name))
        }
        #expect(try DataFingerprint(contentOf: Shards(path: copy.path)).text == first[1])
        #expect(try DataFingerprint(of: [Shards(path: copy.path)]).text != first[0])
        // Another label is another content.
        var export = ShardExport()
        (export.limit, export.overwrites) = (.samples(4), true)
        let other = PatternDataset(count: 10, classCount: 3) { sample, index in
            var sample = sample
            if index == 7 { sample.target = .label(0) }
            return sample
        }
        try export.write([.train: other], to: folder.url)
        for (now, before) in zip(try fingerprints(), first) { #expect(now != before) }
    }

    @Test func subsetsKeepTheFilesOfTheirSamples() throws {
        let train = try Shards(path: path)
        let subset = DatasetSubset(train, indices: [1, 2, 9])
        #expect(subset.storageGroups.map(\.samples) == [0..<2, 2..<3])
        #expect(subset.storageGroups.map(\.path).map { $0.suffix(5) } == ["0.tar", "2.tar"])
        #expect(DatasetSubset(train, indices: [2, 1]).storageGroups == [])
        #expect(DatasetSubset(train, indices: [1, 1]).storageGroups == [])
        #expect(train.cached(.always).storageGroups == train.storageGroups)
        #expect(!(train.cached() is CachedDataset) && PatternDataset(count: 1).cached() is CachedDataset)
        #expect(try subset.bytes(ofFile: 0, at: 2) == train.bytes(ofFile: 0, at: 9))
        #expect(try train.bytes(ofFile: 0, at: 0, limit: 4) == [0x89, 0x50, 0x4e, 0x47])
    }
}
