import Foundation

/// What a path leads to: a command takes a configuration file or the folder of a run, for instance.
enum PathKind {
    case file, folder, nothing

    init(of path: String) {
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        self = !exists ? .nothing : isFolder.boolValue ? .folder : .file
    }
}
