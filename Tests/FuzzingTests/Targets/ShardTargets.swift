import Foundation
@_spi(Internal) @testable import NNDatasets
import NNLayers

/// Tar files of samples, and the indexes beside them.
enum ShardTargets {
    private static let signature = Array("nnkit".utf8)

    /// A shard as a data set of classes and as one of masks, or an index beside a shard of the size that it states.
    static func shards(_ bytes: [UInt8]) throws {
        let folder = ScratchFolder.shared
        if bytes.starts(with: signature) { return try index(bytes) }
        // The checksums of headers are made right, or hardly a changed file would be listed.
        let file = folder.write(mended(bytes), to: "fuzz.tar")
        unlink(ShardIndex.path(of: file.path))
        try read(label: bytes.count % 2 == 0 ? nil : "png")
    }

    private static func read(label: String?) throws {
        let shards = try Shards(path: ScratchFolder.shared.url.path, train: "fuzz.tar", label: label, classCount: 3)
        for index in 0..<min(shards.count, 4) {
            _ = shards.files(at: index)
            _ = try? shards.bytes(ofFile: 0, at: index, limit: 1 << 16)
            _ = try shards.sample(at: index)
        }
    }

    /// An index of a file of zeros, and of one of sums that are right.
    private static func index(_ bytes: [UInt8]) throws {
        var mended = bytes
        if bytes.count > 8 {
            var hash = ContentHash()
            bytes.dropLast(8).withUnsafeBytes { hash.add($0) }
            withUnsafeBytes(of: hash.value.littleEndian) { mended.replaceSubrange((bytes.count - 8)..., with: $0) }
        }
        guard let index = ShardIndex(mended) else {
            throw DatasetError(place: "fuzz.tar.index", reason: "it is no index", remedy: "Write it again")
        }
        let tar = [UInt8](repeating: 0, count: min(max(index.byteCount, 0), 1 << 14))
        let file = ScratchFolder.shared.write(tar, to: "fuzz.tar")
        _ = ScratchFolder.shared.write(mended, to: "fuzz.tar.index")
        defer { unlink(ShardIndex.path(of: file.path)) }
        try read(label: nil)
    }

    private static func mended(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        // As far as members with right sizes lead, and at most a few.
        var offset = 0
        while offset + TarReader.blockSize <= bytes.count {
            let block = offset..<(offset + TarReader.blockSize)
            if bytes[block].allSatisfy({ $0 == 0 }) { break }
            bytes.replaceSubrange((offset + 148)..<(offset + 156), with: [UInt8](repeating: 0x20, count: 8))
            let digits = String(bytes[block].reduce(0) { $0 + Int($1) }, radix: 8)
            let sum = String(repeating: "0", count: 6 - digits.count) + digits + "\u{0} "
            bytes.replaceSubrange((offset + 148)..<(offset + 156), with: sum.utf8)
            let size = bytes[(offset + 124)..<(offset + 135)].reduce(0) { $0 << 3 | Int($1 & 7) }
            offset += TarReader.blockSize + (size + TarReader.blockSize - 1) / TarReader.blockSize * TarReader.blockSize
        }
        return bytes
    }
}
