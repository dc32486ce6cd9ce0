import Foundation

/// A file in which Linux describes itself.
enum SystemFile {
    /// The whole text; nil where there is no such file.
    ///
    /// The kernel hands it out a page at a time and says that it has size 0; `String(contentsOfFile:)`
    /// stops after the first page.
    static func text(_ path: String) -> String? {
        guard let data = try? FileHandle(forReadingAtPath: path)?.readToEnd() else { return nil }
        return String(decoding: data, as: UTF8.self)
    }
}
