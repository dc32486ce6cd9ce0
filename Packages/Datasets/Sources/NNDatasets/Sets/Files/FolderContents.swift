import Foundation

/// What lies in a folder, in an order that does not depend on the file system.
struct FolderContents {
    private static let imageExtensions: Set = ["jpg", "jpeg", "png"]

    let folder: URL

    /// The names of the folders directly in it that are not hidden.
    var folders: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { !$0.hasPrefix(".") && folder.appending(path: $0).isExistingFolder }.sorted()
    }

    /// The `.jpg`, `.jpeg` and `.png` files at any depth that are not hidden, relative to the folder.
    var imageFiles: [String] {
        // The folder may be a link to one elsewhere; links deeper down are not followed.
        guard let paths = FileManager.default.enumerator(atPath: folder.resolvingSymlinksInPath().path) else {
            return []
        }
        var files: [String] = []
        for case let path as String in paths {
            if path.split(separator: "/").last?.hasPrefix(".") == true {
                paths.skipDescendants()
            } else if Self.imageExtensions.contains((path as NSString).pathExtension.lowercased()) {
                files.append(path)
            }
        }
        return files.sorted()
    }
}

extension URL {
    /// A path of a configuration: relative to the working directory, with `~` for the home folder.
    init(configured path: String, isDirectory: Bool) {
        self.init(
            fileURLWithPath: (path as NSString).expandingTildeInPath, isDirectory: isDirectory)
    }

    var isExistingFolder: Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
    }

    /// Refuses a folder that is not there, and names those that are.
    /// - Parameter option: the key of the configuration that names it.
    func requireFolder(option: String) throws(DatasetError) {
        if isExistingFolder { return }
        let parent = deletingLastPathComponent()
        let present = FolderContents(folder: parent).folders.joined(separator: ", ")
        throw DatasetError(
            place: path, reason: "there is no such folder",
            remedy: parent.isExistingFolder
                ? "Set '\(option)' to another; beside it there are: \(present.isEmpty ? "(no folders)" : present)"
                : "Set '\(option)' to another")
    }
}
