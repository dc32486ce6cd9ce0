import Foundation

/// The file that a command writes its result to.
struct OutputFile {
    /// Of a link the file that it leads to, so that the link stays.
    let url: URL

    /// - Parameter inputs: The files that the command reads.
    /// - Throws: ``CommandFailure`` for an input, and for what is there and no regular file: a device, such as
    ///   `/dev/null`, would be gone from the machine.
    init(_ url: URL, notOver inputs: [URL]) throws(CommandFailure) {
        let isLink = (try? FileManager.default.destinationOfSymbolicLink(atPath: url.path)) != nil
        self.url = isLink ? url.resolvingSymlinksInPath() : url
        guard let status = self.url.fileStatus else { return }
        guard status.isRegularFile else {
            throw CommandFailure(
                message: "\(url.relativePath) is no file, but a folder, a device or a pipe; name a file")
        }
        for input in inputs {
            if let read = input.fileStatus, read.st_dev == status.st_dev, read.st_ino == status.st_ino {
                throw CommandFailure(
                    message: "\(url.relativePath): the result would be written over this file, which is to be read; "
                        + "choose another name")
            }
        }
    }
}

/// What a path leads to: a command takes a configuration file or the folder of a run, for instance.
enum PathKind {
    case file, folder, nothing

    init(of path: String) {
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        self = !exists ? .nothing : isFolder.boolValue ? .folder : .file
    }
}

extension URL {
    /// What the system knows of the file that a path leads to, through links; nil where there is none.
    var fileStatus: stat? {
        var status = stat()
        return stat(path, &status) == 0 ? status : nil
    }
}

extension stat {
    /// Whether it is of a file, and not of a folder, a device or a pipe.
    var isRegularFile: Bool { st_mode & S_IFMT == S_IFREG }
}
