import CNNZip

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
