import Foundation

/// A file's bytes in memory, read by the system when they are looked at.
public final class MappedFile: @unchecked Sendable {
    // Sendable: the bytes are mapped for reading only, and unmapped when nobody refers to the object any more.
    /// Valid while this object is.
    let bytes: UnsafeRawBufferPointer

    /// - Throws: ``TensorFileError`` where the file cannot be opened.
    public init(_ url: URL) throws(TensorFileError) {
        func failure() -> TensorFileError {
            TensorFileError(.unreadable, file: url, reason: "cannot be read: \(SystemError())")
        }
        // Without waiting for a writer, where it is a named pipe.
        let descriptor = open(url.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure() }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure() }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw TensorFileError(.unreadable, file: url, reason: "is not a regular file")
        }
        let size = Int(status.st_size)
        guard size > 0 else {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        guard let base = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), base != MAP_FAILED else {
            throw failure()
        }
        bytes = UnsafeRawBufferPointer(start: base, count: size)
    }

    /// Calls `body` with the bytes, and keeps them for as long.
    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(self) {} }
        return try body(bytes)
    }

    /// A tensor that reads its values from the file, and keeps it mapped; nil where elements of its type are not
    /// aligned there, or the file ends before.
    /// - Parameter start: Where the first element is, in bytes from the beginning of the file.
    public func tensor(at start: Int, shape: Shape, dataType: DataType) -> Tensor? {
        guard start >= 0, start <= bytes.count, let base = bytes.baseAddress,
            let count = shape.checkedElementCount, count <= (bytes.count - start) / dataType.byteCount,
            Int(bitPattern: base + start) % dataType.byteCount == 0
        else { return nil }
        return Tensor(borrowing: base + start, shape: shape, dataType: dataType, owner: self)
    }

    /// Gives the memory of a part back to the system, which reads it again if it is looked at.
    func release(_ part: UnsafeRawBufferPointer) {
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        guard let base = part.baseAddress else { return }
        let first = (Int(bitPattern: base) + page - 1) / page * page
        let end = (Int(bitPattern: base) + part.count) / page * page
        if end > first { madvise(UnsafeMutableRawPointer(bitPattern: first), end - first, MADV_DONTNEED) }
    }

    deinit {
        if let base = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: base), bytes.count) }
    }
}
