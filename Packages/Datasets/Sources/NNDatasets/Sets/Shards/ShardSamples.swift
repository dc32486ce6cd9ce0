import Foundation
import NNLayers
import Synchronization

/// Samples in shards, with their places in memory and nothing else.
struct ShardSamples: Dataset {
    private let shards: [[ShardIndex.Entry]]
    /// The index of the first sample of each shard, and the number of samples.
    private let starts: [Int]
    private let files: ShardFiles
    private let classes: ClassList
    /// Reads masks; nil where labels are classes.
    private let maskReader: (any MaskReader)?
    let ignoreIndex: Int?
    let imageReader: ImageReader
    let storageGroups: [StorageGroup]

    /// - Parameters:
    ///   - shards: The paths with the places of the samples, whose classes are numbers.
    ///   - maskReader: Reads masks; nil where labels are classes.
    init(
        _ shards: [ListedShard], classes: ClassList, maskReader: (any MaskReader)?, ignoreIndex: Int?,
        imageReader: ImageReader
    ) {
        self.shards = shards.map(\.index.entries)
        self.classes = classes
        self.maskReader = maskReader
        self.ignoreIndex = ignoreIndex
        self.imageReader = imageReader
        files = ShardFiles(paths: shards.map(\.path), byteCounts: shards.map(\.index.byteCount))
        var (starts, groups): ([Int], [StorageGroup]) = ([0], [])
        for shard in shards {
            let end = starts[starts.count - 1] + shard.index.entries.count
            groups.append(
                StorageGroup(
                    path: shard.path, samples: starts[starts.count - 1]..<end, contentHash: shard.index.contentHash))
            starts.append(end)
        }
        self.starts = starts
        storageGroups = groups
    }

    var count: Int { starts[starts.count - 1] }
    var classNames: [String] { classes.names }
    var classColors: [Color] { classes.colors }
    var statesColors: Bool { classes.statesColors }

    /// The shard of a sample, and its place there.
    private func place(of index: Int) -> (shard: Int, entry: ShardIndex.Entry) {
        var (low, high) = (0, shards.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= index { low = middle } else { high = middle }
        }
        return (low, shards[low][index - starts[low]])
    }

    /// A file of a sample: its name for messages, and its bytes.
    private func read(
        _ number: Int, of index: Int, limit: Int = .max, readsAhead: Bool = false
    ) throws(ImageError) -> (name: String, bytes: [UInt8]) {
        let (shard, entry) = place(of: index)
        let file = try files.file(shard)
        guard let member = number == 0 ? entry.imageMember(in: file) : entry.labelMember(in: file) else {
            throw .changedShard(file.path)
        }
        if readsAhead { file.adviseReading(at: member.offset) }
        let name = "\(file.path)/\(member.text)"
        let count = min(member.count, limit)
        let bytes = file.bytes(at: member.offset, count: count)
        guard bytes.count == count else {
            throw ImageError(
                file: name, reason: "only \(bytes.count) of its \(count) bytes can be read",
                remedy: "Check the disk, and whether the shard has changed since it was opened")
        }
        return (name, bytes)
    }

    func sample(at index: Int) throws -> Sample {
        let (name, bytes) = try read(0, of: index, readsAhead: true)
        let image = try imageReader.image(encoded: bytes, file: name)
        let target = try target(at: index)
        if case .mask(let mask) = target, mask.size != image.size {
            throw ImageError(
                file: try read(1, of: index, limit: 0).name,
                reason: "the mask has \(mask.size) pixels, its image \(image.size)",
                remedy: "Give both the same size, also with an EXIF orientation, and write the shard again")
        }
        return Sample(image: image, target: target, name: name)
    }

    func target(at index: Int) throws -> Target {
        guard let maskReader else { return .label(Int(place(of: index).entry.value)) }
        let (name, bytes) = try read(1, of: index)
        return .mask(try maskReader.mask(encoded: bytes, file: name, imageReader))
    }

    func files(at index: Int) -> [String] {
        (0..<(maskReader == nil ? 1 : 2)).map { number in
            let name = try? read(number, of: index, limit: 0).name
            return name ?? "\(files.paths[place(of: index).shard])/sample \(index)"
        }
    }

    func bytes(ofFile number: Int, at index: Int, limit: Int) throws(ImageError) -> [UInt8] {
        try read(number, of: index, limit: limit, readsAhead: number == 0).bytes
    }

    func maskPalette(at index: Int) -> [Int: Color]? {
        guard let reader = maskReader as? IndexMaskReader,
            let bytes = try? bytes(ofFile: 1, at: index, limit: PNGPalette.headLength)
        else { return nil }
        return PNGPalette(bytes).map(reader.labelColors)
    }
}

/// A shard with the places of its samples.
struct ListedShard: Sendable {
    let path: String
    var index: ShardIndex

    /// Lists shards, several at a time: from the files of indexes or, without them, by all headers.
    /// - Throws: ``DatasetError`` for the first shard that cannot be used, and for two samples of one key.
    static func list(
        _ paths: [String], _ selection: ShardSelection, threads: Int = ThreadCount.availableCores
    ) throws(DatasetError) -> [ListedShard] {
        let results = Mutex([Int: Result<ListedShard, DatasetError>]())
        let failed = Mutex(Int.max)
        ParallelScan.run(count: paths.count, threads: threads) { number in
            if failed.withLock({ $0 < number }) { return }
            let result = Result { () throws(DatasetError) in try ListedShard(paths[number], selection) }
            if case .failure = result { failed.withLock { $0 = min($0, number) } }
            results.withLock { $0[number] = result }
        }
        var shards: [ListedShard] = []
        let all = results.withLock { $0 }
        for number in paths.indices {
            if let result = all[number] { shards.append(try result.get()) }
        }
        try checkKeys(shards)
        return shards
    }

    init(_ path: String, _ selection: ShardSelection) throws(DatasetError) {
        let file = try ShardFile(path)
        self.path = path
        if selection.isAutomatic, let index = ShardIndex(beside: file, hasMasks: selection.hasMasks) {
            self.index = index
        } else {
            index = try ShardScan.index(of: file, selection)
        }
    }

    /// Compares the hashes of all keys, and the keys themselves where two hashes are equal.
    private static func checkKeys(_ shards: [ListedShard]) throws(DatasetError) {
        var hashes: [UInt64] = []
        hashes.reserveCapacity(shards.reduce(0) { $0 + $1.index.keyHashes.count })
        for shard in shards { hashes += shard.index.keyHashes }
        hashes.sort()
        let repeated = Set(zip(hashes, hashes.dropFirst()).lazy.filter { $0 == $1 }.map(\.0))
        if repeated.isEmpty { return }
        var known: [[UInt8]: (path: String, member: TarReader.Member)] = [:]
        for shard in shards {
            let file = try ShardFile(shard.path)
            for (entry, hash) in zip(shard.index.entries, shard.index.keyHashes) where repeated.contains(hash) {
                guard let member = entry.imageMember(in: file), let key = ShardKey(member.name)?.key else { continue }
                let other = known.updateValue((shard.path, member), forKey: Array(key))
                guard let other else { continue }
                let place = other.path == shard.path ? "" : " of \(other.path)"
                throw DatasetError(
                    place: shard.path,
                    reason:
                        "two samples have the key '\(TarReader.text(of: key))': '\(member.text)' at byte "
                        + "\(member.start), and '\(other.member.text)' at byte \(other.member.start)\(place)",
                    remedy: "Give each sample a key of its own, and put all members of one together")
            }
        }
    }
}
