import CNNZip
import Foundation
import NNLayers
import Synchronization

/// The entries of a zip archive, which are decompressed when they are read.
///
/// The archive is not mapped: reading copies in any case, and mapped pages would count as memory once more.
final class ZipArchive: Sendable {
    /// A file in the archive.
    struct Entry {
        let name: String
        let byteCount: Int
        fileprivate let index: zip_uint64_t
        fileprivate let packedByteCount: Int
        fileprivate let isPacked: Bool
        /// 0 if the writer left it out.
        fileprivate let checksum: UInt32
    }

    /// The largest compression ratio, which Deflate reaches with zeros.
    private static let maximumRatio = 1032
    /// The same of what is read as a whole, above the size that does not matter: descriptions of tensors repeat themselves,
    /// but are no zeros.
    private static let maximumContentsRatio = 64
    private static let smallContents = 1 << 20
    private static let pieceSize = 1 << 18

    /// An open archive, which libzip lets one thread at a time use.
    private struct Handle: ~Copyable {
        let pointer: OpaquePointer

        deinit { zip_discard(pointer) }
    }

    let entries: [Entry]
    private let archive: Mutex<Handle>

    /// - Parameter size: The size of the file in bytes.
    /// - Throws: ``PickleError`` if the file is not a complete zip archive.
    init(_ url: URL, size: Int) throws(PickleError) {
        let handle = Handle(pointer: try Self.open(url))
        entries = try Self.entries(of: handle.pointer, fileSize: size)
        archive = Mutex(handle)
    }

    private static func open(_ url: URL) throws(PickleError) -> OpaquePointer {
        var error = zip_error_t()
        zip_error_init(&error)
        defer { zip_error_fini(&error) }
        if let source = zip_source_file_create(url.path, 0, -1, &error) {
            if let archive = zip_open_from_source(source, ZIP_RDONLY, &error) { return archive }
            zip_source_free(source)
        }
        let reason = String(cString: zip_error_strerror(&error))
        throw PickleError("is not a complete zip archive (\(reason)); is it truncated?")
    }

    private static func entries(of archive: OpaquePointer, fileSize: Int) throws(PickleError) -> [Entry] {
        var entries: [Entry] = []
        for index in 0..<zip_uint64_t(Swift.max(zip_get_num_entries(archive, 0), 0)) {
            var status = zip_stat_t()
            guard zip_stat_index(archive, index, 0, &status) == 0, let name = status.name else {
                throw PickleError("the zip archive does not describe its file \(index)")
            }
            let text = String(cString: name)
            // Memory is allocated by these numbers, so they must be plausible.
            guard let size = Int(exactly: status.size), let packed = Int(exactly: status.comp_size),
                packed <= fileSize, size / maximumRatio <= packed
            else { throw PickleError("'\(text)' in it cannot have \(status.size) bytes") }
            let isPacked = Int32(status.comp_method) != ZIP_CM_STORE
            guard isPacked || size == packed else { throw PickleError("'\(text)' in it has two lengths") }
            entries.append(
                Entry(
                    name: text, byteCount: size, index: index, packedByteCount: packed, isPacked: isPacked,
                    checksum: status.crc))
        }
        return entries
    }

    /// Passes all bytes of an entry on, a piece at a time.
    func read(
        _ entry: Entry, _ body: (UnsafeRawBufferPointer) throws(PickleError) -> Void
    ) throws(PickleError) {
        try read(entry, from: 0) { reader throws(PickleError) in
            let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.pieceSize, alignment: 8)
            defer { piece.deallocate() }
            var rest = entry.byteCount
            while rest > 0 {
                let part = UnsafeMutableRawBufferPointer(rebasing: piece[..<Swift.min(rest, piece.count)])
                try reader.fill(part)
                try body(UnsafeRawBufferPointer(part))
                rest -= part.count
            }
            if entry.checksum != 0 { try reader.checkEnd() }
        }
    }

    /// All bytes of a small entry.
    func contents(of entry: Entry, limit: Int) throws(PickleError) -> [UInt8] {
        guard entry.byteCount <= limit else {
            throw PickleError(
                "'\(entry.name)' in it has \(entry.byteCount) bytes, and at most \(limit) are read")
        }
        guard
            entry.byteCount <= Self.smallContents
                || entry.byteCount / Self.maximumContentsRatio <= entry.packedByteCount
        else {
            throw PickleError(
                "'\(entry.name)' in it would have \(entry.byteCount) bytes, many times the \(entry.packedByteCount) that the "
                    + "archive has for it")
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

    /// Reads elements of an entry until they fill the memory of a tensor.
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
        try archive.withLock { archive throws(PickleError) in
            guard let handle = zip_fopen_index(archive.pointer, entry.index, 0) else {
                let reason = String(cString: zip_strerror(archive.pointer))
                throw PickleError("'\(entry.name)' in it cannot be read: \(reason)")
            }
            defer { zip_fclose(handle) }
            let reader = ZipReader(handle: handle, name: entry.name)
            if start > 0, entry.isPacked || zip_fseek(handle, zip_int64_t(start), SEEK_SET) != 0 {
                try reader.skip(start, by: Self.pieceSize)
            }
            try body(reader)
        }
    }
}

/// Reads an open entry of an archive from start to end.
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

    /// Reads the end of the entry, where libzip compares the checksum.
    func checkEnd() throws(PickleError) {
        var byte: UInt8 = 0
        let count = zip_fread(handle, &byte, 1)
        if count != 0 { throw failure(count) }
    }

    private func failure(_ count: zip_int64_t) -> PickleError {
        let reason = count < 0 ? String(cString: zip_file_strerror(handle)) : "its length is not the stated one"
        return PickleError("'\(name)' in it is damaged (\(reason)); copy or download the file again")
    }
}
