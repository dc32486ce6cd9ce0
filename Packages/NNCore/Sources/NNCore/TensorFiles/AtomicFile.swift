import Foundation

/// A file that appears under its name only when it is complete.
///
/// It is written under a temporary name in the same folder, synchronized with the disk, and renamed, so that a full
/// disk or a power cut leaves an older file of the name as it was.
public struct AtomicFile: ~Copyable {
    private let url: URL
    private let temporary: String
    private var descriptor: Int32

    /// - Throws: ``TensorFileError`` where the folder cannot be written to.
    @_spi(Internal) public init(_ url: URL) throws(TensorFileError) {
        // A name of the file system's 255 bytes leaves no room for more.
        var stem = url.lastPathComponent
        while stem.utf8.count > 200 { stem.removeLast() }
        let name = ".\(stem).\(UUID().uuidString.prefix(8)).tmp"
        let temporary = url.deletingLastPathComponent().appendingPathComponent(name).path
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        self.init(url, temporary: temporary, descriptor: descriptor)
        guard descriptor >= 0 else { throw failure() }
    }

    /// A file whose bytes go to an open descriptor.
    init(_ url: URL, temporary: String, descriptor: Int32) {
        self.url = url
        self.temporary = temporary
        self.descriptor = descriptor
    }

    /// Adds bytes at the end.
    @_spi(Internal) public func write(_ bytes: UnsafeRawBufferPointer) throws(TensorFileError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Foundation.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                throw failure()
            }
        }
    }

    /// Puts the file in its place.
    @_spi(Internal) public mutating func commit() throws(TensorFileError) {
        guard fsync(descriptor) == 0 else { throw failure() }
        let status = close(descriptor)
        descriptor = -1
        guard status == 0, rename(temporary, url.path) == 0 else { throw failure() }
        // The new name is on the disk only when the folder is.
        let folder = open(url.deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
        if folder >= 0 {
            fsync(folder)
            close(folder)
        }
    }

    /// Removes what a failure left; after ``commit()`` there is nothing.
    deinit {
        if descriptor >= 0 { close(descriptor) }
        unlink(temporary)
    }

    /// Writes bytes to a file that appears under its name only when it is complete.
    /// - Throws: ``TensorFileError`` where the file cannot be written, as on a full disk.
    public static func write(_ data: Data, to url: URL) throws(TensorFileError) {
        var file = try AtomicFile(url)
        let failure = data.withUnsafeBytes { bytes -> TensorFileError? in
            do throws(TensorFileError) {
                try file.write(bytes)
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
        try file.commit()
    }

    /// Removes what processes left that were killed while they wrote files to a folder. No process may be writing there.
    public static func removeUnfinished(in folder: URL) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        for name in names where name.wholeMatch(of: /\..+\.[0-9A-F]{8}\.tmp/) != nil {
            unlink(folder.appendingPathComponent(name).path)
        }
    }

    private func failure() -> TensorFileError {
        let error = SystemError()
        let advice = error.code == ENOENT ? "; create its folder first" : ""
        return TensorFileError(.unwritable, file: url, reason: "cannot be written: \(error)\(advice)")
    }
}
