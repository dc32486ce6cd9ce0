import Foundation
@_spi(Text) @_spi(Internal) import NNCore

/// Where the samples of a shard are: 20 bytes for each, and 8 for its key while a data set is opened.
struct ShardIndex: Equatable, Sendable {
    /// A sample. Positions are blocks of 512 bytes, so that a shard has up to 2 TB.
    struct Entry: Equatable, Sendable {
        /// The first block of the image's bytes.
        var image: UInt32
        /// The number of its bytes.
        var imageLength: UInt32
        /// The first block of the label's bytes.
        var label: UInt32
        /// The class index, or the number of the mask's bytes; ``named`` for a class by name.
        var value: UInt32
        /// How many blocks before the image its headers begin, from which its name is read on demand.
        var imageHeaders: UInt16
        /// The same of the label.
        var labelHeaders: UInt16

        /// The value of a label that is not a number.
        static let named = UInt32.max
    }

    var entries: [Entry] = []
    /// A hash of the key of each sample.
    var keyHashes: [UInt64] = []
    /// The size of the shard.
    var byteCount: Int
    /// Whether the labels are masks.
    var hasMasks: Bool

    /// Identifies what the shard has: the keys, the places and sizes of all samples, and their classes.
    var contentHash: UInt64 {
        var hash = ContentHash()
        bytes.withUnsafeBytes { hash.add($0) }
        return hash.value
    }

    static func hash(ofKey key: some Collection<UInt8>) -> UInt64 {
        Array(key).withUnsafeBytes { ContentHash.hash($0, seed: 0) }
    }
}

// The file of an index, beside its shard: `NAME.tar.index`.
extension ShardIndex {
    private static let signature = Array("nnkit shard index 1\n".utf8)
    private static let entryLength = 28
    /// The signature, the size of the shard, the number of samples, and whether there are masks.
    private static let headLength = signature.count + 8 + 8 + 1

    static func path(of shard: String) -> String { shard + ".index" }

    /// The contents of the file, without the checksum at its end.
    private var bytes: [UInt8] {
        var bytes = Self.signature
        bytes.reserveCapacity(Self.headLength + entries.count * Self.entryLength + 8)
        bytes.append(UInt64(byteCount))
        bytes.append(UInt64(entries.count))
        bytes.append(UInt8(hasMasks ? 1 : 0))
        for (entry, hash) in zip(entries, keyHashes) {
            bytes.append(entry.image)
            bytes.append(entry.imageLength)
            bytes.append(entry.label)
            bytes.append(entry.value)
            bytes.append(entry.imageHeaders)
            bytes.append(entry.labelHeaders)
            bytes.append(hash)
        }
        return bytes
    }

    /// Writes the file of the index.
    /// - Throws: `TensorFileError` where it cannot be written.
    func write(beside shard: URL) throws(TensorFileError) {
        var bytes = bytes
        bytes.append(contentHash)
        try AtomicFile.write(Data(bytes), to: URL(filePath: Self.path(of: shard.path)))
    }

    /// The contents of a file; nil where they are damaged.
    init?(_ bytes: [UInt8]) {
        guard bytes.starts(with: Self.signature), bytes.count >= Self.headLength + 8 else { return nil }
        let content = bytes.dropLast(8)
        var hash = ContentHash()
        content.withUnsafeBytes { hash.add($0) }
        var reader = LittleEndianReader(bytes: bytes, offset: Self.signature.count)
        let (size, count) = (reader.next(UInt64.self), reader.next(UInt64.self))
        guard let size = Int(exactly: size), let count = Int(exactly: count),
            count <= bytes.count / Self.entryLength,
            bytes.count == Self.headLength + count * Self.entryLength + 8
        else { return nil }
        byteCount = size
        hasMasks = reader.next(UInt8.self) == 1
        entries.reserveCapacity(count)
        keyHashes.reserveCapacity(count)
        for _ in 0..<count {
            entries.append(
                Entry(
                    image: reader.next(UInt32.self), imageLength: reader.next(UInt32.self),
                    label: reader.next(UInt32.self), value: reader.next(UInt32.self),
                    imageHeaders: reader.next(UInt16.self), labelHeaders: reader.next(UInt16.self)))
            keyHashes.append(reader.next(UInt64.self))
        }
        guard reader.next(UInt64.self) == hash.value else { return nil }
    }

    /// The index that lies beside a shard; nil where there is none, or it is that of other contents.
    init?(beside file: ShardFile, hasMasks: Bool) {
        guard let bytes = try? FileBytes.read(Self.path(of: file.path)), let index = ShardIndex(bytes),
            index.byteCount == file.byteCount, index.hasMasks == hasMasks
        else { return nil }
        // A shard of the same size that was written anew differs in some of these, or in nothing that matters.
        let last = index.entries.count - 1
        for number in Set([0, last / 2, last]) where index.entries.indices.contains(number) {
            let entry = index.entries[number]
            guard let image = entry.imageMember(in: file), Int(entry.imageLength) == image.count,
                let key = ShardKey(image.name), Self.hash(ofKey: key.key) == index.keyHashes[number],
                let label = entry.labelMember(in: file), ShardKey(label.name)?.key == key.key
            else { return nil }
        }
        self = index
    }
}

extension ShardIndex.Entry {
    /// The image as the shard has it; nil where it has something else there.
    func imageMember(in file: ShardFile) -> TarReader.Member? { Self.member(image, imageHeaders, in: file) }

    /// The label as the shard has it; nil where it has something else there.
    func labelMember(in file: ShardFile) -> TarReader.Member? { Self.member(label, labelHeaders, in: file) }

    private static func member(_ block: UInt32, _ headers: UInt16, in file: ShardFile) -> TarReader.Member? {
        let (offset, length) = (Int(block) * TarReader.blockSize, Int(headers) * TarReader.blockSize)
        guard length > 0, offset >= length else { return nil }
        var reader = TarReader(file, at: offset - length, window: length)
        guard let member = try? reader.next(), member.offset == offset else { return nil }
        return member
    }
}

/// The parts of a member's name: the key of its sample, which ends at the first dot of the file name, and its ending.
struct ShardKey {
    let key: ArraySlice<UInt8>
    /// The rest in lower case: `jpg`, `mask.png`.
    let ending: String

    /// Nil for names without an ending, and those that begin with a dot, as of files that macOS adds.
    init?(_ name: [UInt8]) {
        let path = name.starts(with: Array("./".utf8)) ? name[2...] : name[...]
        let slash = path.lastIndex(of: UInt8(ascii: "/"))
        let start = slash.map { $0 + 1 } ?? path.startIndex
        guard let dot = path[start...].firstIndex(of: UInt8(ascii: ".")), dot > start else { return nil }
        key = path[..<dot]
        ending = String(decoding: path[(dot + 1)...], as: UTF8.self).lowercased()
    }
}

private struct LittleEndianReader {
    let bytes: [UInt8]
    var offset: Int

    mutating func next<Value: FixedWidthInteger>(_ type: Value.Type) -> Value {
        defer { offset += MemoryLayout<Value>.size }
        return bytes.withUnsafeBytes { Value(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Value.self)) }
    }
}

extension [UInt8] {
    fileprivate mutating func append<Value: FixedWidthInteger>(_ value: Value) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }
}
