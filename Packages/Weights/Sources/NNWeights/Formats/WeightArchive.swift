import Foundation
import NNLayers

/// The files in a zip archive, for formats of weights that are such archives.
///
/// ```swift
/// let archive = try WeightArchive(url)
/// let bytes = try archive.contents(of: "metadata.json")
/// ```
public struct WeightArchive: Sendable {
    /// The largest file that ``contents(of:)`` reads, in bytes.
    private static let largestContents = 1 << 28
    /// Weights hardly become smaller in an archive. What claims to have shrunk more is not unpacked: it could fill a disk.
    private static let largestRatio = 16

    /// The location of the archive.
    public let url: URL
    private let archive: ZipArchive
    private let size: Int

    /// Opens an archive, and reads its table of contents.
    /// - Throws: `TensorFileError` for a file that is missing, or no complete zip archive.
    public init(_ url: URL) throws(TensorFileError) {
        size = try MappedFile(url).withUnsafeBytes(\.count)
        do throws(PickleError) {
            archive = try ZipArchive(url, size: size)
        } catch {
            throw TensorFileError(.malformed, file: url, reason: error.reason)
        }
        self.url = url
    }

    /// The names of the files, in their order, with their folders: `archive/data.pkl`.
    public var names: [String] { archive.entries.map(\.name) }

    /// Reads a small file.
    /// - Throws: `TensorFileError` if it is missing, damaged, or larger than 256 megabytes.
    public func contents(of name: String) throws(TensorFileError) -> [UInt8] {
        let entry = try entry(name)
        return try reporting { () throws(PickleError) in
            try archive.contents(of: entry, limit: Self.largestContents)
        }
    }

    /// Unpacks a file to a location where there is none.
    /// - Throws: `TensorFileError` if it is missing or damaged, is much larger than the archive, or cannot be written.
    public func unpack(_ name: String, to target: URL) throws(TensorFileError) {
        let entry = try entry(name)
        guard entry.byteCount / Self.largestRatio <= size else {
            throw malformed(
                "'\(name)' in it would have \(entry.byteCount) bytes, many times the archive's \(size); "
                    + "unpack it by another program if this is right")
        }
        guard let file = fopen(target.path, "wx") else {
            throw TensorFileError(
                .unreadable, file: url,
                reason: "cannot be unpacked to \(target.path): \(String(cString: strerror(errno))); "
                    + "set TMPDIR to a folder that can be written to")
        }
        defer { fclose(file) }
        try reporting { () throws(PickleError) in
            try archive.read(entry) { piece throws(PickleError) in
                // A full disk may show only when the last bytes are flushed.
                guard fwrite(piece.baseAddress, 1, piece.count, file) == piece.count, fflush(file) == 0 else {
                    throw PickleError(
                        "cannot be unpacked to \(target.path): \(String(cString: strerror(errno))); "
                            + "make room for \(entry.byteCount) bytes there, or set TMPDIR to another folder")
                }
            }
        }
    }

    private func entry(_ name: String) throws(TensorFileError) -> ZipArchive.Entry {
        guard let entry = archive.entries.first(where: { $0.name == name }) else {
            throw malformed("is a zip archive without '\(name)'")
        }
        return entry
    }

    private func malformed(_ reason: String) -> TensorFileError {
        TensorFileError(.malformed, file: url, reason: reason)
    }

    private func reporting<Result>(_ body: () throws(PickleError) -> Result) throws(TensorFileError) -> Result {
        do throws(PickleError) {
            return try body()
        } catch {
            throw malformed(error.reason)
        }
    }
}
