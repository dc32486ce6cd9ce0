import Foundation

/// A folder that is removed with its last reference.
final class TemporaryFolder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "datasets-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    /// The address of a file in it; folders on the way are made.
    func file(_ path: String) throws -> URL {
        let file = url.appending(path: path)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        return file
    }

    @discardableResult
    func write(_ bytes: [UInt8], to path: String) throws -> URL {
        let file = try file(path)
        try Data(bytes).write(to: file)
        return file
    }

    @discardableResult
    func write(_ text: String, to path: String) throws -> URL { try write(Array(text.utf8), to: path) }
}
