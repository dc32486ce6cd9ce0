import Foundation
@_spi(Internal) @_spi(Text) import NNCore

/// The contents of a folder, in an order that does not depend on the file system.
struct FolderContents {
    let folder: URL

    /// The names of the subfolders that are not hidden.
    var folders: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { !$0.hasPrefix(".") && folder.appending(path: $0).isExistingFolder }.sorted()
    }

    /// The first of the subfolders in words, for messages.
    var folderText: String {
        let names = folders
        if names.isEmpty { return "(no folders)" }
        let others = names.count > Self.shownFolders ? " and \(names.count - Self.shownFolders) others" : ""
        return names.prefix(Self.shownFolders).joined(separator: ", ") + others
    }

    private static let shownFolders = 10

    /// The names of the files in the folder itself with one of some endings, without hidden ones.
    func files(_ endings: Set<String>) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { name in
            !name.hasPrefix(".") && endings.contains((name as NSString).pathExtension.lowercased())
                && folder.appending(path: name).isExistingFile
        }
    }

    /// The subfolders whose names are not UTF-8, with the replacement character in place of such bytes. Foundation can
    /// neither open nor list them.
    var undecodableFolders: [String] {
        guard let directory = opendir(folder.path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let bytes = withUnsafeBytes(of: entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            guard String(validating: bytes, as: UTF8.self) == nil else { continue }
            var status = stat()
            let name = bytes.map { CChar(bitPattern: $0) } + [0]
            guard fstatat(dirfd(directory), name, &status, 0) == 0, status.st_mode & S_IFMT == S_IFDIR else { continue }
            names.append(String(decoding: bytes, as: UTF8.self))
        }
        return names.sorted()
    }

    private func isUndecodableFolder(_ path: String) -> Bool {
        let file = folder.appending(path: path)
        return FolderContents(folder: file.deletingLastPathComponent()).undecodableFolders
            .contains(file.lastPathComponent)
    }

    /// The paths of files at any depth with one of some endings, relative to the folder, and the other images. Hidden ones
    /// are skipped. A folder whose name is not UTF-8 is listed itself, so that reading it says so.
    func imageFiles(_ endings: Set<String>) -> (paths: [String], unread: UnreadFiles) {
        // The folder itself may be a symbolic link; those within it are not followed.
        guard let paths = FileManager.default.enumerator(atPath: folder.resolvingSymlinksInPath().path) else {
            return ([], UnreadFiles())
        }
        var files: [String] = []
        var unread = UnreadFiles()
        for case let path as String in paths {
            if path.split(separator: "/").last?.hasPrefix(".") == true {
                paths.skipDescendants()
            } else if endings.contains((path as NSString).pathExtension.lowercased()) {
                files.append(path)
            } else if path.contains("\u{fffd}"), isUndecodableFolder(path) {
                files.append(path)
                paths.skipDescendants()
            } else {
                unread.add(unlisted: folder.appending(path: path).path)
            }
        }
        // Names in two Unicode forms are equal as strings, and still need an order.
        return (files.sorted { $0 == $1 ? $0.utf8.lexicographicallyPrecedes($1.utf8) : $0 < $1 }, unread)
    }
}

extension URL {
    /// A path that a user wrote: relative to the working directory, with `~` for the home folder.
    init(configured path: String, isDirectory: Bool) {
        self.init(
            fileURLWithPath: (path as NSString).expandingTildeInPath, isDirectory: isDirectory)
    }

    var isExistingFolder: Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
    }

    /// Checks that there is a folder.
    /// - Parameter option: The option that names it.
    /// - Throws: ``DatasetError``, which lists the folders that are there.
    func checkFolder(option: String) throws(DatasetError) {
        if isExistingFolder { return }
        let parent = deletingLastPathComponent()
        throw DatasetError(
            place: path, reason: "there is no such folder",
            remedy: parent.isExistingFolder
                ? "Set '\(option)' to another; beside it there are: \(FolderContents(folder: parent).folderText)"
                : "Set '\(option)' to another")
    }
}

/// The lines of a text file that are not blank, each with its place for error messages.
///
/// Line ends of Windows and of old Macs, which Excel still writes, and a byte order mark are accepted. Text is UTF-8.
struct TextLines: Sequence {
    let file: URL
    private let lines: [(text: String, number: Int)]

