import Foundation

/// A folder that is removed with its last reference.
final class TemporaryFolder {
    let url: URL

    init() throws {
        // The path without links, as relative paths of its files are compared.
        url = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
            .appending(path: "command-line-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    /// Every file in it, by its relative path.
    var files: Set<String> {
        let paths = FileManager.default.enumerator(atPath: url.path)?.compactMap { $0 as? String } ?? []
        return Set(
            paths.filter { path in
                let attributes = try? FileManager.default.attributesOfItem(atPath: url.appending(path: path).path)
                return attributes?[.type] as? FileAttributeType != .typeDirectory
            })
    }

    @discardableResult
    func write(_ text: String, to path: String) throws -> URL {
        let file = url.appending(path: path)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
        return file
    }

    func text(_ path: String) throws -> String { try String(contentsOf: url.appending(path: path), encoding: .utf8) }
}
