import Foundation

/// The lines of a text file that are not blank, each with its place for errors.
///
/// Lines may end as on Windows, and the file may start with a byte order mark.
struct TextLines: Sequence {
    let file: URL
    private let lines: [(text: String, number: Int)]

    /// - Parameter remedy: what to do where the file cannot be read.
    init(_ file: URL, remedy: String) throws(DatasetError) {
        self.file = file
        let bytes: [UInt8]
        do {
            bytes = try FileBytes.read(file.path)
        } catch {
            throw DatasetError(place: file.path, reason: error.reason, remedy: remedy)
        }
        let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]
        let text = bytes.starts(with: byteOrderMark) ? bytes[3...] : bytes[...]
        lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
            .compactMap { number, line in
                let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
                let isBlank = line.allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
                return isBlank ? nil : (String(decoding: line, as: UTF8.self), number + 1)
            }
    }

    func makeIterator() -> some IteratorProtocol<(text: String, place: String)> {
        lines.lazy.map { (text: $0.text, place: "\(file.path):\($0.number)") }.makeIterator()
    }
}

extension URL {
    /// A file that a list names: a whole path, or one relative to this folder.
    func file(_ path: String) -> URL { path.hasPrefix("/") ? URL(filePath: path) : appending(path: path) }

    var isExistingFile: Bool { FileManager.default.fileExists(atPath: path) && !isExistingFolder }
}
