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
