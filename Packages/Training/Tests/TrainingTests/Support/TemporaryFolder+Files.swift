import Foundation

extension TemporaryFolder {
    var url: URL { URL(fileURLWithPath: path, isDirectory: true) }

    func file(_ name: String) -> URL { url.appending(path: name) }

    /// The names of the files in it.
    var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }
}
