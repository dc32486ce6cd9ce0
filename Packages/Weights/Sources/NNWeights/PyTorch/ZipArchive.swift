import CNNZip
import Foundation
import NNLayers

/// The files in a zip archive; they are unpacked when they are read.
///
/// The archive is not mapped: what is read is copied in any case, and the pages would count as memory twice.
final class ZipArchive: @unchecked Sendable {
    // Sendable: the archive's handle is used under the lock only.

    /// A file in the archive.
    struct Entry {
        let name: String
        let byteCount: Int
        fileprivate let index: zip_uint64_t
        fileprivate let isPacked: Bool
        /// 0 where the writer did not calculate it.
        fileprivate let checksum: UInt32
    }

    /// No method packs weights by more than this factor, which Deflate reaches with zeros.
    private static let maximumRatio = 1032
    private static let pieceSize = 1 << 18

    let entries: [Entry]
    private let archive: OpaquePointer
    private let lock = NSLock()

    /// - Parameter size: The length of the file in bytes.
    /// - Throws: ``PickleError`` where the file is no zip archive or not a whole one.
    init(_ url: URL, size: Int) throws(PickleError) {
        var error = zip_error_t()
        zip_error_init(&error)
        defer { zip_error_fini(&error) }
        func failure() -> PickleError {
            PickleError("is not a whole zip archive (\(String(cString: zip_error_strerror(&error)))); is it cut off?")
        }
        guard let source = zip_source_file_create(url.path, 0, -1, &error) else { throw failure() }
        guard let archive = zip_open_from_source(source, ZIP_RDONLY, &error) else {
            zip_source_free(source)
            throw failure()
        }
        do {
            entries = try Self.entries(of: archive, fileSize: size)
        } catch {
            zip_discard(archive)
            throw error
        }
        self.archive = archive
    }

    deinit { zip_discard(archive) }

    private static func entries(of archive: OpaquePointer, fileSize: Int) throws(PickleError) -> [Entry] {
        var entries: [Entry] = []
        for index in 0..<zip_uint64_t(Swift.max(zip_get_num_entries(archive, 0), 0)) {
            var status = zip_stat_t()
            guard zip_stat_index(archive, index, 0, &status) == 0, let name = status.name else {
                throw PickleError("the zip archive does not describe its file \(index)")
            }
            let text = String(cString: name)
            // Memory is taken by these numbers, so they must be possible ones.
            guard let size = Int(exactly: status.size), let packed = Int(exactly: status.comp_size),
                packed <= fileSize, size / maximumRatio <= packed
            else { throw PickleError("'\(text)' in it cannot have \(status.size) bytes") }
            let isPacked = Int32(status.comp_method) != ZIP_CM_STORE
            guard isPacked || size == packed else { throw PickleError("'\(text)' in it has two lengths") }
            entries.append(
                Entry(name: text, byteCount: size, index: index, isPacked: isPacked, checksum: status.crc))
        }
        return entries
    }

    /// All bytes of a small file.
    func contents(of entry: Entry, limit: Int) throws(PickleError) -> [UInt8] {
        guard entry.byteCount <= limit else {
            throw PickleError(
                "'\(entry.name)' in it has \(entry.byteCount) bytes, more than the \(limit) that are read")
        }
        var bytes = [UInt8](repeating: 0, count: entry.byteCount)
        let failure = bytes.withUnsafeMutableBytes { buffer -> PickleError? in
            do throws(PickleError) {
                try read(entry, from: 0) { reader throws(PickleError) in
                    try reader.fill(buffer)
                    if entry.checksum != 0 { try reader.checkEnd() }
                }
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Reads as many elements of a file as fit into the memory of a tensor.
    func read(
        _ entry: Entry, from start: Int, as type: StoredElementType, into memory: UnsafeMutableRawBufferPointer
    ) throws(PickleError) {
        let count = type.count(filling: memory)
        try read(entry, from: start) { reader throws(PickleError) in
            if type.isStoredAsIs {
                try reader.fill(memory)
            } else {
                let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.pieceSize, alignment: 8)
                defer { piece.deallocate() }
                let size = (type.dataType ?? .float32).byteCount
                var done = 0
                while done < count {
                    let next = Swift.min(count - done, Self.pieceSize / type.byteCount)
                    let part = UnsafeMutableRawBufferPointer(rebasing: piece[..<(next * type.byteCount)])
                    try reader.fill(part)
                    type.convert(
                        UnsafeRawBufferPointer(part),
                        into: UnsafeMutableRawBufferPointer(rebasing: memory[(done * size)...]))
                    done += next
                }
            }
            if start == 0, count * type.byteCount == entry.byteCount, entry.checksum != 0 { try reader.checkEnd() }
        }
    }

    private func read(
        _ entry: Entry, from start: Int, _ body: (ZipReader) throws(PickleError) -> Void
    ) throws(PickleError) {
        lock.lock()
        defer { lock.unlock() }
        guard let handle = zip_fopen_index(archive, entry.index, 0) else {
            throw PickleError("'\(entry.name)' in it cannot be read: \(String(cString: zip_strerror(archive)))")
        }
        defer { zip_fclose(handle) }
        let reader = ZipReader(handle: handle, name: entry.name)
        if start > 0, entry.isPacked || zip_fseek(handle, zip_int64_t(start), SEEK_SET) != 0 {
            try reader.skip(start, by: Self.pieceSize)
        }
        try body(reader)
    }
}

/// Reads an opened file of an archive from its beginning to its end.
struct ZipReader {
    let handle: OpaquePointer
    let name: String

    func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(PickleError) {
        var rest = buffer[...]
        while !rest.isEmpty, let base = UnsafeMutableRawBufferPointer(rebasing: rest).baseAddress {
            let count = zip_fread(handle, base, zip_uint64_t(rest.count))
            guard count > 0 else { throw failure(count) }
            rest = rest.dropFirst(Int(count))
        }
    }

    func skip(_ count: Int, by pieceSize: Int) throws(PickleError) {
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: Swift.min(count, pieceSize), alignment: 8)
        defer { piece.deallocate() }
        var rest = count
        while rest > 0 {
            let next = Swift.min(rest, piece.count)
            try fill(UnsafeMutableRawBufferPointer(rebasing: piece[..<next]))
            rest -= next
        }
    }

    /// The checksum is compared when there is no more to read.
    func checkEnd() throws(PickleError) {
        var byte: UInt8 = 0
        let count = zip_fread(handle, &byte, 1)
        if count != 0 { throw failure(count) }
    }

    private func failure(_ count: zip_int64_t) -> PickleError {
        let reason = count < 0 ? String(cString: zip_file_strerror(handle)) : "its length is another one than stated"
        return PickleError("'\(name)' in it is damaged (\(reason)); copy or download the file again")
    }
}