    /// - Parameter remedy: What to do where the file cannot be read.
    init(_ file: URL, remedy: String) throws(DatasetError) {
        self.file = file
        let text = try FileBytes.readText(file, remedy: remedy)
        var lines: [(String, Int)] = []
        // Where no line ends by a line feed, a carriage return does.
        let hasLineFeeds = text.contains(UInt8(ascii: "\n"))
        let end = hasLineFeeds ? UInt8(ascii: "\n") : UInt8(ascii: "\r")
        for (index, line) in text.split(separator: end, omittingEmptySubsequences: false).enumerated() {
            let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            if line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }) { continue }
            guard let text = String(validating: line, as: UTF8.self) else {
                throw DatasetError(
                    place: "\(file.path):\(index + 1)", reason: "the line is not UTF-8",
                    remedy: "Save the file as UTF-8, for instance by 'iconv -f LATIN1 -t UTF-8'; rename the files that "
                        + "it names in the same way")
            }
            lines.append((text, index + 1))
        }
        self.lines = lines
    }

    func makeIterator() -> some IteratorProtocol<(text: String, place: String)> {
        lines.lazy.map { (text: $0.text, place: "\(file.path):\($0.number)") }.makeIterator()
    }
}

extension URL {
    /// A file named in a list: by an absolute path, or by one relative to this folder, which may begin with a slash too,
    /// as in the lists of DeepLab: `/JPEGImages/a.jpg`.
    func file(_ path: String) -> URL {
        guard path.hasPrefix("/") else { return appending(path: path) }
        let (absolute, joined) = (URL(filePath: path), appending(path: path.drop { $0 == "/" }))
        if absolute.isExistingFile { return absolute }
        let isWithin = joined.deletingLastPathComponent().isExistingFolder
        return isWithin && !absolute.deletingLastPathComponent().isExistingFolder ? joined : absolute
    }

    var isExistingFile: Bool { FileManager.default.fileExists(atPath: path) && !isExistingFolder }
}

/// Reads whole files.
enum FileBytes {
    /// No image is as large as this; what claims to be is a device or a mistake.
    static let maximumByteCount = 1 << 30
    /// Annotations of the largest data sets, such as LVIS and Objects365, are a single file of gigabytes.
    private static let maximumTextByteCount = 1 << 33

    /// Reads a text file without its byte order mark.
    /// - Parameter remedy: What to do where it cannot be read.
    /// - Throws: ``DatasetError`` for a file that cannot be read, and for UTF-16.
    static func readText(_ file: URL, remedy: String) throws(DatasetError) -> ArraySlice<UInt8> {
        let bytes: [UInt8]
        do {
            bytes = try read(file.path, limit: maximumTextByteCount)
        } catch {
            throw DatasetError(place: file.path, reason: error.reason, remedy: remedy)
        }
        if let other = FileStandIn(text: bytes) {
            throw DatasetError(place: file.path, reason: "it is \(other.description)", remedy: other.remedySentence)
        }
        guard !bytes.contains(0) else {
            throw DatasetError(place: file.path, reason: "it has zero bytes, and is not text", remedy: remedy)
        }
        return bytes.starts(with: [0xef, 0xbb, 0xbf]) ? bytes[3...] : bytes[...]
    }

    /// - Parameters:
    ///   - limit: The size above which a file is refused.
    ///   - length: The number of bytes to read of a longer file; by default all.
    /// - Throws: ``ImageError`` for what is missing, empty, not a file or cannot be read.
    static func read(
        _ path: String, limit: Int = maximumByteCount, upTo length: Int = .max
    ) throws(ImageError) -> [UInt8] {
        func failed(_ reason: String, _ remedy: String) -> ImageError {
            ImageError(file: path, reason: reason, remedy: remedy)
        }
        let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else {
            // The replacement character stands for bytes that are not UTF-8, such as those of Latin-1.
            if errno == ENOENT, path.contains("\u{fffd}") {
                throw failed("its name is not UTF-8", "Rename it, for instance by 'convmv -f LATIN1 -t UTF-8'")
            }
            let error = SystemError()
            throw failed(
                "it cannot be opened: \(error.reason)", error.remedySentence ?? "Check the path and its permissions")
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw failed("it is a folder or a device, not a file", "Name an image file")
        }
        guard status.st_size > 0 else {
            throw failed("the file is empty", "Replace the file, or remove it from the data set")
        }
        guard status.st_size <= limit else {
            throw failed("it has \(status.st_size) bytes, and at most \(limit) are read", "Name another file")
        }
        let count = min(Int(status.st_size), length)
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let part = Foundation.read(file, buffer.baseAddress! + filled, count - filled)
                if part > 0 {
                    filled += part
                } else if part == 0 || errno != EINTR {
                    break
                }
            }
        }
        guard bytes.count == count else {
            throw failed("only \(bytes.count) of its \(count) bytes can be read", "Check the disk, then try again")
        }
        return bytes
    }
}
