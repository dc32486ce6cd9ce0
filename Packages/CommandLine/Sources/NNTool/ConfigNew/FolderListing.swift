import Foundation
@_spi(Internal) import NNDatasets
@_spi(Text) import NNLayers

/// What a folder holds, without hidden files.
struct FolderListing {
    let url: URL
    /// The path as the user wrote it.
    let path: String
    /// The names of the folders, sorted.
    let folders: [String]
    /// The names of the files, sorted.
    let files: [String]
    /// The endings of images that can be read, in lower case.
    let imageEndings: Set<String>

    init(_ path: String, imageEndings: Set<String>) {
        self.path = path
        self.imageEndings = imageEndings
        let url = URL(fileURLWithPath: (path as NSString).expandingTildeInPath, isDirectory: true)
        self.url = url
        let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
        var (folders, files): ([String], [String]) = ([], [])
        for name in names.sorted() where !name.hasPrefix(".") {
            if PathKind(of: url.appending(path: name).path) == .folder {
                folders.append(name)
            } else {
                files.append(name)
            }
        }
        (self.folders, self.files) = (folders, files)
    }

    /// The listing of a folder in it.
    func folder(_ name: String) -> FolderListing {
        FolderListing(path.hasSuffix("/") ? path + name : "\(path)/\(name)", imageEndings: imageEndings)
    }

    /// The path of a file in it, as the user would write it.
    func path(of name: String) -> String { path.hasSuffix("/") ? path + name : "\(path)/\(name)" }

    /// The names of the images in the folder itself.
    var images: [String] { files.filter { isImage($0) } }

    /// The images at any depth, relative to the folder, at most so many.
    func allImages(limit: Int = .max) -> [String] {
        guard let paths = FileManager.default.enumerator(atPath: url.resolvingSymlinksInPath().path) else { return [] }
        var found: [String] = []
        for case let path as String in paths {
            if path.split(separator: "/").last?.hasPrefix(".") == true {
                paths.skipDescendants()
            } else if isImage(path) {
                found.append(path)
                if found.count == limit { break }
            }
        }
        return found.sorted()
    }

    private func isImage(_ name: String) -> Bool {
        imageEndings.contains((name as NSString).pathExtension.lowercased())
    }

    /// The names that folders of each split usually have.
    private static let splitNames: [Split: [String]] = [
        .train: ["train", "training", "tr"], .validation: ["validation", "val", "valid", "dev"],
        .test: ["test", "testing"],
    ]

    /// The folders that are named as splits.
    var splitFolders: [Split: String] {
        var found: [Split: String] = [:]
        for (split, names) in Self.splitNames {
            for name in names where found[split] == nil {
                found[split] = folders.first { $0.lowercased() == name }
            }
        }
        return found
    }

    /// What is there in words, for messages.
    var summary: String {
        let endings = Dictionary(grouping: files) { ($0 as NSString).pathExtension.lowercased() }
        var parts = endings.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }.prefix(4)
            .map { "\($0.value.count.grouped) \($0.key.isEmpty ? "files without an ending" : ".\($0.key)")" }
        if !folders.isEmpty {
            let shown = folders.prefix(6).joined(separator: ", ") + (folders.count > 6 ? ", ..." : "")
            parts.insert("\(folders.count.grouped) folder\(folders.count == 1 ? "" : "s") (\(shown))", at: 0)
        }
        return parts.isEmpty ? "nothing" : parts.joined(separator: ", ")
    }
}
