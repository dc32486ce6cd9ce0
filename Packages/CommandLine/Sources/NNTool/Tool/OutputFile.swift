import Foundation

/// A file that a command writes its result to.
struct OutputFile {
    /// The file to write; for a symbolic link its target, so that the link stays.
    let url: URL

    /// - Parameter inputs: The files that the command reads.
    /// - Throws: ``CommandFailure`` if it is one of the inputs, or exists and is not a regular file: a device, such as
    ///   `/dev/null`, would be replaced.
    init(_ url: URL, notOver inputs: [URL]) throws(CommandFailure) {
        let isLink = (try? FileManager.default.destinationOfSymbolicLink(atPath: url.path)) != nil
        self.url = isLink ? url.resolvingSymlinksInPath() : url
        guard let status = self.url.fileStatus else { return }
        guard status.isRegularFile else {
            throw CommandFailure(
                message: "\(url.relativePath) is not a regular file but a folder, a device or a pipe; name a file")
        }
        for input in inputs {
            if let read = input.fileStatus, read.st_dev == status.st_dev, read.st_ino == status.st_ino {
                throw CommandFailure(
                    message: "\(url.relativePath): the result would overwrite this input; choose another name")
            }
        }
    }
}

/// What a path leads to, since a command may take a configuration file or a run folder.
enum PathKind {
    case file, folder, nothing

    init(of path: String) {
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        self = !exists ? .nothing : isFolder.boolValue ? .folder : .file
    }
}

extension URL {
    /// The status of the file, through links; nil if there is none.
    var fileStatus: stat? {
        var status = stat()
        return stat(path, &status) == 0 ? status : nil
    }
}

extension stat {
    /// Whether this is a regular file, and not a folder, a device or a pipe.
    var isRegularFile: Bool { st_mode & S_IFMT == S_IFREG }
}
