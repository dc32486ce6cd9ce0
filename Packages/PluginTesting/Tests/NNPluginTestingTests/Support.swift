import Foundation
import NNLayers
import NNTesting
import Testing

/// What a check finds, as one text; empty where all is well.
func findings(_ check: () throws -> Void) throws -> String {
    do {
        try check()
        return ""
    } catch let failure as CheckFailure {
        return failure.description
    }
}

/// Expects that a check finds a planted fault.
func expectFinding(
    _ text: String, sourceLocation: SourceLocation = #_sourceLocation, _ check: () throws -> Void
) throws {
    let found = try findings(check)
    #expect(found.contains(text), "found: \(found)", sourceLocation: sourceLocation)
}

/// A folder that is removed with its last reference.
final class TemporaryFolder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "plugin-testing-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    /// The address of a file in it; folders on the way are made.
    func file(_ path: String) throws -> URL {
        let file = url.appending(path: path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        return file
    }

    func write(_ text: String, to path: String) throws { try Data(text.utf8).write(to: file(path)) }
}
